#include "policy_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../element.h"
#include "../quantile.h"

namespace rrft::cpu {
namespace {

// A NaN stays.
double larger_or_nan(double a, double b) { return a > b || std::isnan(a) ? a : b; }

}  // namespace

SequenceWeights sequence_weights(const rrft_policy_loss_options& options, int64_t batch, int64_t tokens,
                                 const uint8_t* mask, const PolicyKernels& kernels) {
  std::vector<double> lengths(static_cast<size_t>(batch), static_cast<double>(tokens));
  double total = static_cast<double>(batch) * static_cast<double>(tokens);
  if (mask != nullptr) {
    int64_t counted = 0;
    for (int64_t i = 0; i < batch; ++i) {
      const int64_t length = kernels.count(mask + i * tokens, tokens);
      lengths[static_cast<size_t>(i)] = static_cast<double>(length);
      counted += length;
    }
    total = static_cast<double>(counted);
  }
  const double sequences = options.normalizer > 0 ? options.normalizer : static_cast<double>(batch);
  SequenceWeights weights;
  weights.loss.resize(lengths.size());
  for (size_t i = 0; i < lengths.size(); ++i) {
    switch (options.reduction) {
      case RRFT_REDUCE_SEQUENCE_MEAN: weights.loss[i] = 1.0 / std::max(1.0, lengths[i]) / sequences; break;
      case RRFT_REDUCE_SEQUENCE_SUM: weights.loss[i] = 1.0 / sequences; break;
      case RRFT_REDUCE_FIXED_LENGTH: weights.loss[i] = 1.0 / options.normalizer; break;
      default: weights.loss[i] = 1.0 / std::max(1.0, options.normalizer > 0 ? options.normalizer : total); break;
    }
  }
  if (options.entropy_coefficient == 0) return weights;
  weights.entropy = weights.loss;
  if (options.entropy_reduction == RRFT_ENTROPY_TOKEN_MEAN)
    weights.entropy.assign(lengths.size(),
                           1.0 / std::max(1.0, options.entropy_normalizer > 0 ? options.entropy_normalizer : total));
  return weights;
}

double entropy_threshold(const rrft_policy_loss_options& options, const float* entropy, const uint8_t* mask,
                         int64_t count) {
  if (options.entropy_threshold > 0) return static_cast<double>(options.entropy_threshold);
  if (!takes_quantile(options.top_entropy_fraction)) return -std::numeric_limits<double>::infinity();
  std::vector<double> values;
  for (int64_t n = 0; n < count; ++n)
    if (counts(mask, n) && !std::isnan(entropy[n])) values.push_back(static_cast<double>(entropy[n]));
  return top_quantile(values, options.top_entropy_fraction);
}

rrft_policy_metrics reduce(const rrft_policy_loss_options& options, const SequenceWeights& weights,
                           const std::vector<SequenceSums>& sequences, bool has_sampling, double entropy_threshold) {
  // Ratio, clip fractions and rho are per token, or per sequence where they belong to it.
  const bool sequence_ratio = options.ratio_level == RRFT_RATIO_SEQUENCE;
  const bool sequence_rho =
      options.sampler_correction != RRFT_SAMPLER_NONE && options.sampler_level != RRFT_SAMPLER_TOKEN;
  rrft_policy_metrics metrics{};
  double low = 0, high = 0, dual = 0, rho_outside = 0;
  int64_t off_policy = 0, uninformative = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const SequenceSums& sums = sequences[i];
    if (sums.tokens == 0) continue;
    const bool first = metrics.sequence_count == 0;
    const double tokens = static_cast<double>(sums.tokens);
    const double sequence_low = static_cast<double>(sums.clipped_low) / tokens;
    const double sequence_high = static_cast<double>(sums.clipped_high) / tokens;
    metrics.policy_loss += weights.loss[i] * sums.policy_loss;
    metrics.loss += weights.loss[i] * (sums.policy_loss + static_cast<double>(options.kl_coefficient) * sums.kl);
    if (!weights.entropy.empty())
      metrics.entropy_loss -= static_cast<double>(options.entropy_coefficient) * weights.entropy[i] * sums.entropy;
    metrics.kl += sums.kl;
    metrics.approx_kl += sums.approx_kl;
    metrics.log_ratio_mean += sums.log_ratio;
    metrics.entropy += sums.entropy;
    metrics.token_count += sums.tokens;
    ++metrics.sequence_count;
    const double ratio_share = sequence_ratio ? tokens : 1.0;
    metrics.ratio_mean += sums.ratio / ratio_share;
    low += static_cast<double>(sums.clipped_low) / ratio_share;
    high += static_cast<double>(sums.clipped_high) / ratio_share;
    dual += static_cast<double>(sums.clipped_dual) / ratio_share;
    const double rho_share = sequence_rho ? tokens : 1.0;
    metrics.sampling_ratio_mean += sums.sampling_ratio / rho_share;
    rho_outside += static_cast<double>(sums.sampler_outside) / rho_share;
    off_policy += sums.off_policy;
    uninformative += sums.uninformative;
    metrics.vespo_weight_mean += sums.weight / tokens;
    metrics.sampling_log_ratio_mean += sums.sampling_log_ratio;
    if (first) metrics.ratio_min = metrics.sampling_ratio_min = std::numeric_limits<double>::infinity();
    metrics.ratio_max = larger_or_nan(sums.ratio_max, metrics.ratio_max);
    metrics.ratio_min = -larger_or_nan(-sums.ratio_min, -metrics.ratio_min);
    metrics.sampling_log_ratio_max = larger_or_nan(sums.sampling_log_ratio_max, metrics.sampling_log_ratio_max);
    metrics.sampling_ratio_max = larger_or_nan(sums.sampling_ratio_max, metrics.sampling_ratio_max);
    metrics.sampling_ratio_min = -larger_or_nan(-sums.sampling_ratio_min, -metrics.sampling_ratio_min);
    if (first || sequence_low < metrics.clip_fraction_low_min) metrics.clip_fraction_low_min = sequence_low;
    if (first || sequence_high > metrics.clip_fraction_high_max) metrics.clip_fraction_high_max = sequence_high;
  }
  if (metrics.token_count == 0) return metrics;
  const double tokens = static_cast<double>(metrics.token_count), counted = static_cast<double>(metrics.sequence_count);
  const double ratios = sequence_ratio ? counted : tokens, rhos = sequence_rho ? counted : tokens;
  if (!weights.entropy.empty()) metrics.loss += metrics.entropy_loss;
  metrics.kl /= tokens;
  metrics.approx_kl /= tokens;
  metrics.log_ratio_mean /= tokens;
  metrics.entropy /= tokens;
  metrics.ratio_mean /= ratios;
  metrics.clip_fraction_low = low / ratios;
  metrics.clip_fraction_high = high / ratios;
  metrics.clip_fraction = (low + high) / ratios;
  metrics.clip_fraction_dual = dual / ratios;
  metrics.vespo_weight_mean /= counted;
  metrics.sampling_log_ratio_mean /= tokens;
  metrics.sampling_ratio_mean /= rhos;
  if (!has_sampling) metrics.sampling_ratio_min = 0;
  metrics.sampling_kept_fraction = 1.0 - rho_outside / rhos;
  metrics.off_policy_kept_fraction = 1.0 - static_cast<double>(off_policy) / tokens;
  metrics.entropy_kept_fraction = 1.0 - static_cast<double>(uninformative) / tokens;
  if (!std::isinf(entropy_threshold)) metrics.entropy_threshold = entropy_threshold;
  return metrics;
}

}  // namespace rrft::cpu
