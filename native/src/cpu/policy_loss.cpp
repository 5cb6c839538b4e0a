// policy_loss: log-probs (B, T) to loss, metrics and gradient.
//
//   l = f(s, A) keep rho + kl_coefficient K(k),  s = exp(lp - old) or the sequence's, k = ref - lp; kernels.h has the
//   rest
//
// One pass for ratios of tokens: reads 4 to 20 bytes and a mask byte per token, writes 4. Options that look at a
// sequence read it once more before, and once after to spread the gradient of its ratio; both from cache. Arithmetic in
// double (policy_terms.h). Threads share out whole sequences; each leaves its sums, which are added in the order of the
// sequences.
#include <memory>
#include <vector>

#include "../dispatch.h"
#include "../element.h"
#include "../status.h"
#include "../validate.h"
#include "policy_objective.h"
#include "policy_sums.h"
#include "thread_pool.h"

namespace rrft::cpu {
namespace {

constexpr int64_t kTokensPerPiece = 2048;  // some 3 us of work

void policy_loss(const rrft_policy_loss_args& args, const RowKernels& kernels, int32_t threads) {
  const int64_t count = args.batch * args.tokens;
  const SequenceWeights weights = sequence_weights(args.options, args.batch, args.tokens, args.mask, *kernels.policy);
  PolicyObjective objective(args.options, kernels);
  objective.keep_entropies_from(entropy_threshold(args.options, args.entropy, args.mask, count));
  const bool gradient = args.grad_log_probs != nullptr;
  const std::unique_ptr<double[]> own(gradient && objective.couples() ? new double[static_cast<size_t>(count)]
                                                                      : nullptr);
  std::vector<SequenceSums> sequences(weights.loss.size());
  const int64_t grain = count > 0 ? 1 + (kTokensPerPiece - 1) / args.tokens : 1;
  parallel_for(count > 0 ? args.batch : 0, grain, threads, [&](int64_t i) {
    const size_t sequence = static_cast<size_t>(i);
    const int64_t first = i * args.tokens;
    const TokenInputs inputs = {args.log_probs + first,
                                at(args.old_log_probs, first),
                                at(args.ref_log_probs, first),
                                at(args.sampling_log_probs, first),
                                at(args.entropy, first),
                                at(args.mask, first),
                                args.token_advantages != nullptr ? args.token_advantages + first : args.advantages + i,
                                args.token_advantages != nullptr};
    const SequenceTerms terms = objective.needs_sequence() ? objective.sequence(inputs, args.tokens) : SequenceTerms{};
    sequences[sequence] =
        objective.sum(inputs, terms, args.tokens, own != nullptr ? own.get() + first : nullptr,
                      {weights.loss[sequence], gradient ? args.grad_log_probs + first : nullptr, nullptr});
    if (args.grad_entropy == nullptr) return;
    const double bonus = weights.entropy.empty()
                             ? 0.0
                             : -static_cast<double>(args.options.entropy_coefficient) * weights.entropy[sequence];
    for (int64_t t = 0; t < args.tokens; ++t)
      args.grad_entropy[first + t] = counts(inputs.mask, t) ? static_cast<float>(bonus) : 0.0f;
  });
  *args.metrics =
      reduce(args.options, weights, sequences, args.sampling_log_probs != nullptr, objective.entropy_threshold());
}

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_policy_loss(const rrft_policy_loss_args* args) {
  constexpr const char* kOperation = "rrft_cpu_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_policy_loss_arguments(kOperation, args)) return status;
    const rrft::RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = rrft::cpu_backend(kOperation, args->threads, &kernels, &threads)) return status;
    rrft::cpu::policy_loss(*args, *kernels, threads);
    return RRFT_OK;
  });
}
