// The clipped objective of one token and the sums that become loss and metrics; shared by policy_loss and
// fused_policy_loss, which differ in where log-probs come from.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "../element.h"
#include "reasonrft/kernels.h"

namespace rrft::cpu {

struct TokenTerms {
  double ratio;       // r = exp(log_prob - old)
  double policy_loss;  // -min(r A, clip(r) A)
  double kl;          // k3 estimate of KL(policy || reference)
  double approx_kl;   // k3 estimate of KL(old || policy)
  double derivative;  // of policy_loss + kl_coefficient kl with respect to log_prob
  bool clipped_low;
  bool clipped_high;
};

// `old` is `log_prob` and `reference` is nullptr where the call has none.
inline TokenTerms token_terms(const rrft_policy_loss_options& options, double log_prob, double old,
                              const float* reference, double advantage) {
  const double low = 1.0 - static_cast<double>(options.epsilon_low);
  const double high = 1.0 + static_cast<double>(options.epsilon_high);
  // Equal values give a ratio of exactly 1, also when both are -inf.
  const double drift = log_prob == old ? 0.0 : log_prob - old;
  TokenTerms terms{};
  terms.ratio = drift == 0 ? 1.0 : std::exp(drift);
  terms.approx_kl = drift == 0 ? 0.0 : std::expm1(drift) - drift;
  const double clipped_ratio = terms.ratio < low ? low : (terms.ratio > high ? high : terms.ratio);
  const double unclipped = terms.ratio * advantage;
  const double clipped = clipped_ratio * advantage;
  // NaN takes the unclipped branch, so that it reaches the loss and the gradient.
  const bool clip_wins = clipped < unclipped;
  terms.policy_loss = clip_wins ? -clipped : -unclipped;
  terms.derivative = clip_wins ? 0.0 : -unclipped;
  terms.clipped_low = terms.ratio < low && advantage < 0;
  terms.clipped_high = terms.ratio > high && advantage > 0;
  if (reference != nullptr) {
    const double distance = static_cast<double>(*reference) - log_prob;
    const double growth = std::expm1(distance);
    terms.kl = growth - distance;
    if (options.kl_coefficient > 0) terms.derivative -= static_cast<double>(options.kl_coefficient) * growth;
  }
  return terms;
}

struct SequenceSums {
  int64_t tokens = 0;
  int64_t clipped_low = 0;
  int64_t clipped_high = 0;
  double policy_loss = 0;
  double kl = 0;
  double approx_kl = 0;
  double ratio = 0;
  double ratio_max = 0;
  double entropy = 0;

  void add(const TokenTerms& terms, double token_entropy) {
    ++tokens;
    clipped_low += terms.clipped_low;
    clipped_high += terms.clipped_high;
    policy_loss += terms.policy_loss;
    kl += terms.kl;
    approx_kl += terms.approx_kl;
    ratio += terms.ratio;
    if (terms.ratio > ratio_max || std::isnan(terms.ratio)) ratio_max = terms.ratio;  // a NaN stays
    entropy += token_entropy;
  }
};

// What a token's loss is multiplied by, per sequence; a function of the mask and the options alone.
std::vector<double> sequence_weights(const rrft_policy_loss_options& options, int64_t batch, int64_t tokens,
                                     const uint8_t* mask);

// Adds up the sequences in their order, which makes the result independent of the threads that made the sums.
rrft_policy_metrics reduce(const rrft_policy_loss_options& options, const std::vector<double>& weights,
                           const std::vector<SequenceSums>& sequences);

}  // namespace rrft::cpu
