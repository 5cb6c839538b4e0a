// The parts of the objective that are computed once per sequence or seldom.
#include "policy_terms.h"

#include <algorithm>

namespace rrft::cpu {

PolicyObjective::PolicyObjective(const rrft_policy_loss_options& options, const RowKernels& kernels)
    : kernels_(kernels),
      options_(options),
      epsilon_low_(static_cast<double>(options.epsilon_low)),
      epsilon_high_(static_cast<double>(options.epsilon_high)),
      low_(1.0 - epsilon_low_),
      high_(1.0 + epsilon_high_),
      cap_(options.ratio_cap > 0 ? static_cast<double>(options.ratio_cap) : std::numeric_limits<double>::infinity()),
      dual_clip_(static_cast<double>(options.dual_clip)),
      log_ratio_clamp_(static_cast<double>(options.log_ratio_clamp)),
      kl_coefficient_(static_cast<double>(options.kl_coefficient)),
      kl_log_ratio_clamp_(static_cast<double>(options.kl_log_ratio_clamp)),
      kl_clamp_(static_cast<double>(options.kl_clamp)),
      rho_min_(static_cast<double>(options.sampler_ratio_min)),
      rho_max_(static_cast<double>(options.sampler_ratio_max)),
      gmpo_(options.objective == RRFT_OBJECTIVE_GMPO),
      own_ratio_(options.ratio_level == RRFT_RATIO_TOKEN),
      sequence_ratio_(options.ratio_level == RRFT_RATIO_SEQUENCE),
      sequence_rho_(options.sampler_correction != RRFT_SAMPLER_NONE && options.sampler_level != RRFT_SAMPLER_TOKEN),
      needs_log_ratios_(!own_ratio_ || gmpo_ || options.objective == RRFT_OBJECTIVE_VESPO),
      needs_staleness_(options.off_policy_threshold > 0),
      plain_(options.objective == RRFT_OBJECTIVE_CLIP && own_ratio_ && options.ratio_cap == 0 && options.dual_clip == 0 &&
             options.log_ratio_clamp == 0 && options.kl_estimator == RRFT_KL_K3 && options.kl_importance == 0 &&
             options.kl_log_ratio_clamp == 0 && options.kl_clamp == 0 && !corrects() && !needs_staleness_) {}

SequenceTerms PolicyObjective::sequence(const TokenInputs& inputs, int64_t count) const {
  constexpr double kLargestLog = 20.0;  // of VESPO's weights
  const double smallest_log = std::log(1e-8);
  const bool vespo = options_.objective == RRFT_OBJECTIVE_VESPO;
  SequenceTerms terms;
  double log_ratios = 0, vespo_log_ratios = 0, sampling_log_ratios = 0, vespo_log_rhos = 0, staleness = 0;
  for (int64_t t = 0; t < count; ++t) {
    if (!counts(inputs.mask, t)) continue;
    terms.length += 1;
    if (needs_log_ratios_) {
      const double d = clamped(difference(inputs.log_probs[t], inputs.old()[t]), log_ratio_clamp_);
      log_ratios += gmpo_ ? gmpo_log_ratio(d, inputs.advantage(t)) : d;
      vespo_log_ratios += clamped(d, kLargestLog);
    }
    if (corrects() && (sequence_rho_ || vespo)) {
      const double log_rho = difference(inputs.old()[t], inputs.sampling_log_probs[t]);
      sampling_log_ratios += log_rho;
      if (!sequence_rho_)
        vespo_log_rhos += std::clamp(std::log(sampler_weight(std::exp(log_rho))), smallest_log, kLargestLog);
    }
    if (needs_staleness_) staleness += difference(inputs.sampling()[t], inputs.log_probs[t]);
  }
  if (terms.length == 0) return terms;
  terms.ratio = std::exp(log_ratios / terms.length);
  if (sequence_rho_) {
    const bool sum = options_.sampler_level == RRFT_SAMPLER_SEQUENCE;
    const double rho = std::exp(sum ? sampling_log_ratios : sampling_log_ratios / terms.length);
    terms.rho = sampler_weight(rho);
    terms.sampler_keeps = sampler_keeps(rho);
    vespo_log_rhos = std::clamp(std::log(terms.rho), smallest_log, kLargestLog);
  }
  if (vespo) terms.log_weight = std::clamp(vespo_log_ratios + vespo_log_rhos, smallest_log, kLargestLog);
  if (needs_staleness_)
    terms.on_policy = staleness / terms.length <= static_cast<double>(options_.off_policy_threshold);
  return terms;
}

void PolicyObjective::other_kl(double k, double& value, double& slope) const {
  switch (options_.kl_estimator) {
    case RRFT_KL_K1:
      value = -k;
      slope = -1.0;
      break;
    case RRFT_KL_K2:
      value = 0.5 * k * k;
      slope = k;
      break;
    default:
      value = std::fabs(k);
      slope = k > 0 ? 1.0 : (k < 0 ? -1.0 : k);
      break;
  }
}

}  // namespace rrft::cpu
