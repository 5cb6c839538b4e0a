// The operations of the CUDA backend on arrays of the processor: what they take is copied to the device, and what they
// write back. Memory to work in is lent to them with garbage in it.
#pragma once

#include "reasonrft/kernels.h"

extern "C" {
rrft_status rrft_on_cuda_log_probs_forward(const rrft_log_probs_args* args);
rrft_status rrft_on_cuda_log_probs_backward(const rrft_log_probs_args* args);
rrft_status rrft_on_cuda_group_advantages(const rrft_group_advantages_args* args);
rrft_status rrft_on_cuda_policy_loss(const rrft_policy_loss_args* args);
rrft_status rrft_on_cuda_fused_policy_loss(const rrft_fused_policy_loss_args* args);
}
