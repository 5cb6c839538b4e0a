// log_probs: log-prob, log-sum-exp and entropy of (B, T) rows of V logits, and the gradient. One block per row.
//
// Forward reads each row once: V * 4 or 2 bytes. Backward recomputes the softmax (from the second-level cache, as a row's
// two sweeps follow each other), then writes the gradient, in place if wanted. See row_softmax.cuh for the numerics.
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/cuda/row_softmax.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads) log_probs_forward(rrft_log_probs_args args) {
  const Row<Element> row(args);
  const double inverse = row.inverse_temperature;
  float log_prob = 0;
  float log_sum_exp = 0;
  float entropy = 0;
  if (row.counts) {
    const RowStatistics statistics = row_statistics(row.logits, args.vocabulary, static_cast<float>(inverse));
    if (threadIdx.x == 0) {
      const RowSoftmax softmax(statistics, inverse, row.token_logit);
      log_prob = static_cast<float>(softmax.log_prob);
      log_sum_exp = static_cast<float>(softmax.log_sum_exp());
      entropy = static_cast<float>(softmax.entropy);
    }
  }
  if (threadIdx.x != 0) return;
  args.log_probs[row.index] = log_prob;
  if (args.log_sum_exp != nullptr) args.log_sum_exp[row.index] = log_sum_exp;
  if (args.entropy != nullptr) args.entropy[row.index] = entropy;
}

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads) log_probs_backward(rrft_log_probs_args args) {
  RRFT_SHARED(gradient, RowGradient);
  const Row<Element> row(args);
  if (!row.counts) return clear_gradient(row.gradient, args.vocabulary);
  const double inverse = row.inverse_temperature;
  const RowStatistics statistics = row_statistics(row.logits, args.vocabulary, static_cast<float>(inverse));
  if (threadIdx.x == 0) {
    const double grad_entropy = args.grad_entropy != nullptr ? args.grad_entropy[row.index] : 0.0f;
    gradient = RowSoftmax(statistics, inverse, row.token_logit).gradient(args.grad_log_probs[row.index], grad_entropy);
    if (row.token < 0) gradient.scale = NAN;  // the forward call says so too
  }
  __syncthreads();
  write_gradient(row.logits, row.gradient, args.vocabulary, row.token, static_cast<float>(inverse), gradient);
}

using Kernel = void (*)(rrft_log_probs_args);

rrft_status run(const char* operation, const rrft_log_probs_args* args, Direction direction, Kernel f32, Kernel bf16,
                Kernel f16, void* stream, int32_t device) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_log_probs_arguments(operation, args, direction)) return status;
    const int64_t rows = args->batch * args->tokens;
    if (const rrft_status status = check_grid(operation, rows)) return status;
    const DeviceScope scope(operation, device);
    if (scope.status() != RRFT_OK || rows == 0) return scope.status();
    return launch_rows(operation, *args, f32, bf16, f16, stream, *args);
  });
}

}  // namespace
}  // namespace rrft::cuda

rrft_status rrft_cuda_log_probs_forward(const rrft_log_probs_args* args, void* stream, int32_t device) {
  using namespace rrft::cuda;
  return run("rrft_cuda_log_probs_forward", args, rrft::Direction::kForward, log_probs_forward<float>,
             log_probs_forward<uint16_t>, log_probs_forward<__half>, stream, device);
}

rrft_status rrft_cuda_log_probs_backward(const rrft_log_probs_args* args, void* stream, int32_t device) {
  using namespace rrft::cuda;
  return run("rrft_cuda_log_probs_backward", args, rrft::Direction::kBackward, log_probs_backward<float>,
             log_probs_backward<uint16_t>, log_probs_backward<__half>, stream, device);
}
