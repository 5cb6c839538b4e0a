// policy_loss as fused_policy_loss uses it: from log-probs on the device to loss, gradients and metrics.
#pragma once

#include "reasonrft/cuda/policy_sums.cuh"
#include "reasonrft/cuda/workspace.cuh"

namespace rrft::cuda {

// What the sums of a launch go into.
struct LossMemory {
  Progress* progress;
  double* sums;  // (batch, kSequenceSums)

  LossMemory(Workspace& workspace, int64_t batch)
      : progress(workspace.take<Progress>(1)), sums(workspace.take<double>(batch * kSequenceSums)) {}
};

struct LossOutputs {
  float* grad_log_probs;  // (B, T), or nullptr
  float* grad_entropy;    // (B, T), or nullptr
  rrft_policy_metrics* metrics;
};

// Enqueues it; the batch has tokens.
rrft_status launch_policy_loss(const char* operation, const PolicyBatch& policy, const LossMemory& memory,
                               const LossOutputs& outputs, void* stream);

}  // namespace rrft::cuda
