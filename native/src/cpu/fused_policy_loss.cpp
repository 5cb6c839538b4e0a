// fused_policy_loss: logits to loss, metrics and gradient over the logits.
//
// One visit per row where the loss couples no tokens: a sequence's weight in the loss depends on the mask alone, so the
// gradient of a row is known as soon as its own log-prob is. Statistics (one read from memory), the scalar derivative,
// then the gradient while the row is still in cache (one write, in place if wanted). log_probs_forward + policy_loss +
// log_probs_backward would read the logits once more.
// Two visits where it does (a sequence's ratio, VESPO, GMPO, the off-policy filter, a quantile of the entropies): all
// statistics first (32 bytes kept per row), then the derivatives of whole sequences, then each row is read again for
// its gradient.
// Numerics: the derivative is taken at the float32 log-prob that is returned, so that a ratio against old log-probs of
// the same policy is exactly 1. Metrics are sums per sequence in double, added in the order of the sequences.
#include <vector>

#include "../dispatch.h"
#include "../element.h"
#include "../quantile.h"
#include "../status.h"
#include "../validate.h"
#include "logit_rows.h"
#include "policy_objective.h"
#include "policy_sums.h"
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
        count_(args.rows.batch * args.rows.tokens),
        sequence_grain_(args.rows.tokens > 0 ? 1 + 4096 / args.rows.tokens : 4096),
        weights_(sequence_weights(args.options, args.rows.batch, args.rows.tokens, args.rows.mask, *kernels.policy)),
        entropy_storage_(args.rows.entropy != nullptr ? 0 : static_cast<size_t>(count_)),
        entropy_(args.rows.entropy != nullptr ? args.rows.entropy : entropy_storage_.data()),
        sequence_terms_(weights_.loss.size()),
        sums_(weights_.loss.size()) {
    const bool couples_rows = objective_.needs_policy_sequence(args.old_log_probs != nullptr) ||
                              takes_quantile(args.options.top_entropy_fraction);
    if (args.rows.grad_logits == nullptr) return;
    one_visit_ = !couples_rows;
    if (one_visit_) return;
    softmax_.resize(static_cast<size_t>(count_));
    derivatives_.resize(static_cast<size_t>(count_));
  }

  void run() {
    if (one_visit_) {
      set_entropy_threshold();
      prepare_sequences();
    }
    parallel_for(count_, rows_.grain(), threads_, [this](int64_t n) { visit_row(n); });
    if (!one_visit_) {
      set_entropy_threshold();
      prepare_sequences();
    }
    parallel_for(args_.rows.batch, sequence_grain_, threads_, [this](int64_t i) { visit_sequence(i); });
    if (!softmax_.empty()) parallel_for(count_, rows_.grain(), threads_, [this](int64_t n) { write_gradient(n); });
    *args_.metrics =
        reduce(args_.options, weights_, sums_, args_.sampling_log_probs != nullptr, objective_.entropy_threshold());
  }

 private:
  void set_entropy_threshold() {
    objective_.keep_entropies_from(entropy_threshold(args_.options, entropy_, args_.rows.mask, count_));
  }

  void prepare_sequences() {
    if (!objective_.needs_sequence()) return;
    parallel_for(args_.rows.batch, sequence_grain_, threads_, [this](int64_t i) {
      sequence_terms_[static_cast<size_t>(i)] =
          objective_.sequence(inputs(i, i * args_.rows.tokens), args_.rows.tokens);
    });
  }

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
    if (rows.log_sum_exp != nullptr) rows.log_sum_exp[n] = static_cast<float>(row.log_sum_exp());
    if (!softmax_.empty()) softmax_[static_cast<size_t>(n)] = row;
    if (!one_visit_) return;
    double derivative = 0;
    objective_.sum(inputs(sequence, n), sequence_terms_[static_cast<size_t>(sequence)], 1, nullptr,
                   {weights_.loss[static_cast<size_t>(sequence)], nullptr, &derivative});
    rows_.write_gradient(row, log_prob, sequence, token, derivative, grad_entropy(sequence));
  }

  void visit_sequence(int64_t i) {
    const size_t sequence = static_cast<size_t>(i);
    const int64_t first = i * args_.rows.tokens;
    double* const derivatives = derivatives_.empty() ? nullptr : derivatives_.data() + first;
    sums_[sequence] = objective_.sum(inputs(i, first), sequence_terms_[sequence], args_.rows.tokens, derivatives,
                                     {weights_.loss[sequence], nullptr, derivatives});
  }

  void write_gradient(int64_t n) {
    if (!counts(args_.rows.mask, n)) return;
    const int64_t sequence = n / args_.rows.tokens;
    const int64_t token = n % args_.rows.tokens;
    const RowSoftmax& row = softmax_[static_cast<size_t>(n)];
    rows_.write_gradient(row, rows_.log_prob(row, sequence, token), sequence, token,
                         derivatives_[static_cast<size_t>(n)], grad_entropy(sequence));
  }

  double grad_entropy(int64_t sequence) const {
    if (weights_.entropy.empty()) return 0.0;
    return -static_cast<double>(args_.options.entropy_coefficient) * weights_.entropy[static_cast<size_t>(sequence)];
  }

  // Tokens of a sequence from the n-th of the batch on.
  TokenInputs inputs(int64_t sequence, int64_t n) const {
    return {args_.rows.log_probs + n,
            at(args_.old_log_probs, n),
            at(args_.ref_log_probs, n),
            at(args_.sampling_log_probs, n),
            entropy_ + n,
            at(args_.rows.mask, n),
            args_.token_advantages != nullptr ? args_.token_advantages + n : args_.advantages + sequence,
            args_.token_advantages != nullptr};
  }

  const rrft_fused_policy_loss_args& args_;
  const LogitRows rows_;
  PolicyObjective objective_;
  const int32_t threads_;
  const int64_t count_;
  const int64_t sequence_grain_;
  const SequenceWeights weights_;
  std::vector<float> entropy_storage_;
  float* const entropy_;
  std::vector<SequenceTerms> sequence_terms_;
  std::vector<SequenceSums> sums_;
  bool one_visit_ = false;           // the gradient is written at the first visit
  std::vector<RowSoftmax> softmax_;  // of the first of two visits
  std::vector<double> derivatives_;  // d loss / d log_prob, for the second
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
