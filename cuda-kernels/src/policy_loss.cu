// policy_loss: log-probs (B, T) to loss, metrics and gradients in one launch, one block per sequence.
//
// Options that look at a sequence (a ratio of its own, filters, VESPO, GMPO) cost a sweep over its tokens before, and
// those that couple its tokens one after, all from cache: 4 to 20 bytes and a mask byte per token are read from memory,
// 4 written. The block that finishes last makes the metrics from the sums of all, in a fixed order. Double precision
// (policy_terms.cuh).
#include "reasonrft/cuda/policy_loss.cuh"

#include <algorithm>

#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/cuda/policy_metrics.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads, 1)
    policy_loss(const __grid_constant__ PolicyBatch policy, const __grid_constant__ LossMemory memory,
                const __grid_constant__ LossOutputs outputs) {
  RRFT_SHARED(parts, double[kMaximumWarps][kSequenceSums]);
  RRFT_SHARED(terms, SequenceTerms);
  RRFT_SHARED(facts, BatchFacts);
  publish_facts(policy, memory.progress);
  const Objective objective(policy.options);
  const int64_t sequence = blockIdx.x;
  look_at_sequence(policy, sequence, &terms);
  if (threadIdx.x == 0) facts = batch_facts(policy, memory.progress);
  __syncthreads();
  const double weight = loss_weight(policy, terms.length, facts.tokens);
  const bool writes_later = objective.couples() && outputs.grad_log_probs != nullptr;
  const float entropy_gradient = static_cast<float>(entropy_derivative(policy, terms.length, facts.tokens));

  SequenceSums sums(parts);
  for_each_token(policy, sequence, [&](int64_t n, bool active, bool exists) {
    TokenTerms t = {};
    float entropy = 0;
    if (active) {
      entropy = policy.entropy != nullptr ? policy.entropy[n] : 0.0f;
      t = objective.terms(policy, n, token_of(policy, n, sequence, policy.log_probs[n]), entropy, facts.threshold,
                          terms);
    }
    sums.add_losses(policy, objective, active, t, entropy);
    sums.add_ratios(policy, active, t);
    if (!exists) return;
    if (outputs.grad_log_probs != nullptr && !writes_later)
      outputs.grad_log_probs[n] = static_cast<float>(weight * t.derivative);
    if (outputs.grad_entropy != nullptr) outputs.grad_entropy[n] = active ? entropy_gradient : 0.0f;
  });
  sums.finish(memory.sums + sequence * kSequenceSums);

  const double coupling = parts[0][kCoupling];
  for_each_token(policy, sequence, [&](int64_t n, bool active, bool exists) {
    if (!writes_later || !exists) return;
    double derivative = 0;
    if (active) {
      const Token token = token_of(policy, n, sequence, policy.log_probs[n]);
      const float entropy = policy.entropy != nullptr ? policy.entropy[n] : 0.0f;
      derivative = objective.terms(policy, n, token, entropy, facts.threshold, terms).derivative +
                   coupling * objective.share(token, terms);
    }
    outputs.grad_log_probs[n] = static_cast<float>(weight * derivative);
  });
  if (is_last(&memory.progress->finished, gridDim.x)) write_metrics(policy, facts, memory.sums, outputs.metrics);
}

}  // namespace

rrft_status launch_policy_loss(const char* operation, const PolicyBatch& policy, const LossMemory& memory,
                               const LossOutputs& outputs, void* stream) {
  const rrft_status cleared =
      check(operation, "cudaMemsetAsync",
            cudaMemsetAsync(memory.progress, 0, sizeof(Progress), static_cast<cudaStream_t>(stream)));
  if (cleared != RRFT_OK) return cleared;
  const int threads = static_cast<int>(std::min<int64_t>(kThreads, (policy.tokens + kWarp - 1) / kWarp * kWarp));
  return launch(operation, policy_loss, {policy.batch, threads}, stream, policy, memory, outputs);
}

}  // namespace rrft::cuda

int64_t rrft_cuda_policy_loss_workspace(const rrft_policy_loss_args* args) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_policy_loss_workspace";
  if (const rrft_status status = rrft::validate_policy_loss_arguments(kOperation, args)) return status;
  Workspace workspace(nullptr);
  LossMemory(workspace, args->batch);
  return workspace.bytes();
}

rrft_status rrft_cuda_policy_loss(const rrft_policy_loss_args* args, void* workspace, int64_t workspace_bytes,
                                  void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_policy_loss_arguments(kOperation, args)) return status;
    Workspace taken(workspace);
    const LossMemory memory(taken, args->batch);
    if (const rrft_status status = check_workspace(kOperation, workspace, workspace_bytes, taken.bytes()))
      return status;
    if (const rrft_status status = check_grid(kOperation, args->batch)) return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    if (args->batch * args->tokens == 0)
      return check(kOperation, "cudaMemsetAsync",
                   cudaMemsetAsync(args->metrics, 0, sizeof *args->metrics, static_cast<cudaStream_t>(stream)));
    const PolicyBatch policy = {args->batch,         args->tokens,
                                args->log_probs,     args->old_log_probs,
                                args->ref_log_probs, args->sampling_log_probs,
                                args->entropy,       args->mask,
                                args->advantages,    args->token_advantages,
                                args->options};
    return launch_policy_loss(kOperation, policy, memory, {args->grad_log_probs, args->grad_entropy, args->metrics},
                              stream);
  });
}
