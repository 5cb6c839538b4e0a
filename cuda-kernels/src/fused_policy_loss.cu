// fused_policy_loss: logits to loss, metrics and gradient over the logits in one launch. One block per row: statistics,
// the scalar derivative at the row's own log-prob, the gradient while the row is still in the second-level cache. The
// block that finishes last makes the metrics from the log-probs and entropies of all rows, in a fixed order.
//
// Bytes per row: V * 4 or 2 read from memory, as many read again from cache, as many written.
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/cuda/policy_terms.cuh"
#include "reasonrft/cuda/row_softmax.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

template <typename Element>
__device__ void visit_row(const rrft_log_probs_args& args, const PolicyBatch& policy) {
  RRFT_SHARED(gradient, RowGradient);
  const Row<Element> row(args);
  if (!row.counts) {
    if (threadIdx.x == 0) {
      args.log_probs[row.index] = 0;
      args.entropy[row.index] = 0;
      if (args.log_sum_exp != nullptr) args.log_sum_exp[row.index] = 0;
    }
    if (row.gradient != nullptr) clear_gradient(row.gradient, args.vocabulary);
    return;
  }
  const double inverse = row.inverse_temperature;
  const RowStatistics statistics = row_statistics(row.logits, args.vocabulary, static_cast<float>(inverse));
  const double weight = row.gradient != nullptr ? block_weight(policy, row.sequence) : 0.0;
  if (threadIdx.x == 0) {
    const RowSoftmax softmax(statistics, inverse, row.token_logit);
    const float log_prob = static_cast<float>(softmax.log_prob);
    args.log_probs[row.index] = log_prob;
    args.entropy[row.index] = static_cast<float>(softmax.entropy);
    if (args.log_sum_exp != nullptr) args.log_sum_exp[row.index] = static_cast<float>(softmax.log_sum_exp());
    // At the float32 log-prob that is returned, so that the ratio to itself is exactly 1.
    const double derivative = weight * token_terms(policy, row.index, row.sequence, log_prob).derivative;
    gradient = softmax.gradient(derivative, 0.0);
    if (row.token < 0) gradient.scale = NAN;  // a log-prob of NaN may have been clipped away in the derivative
  }
  __syncthreads();
  if (row.gradient != nullptr)
    write_gradient(row.logits, row.gradient, args.vocabulary, row.token, static_cast<float>(inverse), gradient);
}

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads) fused_policy_loss(rrft_log_probs_args rows, PolicyBatch policy) {
  visit_row<Element>(rows, policy);
  if (is_last_block(policy.metrics)) write_metrics(policy);
}

}  // namespace
}  // namespace rrft::cuda

rrft_status rrft_cuda_fused_policy_loss(const rrft_fused_policy_loss_args* args, void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_fused_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_fused_policy_loss_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::require_clipped_objective(kOperation, args->options, args->token_advantages,
                                                                   args->sampling_log_probs))
      return status;
    const rrft_log_probs_args& rows = args->rows;
    const int64_t count = rows.batch * rows.tokens;
    if (count > 0 && rows.entropy == nullptr)
      return rrft::fail(RRFT_ERROR_NULL_POINTER, kOperation, "rows.entropy is NULL, wanted a pointer to %lld bytes",
                        static_cast<long long>(4 * count));
    if (const rrft_status status = check_grid(kOperation, count)) return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    const rrft_status cleared = check(kOperation, "cudaMemsetAsync",
        cudaMemsetAsync(args->metrics, 0, sizeof *args->metrics, static_cast<cudaStream_t>(stream)));
    if (cleared != RRFT_OK || count == 0) return cleared;
    const PolicyBatch policy = {rows.batch,        rows.tokens, rows.log_probs, args->old_log_probs, args->ref_log_probs,
                                args->advantages, rows.mask,   rows.entropy,   args->options,       args->metrics};
    return launch_rows(kOperation, rows, fused_policy_loss<float>, fused_policy_loss<uint16_t>, fused_policy_loss<__half>,
                       stream, rows, policy);
  });
}
