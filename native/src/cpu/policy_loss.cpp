// policy_loss: log-probs (B, T) to loss, metrics and gradient.
//
//   l = -min(r A, clip(r, 1 - epsilon_low, 1 + epsilon_high) A) + kl_coefficient (exp(k) - k - 1),  r = exp(lp - old)
//
// One pass: reads 4 to 12 bytes and a mask byte per token, writes 4. Double precision throughout, because exp(k) - k - 1
// cancels for the small k of real training (k = 1e-3 leaves 4 digits in float32). Threads share out whole sequences;
// each leaves its sums, which are added in the order of the sequences.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../dispatch.h"
#include "../status.h"
#include "../validate.h"
#include "policy_terms.h"
#include "thread_pool.h"

namespace rrft::cpu {

std::vector<double> sequence_weights(const rrft_policy_loss_options& options, int64_t batch, int64_t tokens,
                                     const uint8_t* mask) {
  std::vector<double> weights(static_cast<size_t>(batch));
  int64_t total = 0;
  for (int64_t i = 0; i < batch; ++i) {
    int64_t length = tokens;
    if (mask != nullptr) {
      length = 0;
      for (int64_t t = 0; t < tokens; ++t) length += mask[i * tokens + t] != 0;
    }
    total += length;
    const double sequences = options.normalizer > 0 ? options.normalizer : static_cast<double>(batch);
    weights[static_cast<size_t>(i)] = 1.0 / static_cast<double>(length > 1 ? length : 1) / sequences;
  }
  if (options.reduction == RRFT_REDUCE_SEQUENCE_MEAN) return weights;
  double normalizer = options.normalizer;
  if (options.reduction == RRFT_REDUCE_TOKEN_MEAN) {
    if (normalizer == 0) normalizer = static_cast<double>(total);
    if (normalizer < 1) normalizer = 1;
  }
  weights.assign(weights.size(), 1.0 / normalizer);
  return weights;
}

rrft_policy_metrics reduce(const rrft_policy_loss_options& options, const std::vector<double>& weights,
                           const std::vector<SequenceSums>& sequences) {
  rrft_policy_metrics metrics{};
  double ratio = 0;
  int64_t low = 0;
  int64_t high = 0;
  bool first = true;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const SequenceSums& sums = sequences[i];
    if (sums.tokens == 0) continue;
    const double tokens = static_cast<double>(sums.tokens);
    const double sequence_low = static_cast<double>(sums.clipped_low) / tokens;
    const double sequence_high = static_cast<double>(sums.clipped_high) / tokens;
    metrics.policy_loss += weights[i] * sums.policy_loss;
    metrics.loss += weights[i] * (sums.policy_loss + static_cast<double>(options.kl_coefficient) * sums.kl);
    metrics.kl += sums.kl;
    metrics.approx_kl += sums.approx_kl;
    metrics.entropy += sums.entropy;
    metrics.token_count += sums.tokens;
    ratio += sums.ratio;
    low += sums.clipped_low;
    high += sums.clipped_high;
    if (sums.ratio_max > metrics.ratio_max || std::isnan(sums.ratio_max)) metrics.ratio_max = sums.ratio_max;
    if (first || sequence_low < metrics.clip_fraction_low_min) metrics.clip_fraction_low_min = sequence_low;
    if (first || sequence_high > metrics.clip_fraction_high_max) metrics.clip_fraction_high_max = sequence_high;
    first = false;
  }
  if (metrics.token_count == 0) return metrics;
  const double tokens = static_cast<double>(metrics.token_count);
  metrics.kl /= tokens;
  metrics.approx_kl /= tokens;
  metrics.entropy /= tokens;
  metrics.ratio_mean = ratio / tokens;
  metrics.clip_fraction_low = static_cast<double>(low) / tokens;
  metrics.clip_fraction_high = static_cast<double>(high) / tokens;
  metrics.clip_fraction = static_cast<double>(low + high) / tokens;
  return metrics;
}

namespace {

constexpr int64_t kTokensPerPiece = 4096;  // some 30 us of work, above the cost of waking a thread

void policy_loss(const rrft_policy_loss_args& args, const RowKernels& kernels, int32_t threads) {
  const std::vector<double> weights = sequence_weights(args.options, args.batch, args.tokens, args.mask);
  const ClippedObjective objective(args.options, kernels);
  std::vector<SequenceSums> sequences(weights.size());
  const int64_t grain = args.tokens > 0 ? 1 + kTokensPerPiece / args.tokens : kTokensPerPiece;
  parallel_for(args.batch, grain, threads, [&](int64_t i) {
    const size_t sequence = static_cast<size_t>(i);
    const int64_t first = i * args.tokens;
    float* gradient = args.grad_log_probs != nullptr ? args.grad_log_probs + first : nullptr;
    if (gradient != nullptr) std::fill(gradient, gradient + args.tokens, 0.0f);
    const TokenInputs inputs = {args.log_probs + first, at(args.old_log_probs, first), at(args.ref_log_probs, first),
                                at(args.mask, first), static_cast<double>(args.advantages[i])};
    SequenceSums sums;
    objective.for_each_token(inputs, args.tokens, [&](int64_t t, const TokenTerms& terms) {
      sums.add(terms, 0.0);
      if (gradient != nullptr) gradient[t] = static_cast<float>(weights[sequence] * terms.derivative);
    });
    sequences[sequence] = sums;
  });
  *args.metrics = reduce(args.options, weights, sequences);
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
