// From the terms of tokens to loss, gradient and metrics of a call: sums per sequence in double, added in the order of the
// sequences, so that results do not depend on the threads that made them.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "policy_terms.h"

namespace rrft::cpu {

struct SequenceSums {
  int64_t tokens = 0;
  int64_t clipped_low = 0;
  int64_t clipped_high = 0;
  int64_t clipped_dual = 0;
  int64_t sampler_outside = 0;
  int64_t off_policy = 0;
  int64_t uninformative = 0;
  double policy_loss = 0;
  double kl = 0;
  double approx_kl = 0;
  double log_ratio = 0;
  double ratio = 0;
  double ratio_max = 0;
  double ratio_min = std::numeric_limits<double>::infinity();
  double weight = 0;
  double sampling_log_ratio = 0;
  double sampling_log_ratio_max = 0;
  double sampling_ratio = 0;
  double sampling_ratio_max = 0;
  double sampling_ratio_min = std::numeric_limits<double>::infinity();
  double entropy = 0;

  void add(const ClippedTerms& terms, double token_entropy) {
    ++tokens;
    clipped_low += terms.clipped_low;
    clipped_high += terms.clipped_high;
    policy_loss += terms.policy_loss;
    kl += terms.kl;
    approx_kl += terms.approx_kl;
    log_ratio += terms.log_ratio;
    ratio += terms.ratio;
    raise(ratio_max, terms.ratio);
    lower(ratio_min, terms.ratio);
    entropy += token_entropy;
  }

  void add(const TokenTerms& terms, double token_entropy) {
    add(static_cast<const ClippedTerms&>(terms), token_entropy);
    clipped_dual += terms.clipped_dual;
    sampler_outside += !terms.sampler_keeps;
    off_policy += !terms.on_policy;
    uninformative += !terms.informative;
    weight += terms.weight;
    sampling_log_ratio += terms.sampling_log_ratio;
    raise(sampling_log_ratio_max, terms.sampling_log_ratio);
    sampling_ratio += terms.sampling_ratio;
    raise(sampling_ratio_max, terms.sampling_ratio);
    lower(sampling_ratio_min, terms.sampling_ratio);
  }

  // Comparisons leave NaN out; it is in the sum of the ratios, and settle() puts it into their extremes.
  static void raise(double& maximum, double value) { maximum = value > maximum ? value : maximum; }
  static void lower(double& minimum, double value) { minimum = value < minimum ? value : minimum; }

  void settle() {
    if (std::isnan(ratio)) ratio_max = ratio_min = ratio;
    if (std::isnan(sampling_ratio)) sampling_ratio_max = sampling_ratio_min = sampling_ratio;
    if (std::isnan(sampling_log_ratio)) sampling_log_ratio_max = sampling_log_ratio;
  }
};

// What the loss of a sequence's tokens is multiplied by, and their entropy in the bonus (empty without one); functions of
// the mask and the options alone.
struct SequenceWeights {
  std::vector<double> loss;
  std::vector<double> entropy;
};
SequenceWeights sequence_weights(const rrft_policy_loss_options& options, int64_t batch, int64_t tokens,
                                 const uint8_t* mask);

// The threshold of the entropy filter that the options ask for: given, or a quantile of the entropies that count.
double entropy_threshold(const rrft_policy_loss_options& options, const float* entropy, const uint8_t* mask, int64_t count);

// The sums of a sequence; store(t, d loss / d log_prob) for each of its tokens that counts. `own` is memory for the
// derivatives of its tokens, needed if objective.couples().
template <typename Store>
SequenceSums sum_sequence(const PolicyObjective& objective, const TokenInputs& inputs, const SequenceTerms& sequence,
                          int64_t tokens, double weight, double* own, Store&& store) {
  SequenceSums sums;
  double coupling = 0;
  const bool couples = objective.couples() && own != nullptr;
  objective.for_each_token(inputs, sequence, tokens, [&](int64_t t, const auto& terms) {
    sums.add(terms, inputs.entropy != nullptr ? static_cast<double>(inputs.entropy[t]) : 0.0);
    if constexpr (std::is_same_v<std::decay_t<decltype(terms)>, TokenTerms>) coupling += terms.coupling;
    if (couples)
      own[t] = terms.derivative;
    else
      store(t, weight * terms.derivative);
  });
  for (int64_t t = 0; couples && t < tokens; ++t)
    if (counts(inputs.mask, t)) store(t, weight * (own[t] + coupling * objective.share(inputs, sequence, t)));
  sums.settle();
  return sums;
}

rrft_policy_metrics reduce(const rrft_policy_loss_options& options, const SequenceWeights& weights,
                           const std::vector<SequenceSums>& sequences, bool has_sampling, double entropy_threshold);

}  // namespace rrft::cpu
