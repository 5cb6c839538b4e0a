// fused_policy_loss: logits to loss, metrics and gradient over the logits.
//
// Where the gradient of a row needs nothing of other rows, one launch with one read and one write of memory per row:
// its sums, the scalar derivative at its own log-prob, and the gradient from what is left of the row on the chip
// (row_plan.cuh). The block that finishes a sequence's last row adds up its terms, and the one that finishes the last
// sequence makes the metrics. Where rows are coupled (kernels.h lists the options), three launches: the forward pass,
// which keeps 24 bytes per row; policy_loss; the gradient, for which the rows are read a second time.
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/cuda/log_probs.cuh"
#include "reasonrft/cuda/policy_loss.cuh"
#include "reasonrft/cuda/policy_metrics.cuh"
#include "reasonrft/cuda/row_plan.cuh"
#include "reasonrft/cuda/row_sweeps.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

// One launch does many things one after another. Those that are not sweeps are not inlined, and find what they need in
// shared memory: the sweeps' registers are few, so that two blocks fit on a multiprocessor.

__device__ inline void write_outputs(const rrft_log_probs_args& rows, int64_t n, float log_prob, float entropy,
                                     float log_sum_exp) {
  rows.log_probs[n] = log_prob;
  rows.entropy[n] = entropy;
  if (rows.log_sum_exp != nullptr) rows.log_sum_exp[n] = log_sum_exp;
}

// What a row's log-prob and entropy do to the loss, by one thread; at the float32 log-prob that is returned, so that a
// ratio to itself is exactly 1.
__device__ RRFT_NOINLINE void differentiate_loss(const PolicyBatch& policy, const Progress* progress,
                                                 const SequenceTerms& terms, RowBetween* row) {
  const BatchFacts facts = batch_facts(policy, progress);
  const int64_t n = blockIdx.x / cluster_blocks(),
                sequence = static_cast<unsigned>(n) / static_cast<unsigned>(policy.tokens);
  const Token token = token_of(policy, n, sequence, static_cast<float>(row->softmax.log_prob));
  const double derivative =
      Objective(policy.options)
          .terms(policy, n, token, static_cast<float>(row->softmax.entropy), facts.threshold, terms)
          .derivative;
  row->grad_log_prob = loss_weight(policy, terms.length, facts.tokens) * derivative;
  row->grad_entropy = entropy_derivative(policy, terms.length, facts.tokens);
}

// The sums of a sequence all of whose rows are done.
__device__ RRFT_NOINLINE void sum_sequence(const PolicyBatch& policy, int64_t sequence, const BatchFacts& facts,
                                           const SequenceTerms& terms, double* out) {
  RRFT_SHARED(parts, double[kMaximumWarps][kSequenceSums]);
  const Objective objective(policy.options);
  const auto terms_of = [&](int64_t n, bool active) {
    if (!active) return TokenTerms{};
    return objective.terms(policy, n, token_of(policy, n, sequence, __ldcg(policy.log_probs + n)),
                           __ldcg(policy.entropy + n), facts.threshold, terms);
  };
  SequenceSums sums(parts);
  for_each_token(policy, sequence, [&](int64_t n, bool active, bool) {
    sums.add_losses(policy, objective, active, terms_of(n, active), __ldcg(policy.entropy + n));
  });
  for_each_token(policy, sequence,
                 [&](int64_t n, bool active, bool) { sums.add_ratios(policy, active, terms_of(n, active)); });
  sums.finish(out);
}

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads, 2)
    fused_policy_loss(const __grid_constant__ rrft_log_probs_args rows, const __grid_constant__ PolicyBatch policy,
                      int kept, const __grid_constant__ LossMemory memory, unsigned* finished_rows,
                      rrft_policy_metrics* metrics) {
  RRFT_SHARED(terms, SequenceTerms);
  RRFT_SHARED(facts, BatchFacts);
  const int64_t sequence = blockIdx.x / cluster_blocks() / static_cast<unsigned>(policy.tokens);
  if (cluster_rank() == 0) publish_facts(policy, memory.progress);
  look_at_sequence(policy, sequence, &terms);
  const int64_t n = blockIdx.x / cluster_blocks();
  const bool counts = sweep_row<Element>(rows, nullptr, kept, [&](RowBetween* row) {
    const RowSoftmax& softmax = row->softmax;
    if (cluster_rank() == 0)
      write_outputs(rows, blockIdx.x / cluster_blocks(), static_cast<float>(softmax.log_prob),
                    static_cast<float>(softmax.entropy), static_cast<float>(softmax.log_sum_exp()));
    if (rows.grad_logits != nullptr) differentiate_loss(policy, memory.progress, terms, row);
  });
  if (!counts && threadIdx.x == 0 && cluster_rank() == 0) write_outputs(rows, n, 0, 0, 0);
  if (cluster_rank() != 0 || !is_last(finished_rows + sequence, static_cast<unsigned>(policy.tokens))) return;
  if (threadIdx.x == 0) facts = batch_facts(policy, memory.progress);
  __syncthreads();
  sum_sequence(policy, sequence, facts, terms, memory.sums + sequence * kSequenceSums);
  if (is_last(&memory.progress->finished, static_cast<unsigned>(policy.batch)))
    write_metrics(policy, facts, memory.sums, metrics);
}

// Everything that a call needs beside its arrays.
struct Memory {
  Workspace taken;
  LossMemory loss;
  unsigned* finished_rows;
  float* entropy;  // the call's, or where it has none
  RowSums* sums;   // of coupled rows with a gradient, as the rest
  float* grad_log_probs;
  float* grad_entropy;

  Memory(const rrft_fused_policy_loss_args& args, void* memory)
      : taken(memory), loss(taken, args.rows.batch), finished_rows(taken.take<unsigned>(args.rows.batch)) {
    const int64_t rows = args.rows.batch * args.rows.tokens;
    const int64_t kept = couples_rows(args) && args.rows.grad_logits != nullptr ? rows : 0;
    entropy = args.rows.entropy != nullptr ? args.rows.entropy : taken.take<float>(rows);
    sums = taken.take<RowSums>(kept);
    grad_log_probs = taken.take<float>(kept);
    grad_entropy = taken.take<float>(args.options.entropy_coefficient > 0 ? kept : 0);
    if (!(args.options.entropy_coefficient > 0)) grad_entropy = nullptr;
  }

  static bool couples_rows(const rrft_fused_policy_loss_args& args) {
    return Objective(args.options).needs_policy_sequence(args.old_log_probs != nullptr) || takes_quantile(args.options);
  }
};

rrft_status run(const char* operation, const rrft_fused_policy_loss_args& args, const Memory& memory, void* stream) {
  rrft_log_probs_args rows = args.rows;
  rows.entropy = memory.entropy;
  const PolicyBatch policy = {
      rows.batch,   rows.tokens, rows.log_probs,  args.old_log_probs,    args.ref_log_probs, args.sampling_log_probs,
      rows.entropy, rows.mask,   args.advantages, args.token_advantages, args.options};
  if (Memory::couples_rows(args)) {
    const bool gradient = rows.grad_logits != nullptr;
    if (const rrft_status status = launch_log_probs_forward(operation, rows, gradient ? memory.sums : nullptr, stream))
      return status;
    const LossOutputs outputs = {gradient ? memory.grad_log_probs : nullptr, gradient ? memory.grad_entropy : nullptr,
                                 args.metrics};
    if (const rrft_status status = launch_policy_loss(operation, policy, memory.loss, outputs, stream)) return status;
    if (!gradient) return RRFT_OK;
    rows.grad_log_probs = memory.grad_log_probs;
    rows.grad_entropy = memory.grad_entropy;
    return launch_log_probs_backward(operation, rows, memory.sums, stream);
  }
  RowPlan plan;
  if (const rrft_status status = plan_rows(operation, rows, &plan)) return status;
  // The counters lie at both ends of the sums, which need no zeros but are small.
  char* const first = reinterpret_cast<char*>(memory.loss.progress);
  char* const end = reinterpret_cast<char*>(memory.finished_rows + rows.batch);
  const cudaError_t cleared =
      cudaMemsetAsync(first, 0, static_cast<size_t>(end - first), static_cast<cudaStream_t>(stream));
  if (const rrft_status status = check(operation, "cudaMemsetAsync", cleared)) return status;
  const auto kernel = for_element(rows.logits_dtype, fused_policy_loss<Float32>, fused_policy_loss<Bfloat16>,
                                  fused_policy_loss<Float16>);
  return launch(operation, kernel, plan.grid(rows.batch * rows.tokens), stream, rows, policy, plan.kept, memory.loss,
                memory.finished_rows, args.metrics);
}

}  // namespace
}  // namespace rrft::cuda

int64_t rrft_cuda_fused_policy_loss_workspace(const rrft_fused_policy_loss_args* args) {
  constexpr const char* kOperation = "rrft_cuda_fused_policy_loss_workspace";
  if (const rrft_status status = rrft::validate_fused_policy_loss_arguments(kOperation, args)) return status;
  return rrft::cuda::Memory(*args, nullptr).taken.bytes();
}

rrft_status rrft_cuda_fused_policy_loss(const rrft_fused_policy_loss_args* args, void* workspace,
                                        int64_t workspace_bytes, void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_fused_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_fused_policy_loss_arguments(kOperation, args)) return status;
    const Memory memory(*args, workspace);
    if (const rrft_status status = check_workspace(kOperation, workspace, workspace_bytes, memory.taken.bytes()))
      return status;
    if (const rrft_status status = check_rows(kOperation, args->rows)) return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    if (args->rows.batch * args->rows.tokens == 0)
      return check(kOperation, "cudaMemsetAsync",
                   cudaMemsetAsync(args->metrics, 0, sizeof *args->metrics, static_cast<cudaStream_t>(stream)));
    return run(kOperation, *args, memory, stream);
  });
}
