// log_probs in two launches that know of each other, for fused_policy_loss.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/row_softmax.cuh"
#include "reasonrft/kernels.h"

namespace rrft::cuda {

// Forward; keeps the sums of row n in sums[n] unless that is nullptr.
rrft_status launch_log_probs_forward(const char* operation, const rrft_log_probs_args& rows, RowSums* sums,
                                     void* stream);
// Backward; with the sums of a forward call the rows are read once, else twice.
rrft_status launch_log_probs_backward(const char* operation, const rrft_log_probs_args& rows, const RowSums* sums,
                                      void* stream);

// The instance of a kernel for an element type.
template <typename Kernel>
Kernel for_element(int32_t dtype, Kernel f32, Kernel bf16, Kernel f16) {
  return dtype == RRFT_F32 ? f32 : (dtype == RRFT_BF16 ? bf16 : f16);
}

}  // namespace rrft::cuda
