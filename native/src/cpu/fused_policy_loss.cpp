// fused_policy_loss: logits to loss, metrics and gradient over the logits, one visit per row.
//
// A sequence's weight in the loss depends on the mask alone, so the gradient of a row is known as soon as its own log-prob
// is: statistics (one read from memory), the scalar derivative, then the gradient while the row is still in cache (one
// write, in place if wanted). log_probs_forward + policy_loss + log_probs_backward would read the logits once more.
// Numerics: the derivative is taken at the float32 log-prob that is returned, so that a ratio against old log-probs of
// the same policy is exactly 1. Metrics are sums per sequence in double, added in the order of the sequences.
#include <vector>

#include "../dispatch.h"
#include "../status.h"
#include "../validate.h"
#include "logit_rows.h"
#include "policy_terms.h"
#include "thread_pool.h"

namespace rrft::cpu {
namespace {

class FusedPolicyLoss {
 public:
  FusedPolicyLoss(const rrft_fused_policy_loss_args& args, const RowKernels& kernels, int32_t threads)
      : args_(args),
        rows_(args.rows, kernels),
        objective_(args.options, kernels),
        threads_(threads),
        weights_(sequence_weights(args.options, args.rows.batch, args.rows.tokens, args.rows.mask)),
        entropy_storage_(args.rows.entropy != nullptr ? 0 : static_cast<size_t>(args.rows.batch * args.rows.tokens)),
        entropy_(args.rows.entropy != nullptr ? args.rows.entropy : entropy_storage_.data()),
        sequences_(weights_.size()) {}

  void run() {
    const rrft_log_probs_args& rows = args_.rows;
    parallel_for(rows.batch * rows.tokens, rows_.grain(), threads_, [this](int64_t n) { visit_row(n); });
    const int64_t grain = rows.tokens > 0 ? 1 + 4096 / rows.tokens : 4096;
    parallel_for(rows.batch, grain, threads_, [this](int64_t i) { sum_sequence(i); });
    *args_.metrics = reduce(args_.options, weights_, sequences_);
  }

 private:
  void visit_row(int64_t n) {
    const rrft_log_probs_args& rows = args_.rows;
    const int64_t sequence = n / rows.tokens;
    const int64_t token = n % rows.tokens;
    if (!counts(rows.mask, n)) {
      rows.log_probs[n] = 0;
      entropy_[n] = 0;
      if (rows.log_sum_exp != nullptr) rows.log_sum_exp[n] = 0;
      if (rows.grad_logits != nullptr) rows_.clear_gradient(sequence, token);
      return;
    }
    const RowSoftmax row = rows_.softmax(sequence, token);
    const double log_prob = rows_.log_prob(row, sequence, token);
    rows.log_probs[n] = static_cast<float>(log_prob);
    entropy_[n] = static_cast<float>(row.entropy);
    if (rows.log_sum_exp != nullptr) rows.log_sum_exp[n] = static_cast<float>(rows_.log_sum_exp(row));
    if (rows.grad_logits == nullptr) return;
    objective_.for_each_token(inputs(sequence, n), 1, [&](int64_t, const TokenTerms& terms) {
      const double derivative = weights_[static_cast<size_t>(sequence)] * terms.derivative;
      rows_.write_gradient(row, log_prob, sequence, token, derivative, 0.0);
    });
  }

  void sum_sequence(int64_t i) {
    const int64_t tokens = args_.rows.tokens;
    SequenceSums sums;
    objective_.for_each_token(inputs(i, i * tokens), tokens, [&](int64_t t, const TokenTerms& terms) {
      sums.add(terms, static_cast<double>(entropy_[i * tokens + t]));
    });
    sequences_[static_cast<size_t>(i)] = sums;
  }

  // Tokens of a sequence from the n-th of the batch on.
  TokenInputs inputs(int64_t sequence, int64_t n) const {
    return {args_.rows.log_probs + n, at(args_.old_log_probs, n), at(args_.ref_log_probs, n), at(args_.rows.mask, n),
            static_cast<double>(args_.advantages[sequence])};
  }

  const rrft_fused_policy_loss_args& args_;
  const LogitRows rows_;
  const ClippedObjective objective_;
  const int32_t threads_;
  const std::vector<double> weights_;
  std::vector<float> entropy_storage_;
  float* const entropy_;
  std::vector<SequenceSums> sequences_;
};

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_fused_policy_loss(const rrft_fused_policy_loss_args* args) {
  constexpr const char* kOperation = "rrft_cpu_fused_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_fused_policy_loss_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::validate_row_contents(kOperation, "rows.", args->rows)) return status;
    const rrft::RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = rrft::cpu_backend(kOperation, args->rows.threads, &kernels, &threads)) return status;
    rrft::cpu::FusedPolicyLoss(*args, *kernels, threads).run();
    return RRFT_OK;
  });
}
