// log_probs: log-prob, log-sum-exp and entropy of (B, T) rows of V logits, and the gradient.
//
// Forward: each row is read once, V * 4 or 2 bytes, by the blocks that fused_policy_loss has for it, for their order of
// summation gives the same bits. Backward: sums, then the gradient from what is left of the row on the chip
// (row_plan.cuh), in place if wanted: one read and one write of memory. See row_softmax.cuh for the numerics,
// row_sweeps.cuh for who does what.
#include "reasonrft/cuda/log_probs.cuh"

#include "reasonrft/cuda/row_plan.cuh"
#include "reasonrft/cuda/row_sweeps.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads, 2)
    log_probs_forward(const __grid_constant__ rrft_log_probs_args args, RowSums* kept_sums) {
  const Row<Element> row(args);
  float log_prob = 0;
  float log_sum_exp = 0;
  float entropy = 0;
  if (row.counts) {
    RowSums sums;
    if (sum_row(RowSweeps<Element>(row.logits, 0).sums(row.scale), row.scale, &sums)) {
      const RowSoftmax softmax = row_softmax(sums, row.temperature, row.scale, row.token_logit);
      log_prob = static_cast<float>(softmax.log_prob);
      log_sum_exp = static_cast<float>(softmax.log_sum_exp());
      entropy = static_cast<float>(softmax.entropy);
      if (kept_sums != nullptr && cluster_rank() == 0) kept_sums[row.index] = sums;
    }
    leave_row();
  }
  if (threadIdx.x != 0 || cluster_rank() != 0) return;
  args.log_probs[row.index] = log_prob;
  if (args.log_sum_exp != nullptr) args.log_sum_exp[row.index] = log_sum_exp;
  if (args.entropy != nullptr) args.entropy[row.index] = entropy;
}

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads, 2)
    log_probs_backward(const __grid_constant__ rrft_log_probs_args args, const RowSums* known_sums, int kept) {
  sweep_row<Element>(args, known_sums, kept, [&](RowBetween* row) {
    const int64_t n = blockIdx.x / cluster_blocks();
    row->grad_log_prob = static_cast<double>(args.grad_log_probs[n]);
    row->grad_entropy = args.grad_entropy != nullptr ? static_cast<double>(args.grad_entropy[n]) : 0.0;
  });
}

rrft_status run(const char* operation, const rrft_log_probs_args* args, Direction direction, void* stream,
                int32_t device) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_log_probs_arguments(operation, args, direction)) return status;
    const int64_t rows = args->batch * args->tokens;
    if (const rrft_status status = check_rows(operation, *args)) return status;
    const DeviceScope scope(operation, device);
    if (scope.status() != RRFT_OK || rows == 0) return scope.status();
    return direction == Direction::kForward ? launch_log_probs_forward(operation, *args, nullptr, stream)
                                            : launch_log_probs_backward(operation, *args, nullptr, stream);
  });
}

}  // namespace

rrft_status launch_log_probs_forward(const char* operation, const rrft_log_probs_args& rows, RowSums* sums,
                                     void* stream) {
  const auto kernel = for_element(rows.logits_dtype, log_probs_forward<Float32>, log_probs_forward<Bfloat16>,
                                  log_probs_forward<Float16>);
  RowPlan plan;
  if (const rrft_status status = plan_rows(operation, rows, &plan)) return status;
  plan.kept = 0;
  return launch(operation, kernel, plan.grid(rows.batch * rows.tokens), stream, rows, sums);
}

rrft_status launch_log_probs_backward(const char* operation, const rrft_log_probs_args& rows, const RowSums* sums,
                                      void* stream) {
  RowPlan plan = one_block(rows);
  if (sums == nullptr)
    if (const rrft_status status = plan_rows(operation, rows, &plan)) return status;
  const auto kernel = for_element(rows.logits_dtype, log_probs_backward<Float32>, log_probs_backward<Bfloat16>,
                                  log_probs_backward<Float16>);
  return launch(operation, kernel, plan.grid(rows.batch * rows.tokens), stream, rows, sums, plan.kept);
}

}  // namespace rrft::cuda

rrft_status rrft_cuda_log_probs_forward(const rrft_log_probs_args* args, void* stream, int32_t device) {
  return rrft::cuda::run("rrft_cuda_log_probs_forward", args, rrft::Direction::kForward, stream, device);
}

rrft_status rrft_cuda_log_probs_backward(const rrft_log_probs_args* args, void* stream, int32_t device) {
  return rrft::cuda::run("rrft_cuda_log_probs_backward", args, rrft::Direction::kBackward, stream, device);
}
