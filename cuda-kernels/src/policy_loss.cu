// policy_loss: log-probs (B, T) to loss, metrics and gradient in one launch. One block per sequence writes its gradient;
// the block that finishes last makes the metrics, in a fixed order. Reads 4 to 12 bytes and a mask byte per token, twice.
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/cuda/policy_terms.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) policy_loss(PolicyBatch policy, float* grad_log_probs) {
  if (grad_log_probs != nullptr) {
    const int64_t sequence = blockIdx.x;
    const double weight = block_weight(policy, sequence);
    for (int64_t t = threadIdx.x; t < policy.tokens; t += blockDim.x) {
      const int64_t n = sequence * policy.tokens + t;
      grad_log_probs[n] =
          counts(policy, n) ? static_cast<float>(weight * token_terms(policy, n, sequence, policy.log_probs[n]).derivative)
                            : 0.0f;
    }
  }
  if (is_last_block(policy.metrics)) write_metrics(policy);
}

}  // namespace
}  // namespace rrft::cuda

rrft_status rrft_cuda_policy_loss(const rrft_policy_loss_args* args, void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_policy_loss_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::require_clipped_objective(kOperation, args->options, args->token_advantages,
                                                                   args->sampling_log_probs))
      return status;
    if (args->grad_entropy != nullptr)
      return rrft::fail(RRFT_ERROR_UNAVAILABLE, kOperation, "grad_entropy is not NULL, wanted NULL: no entropy term here");
    if (const rrft_status status = check_grid(kOperation, args->batch)) return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    const rrft_status cleared = check(kOperation, "cudaMemsetAsync",
        cudaMemsetAsync(args->metrics, 0, sizeof *args->metrics, static_cast<cudaStream_t>(stream)));
    if (cleared != RRFT_OK || args->batch * args->tokens == 0) return cleared;
    const PolicyBatch policy = {args->batch,      args->tokens, args->log_probs, args->old_log_probs, args->ref_log_probs,
                                args->advantages, args->mask,   args->entropy,   args->options,       args->metrics};
    return launch(kOperation, policy_loss, args->batch, kThreads, stream, policy, args->grad_log_probs);
  });
}
