// The specification of the parts of policy_loss that look at one token: objective, KL estimate, sampler weight.
#pragma once

#include <algorithm>
#include <cmath>

#include "reasonrft/kernels.h"

namespace rrft::reference {

// A term of the loss and its derivatives: by the logarithm of the ratio in it, and directly by the token's log-prob.
struct Term {
  double value, by_log_ratio, by_log_prob;
};

inline double sign(double x) { return x > 0 ? 1 : (x < 0 ? -1 : 0); }

// x within +-bound, where bound 0 is none.
inline double clamped(double x, float bound) {
  const double b = static_cast<double>(bound);
  return b > 0 && std::fabs(x) > b ? std::copysign(b, x) : x;
}

// PPO (2017) eq. 7 with the two epsilons of DAPO (2025) eq. 8, the upper cap of INTELLECT-2 (2025) and the dual clip of
// Ye et al. (2020).
inline Term clip_term(const rrft_policy_loss_options& o, double s, double a) {
  const double low = 1 - static_cast<double>(o.epsilon_low), high = 1 + static_cast<double>(o.epsilon_high);
  const double cap = static_cast<double>(o.ratio_cap), dual = static_cast<double>(o.dual_clip);
  const double clipped = std::min(std::max(s, low), high), unclipped = cap > 0 && s > cap ? cap : s;
  Term term = {-unclipped * a, unclipped < s ? 0 : -s * a, 0};
  if (clipped * a < unclipped * a) term = {-clipped * a, 0, 0};
  if (dual > 0 && a < 0 && term.value > -dual * a) term = {-dual * a, 0, 0};
  return term;
}

// Qwen's soft adaptive policy optimisation (2025).
inline Term sapo_term(const rrft_policy_loss_options& o, double s, double a) {
  const double tau = static_cast<double>(a > 0 ? o.sapo_temperature_positive : o.sapo_temperature_negative);
  const double gate = 1 / (1 + std::exp(-tau * (s - 1))), slope = gate * (1 - gate);
  return {-a * 4 / tau * gate, slope == 0 ? 0 : -a * 4 * slope * s, 0};
}

// VESPO's weight of a sequence with importance weight exp(log_w).
inline double vespo_phi(const rrft_policy_loss_options& o, double log_w, double a) {
  const double k = static_cast<double>(a >= 0 ? o.vespo_k_positive : o.vespo_k_negative);
  const double lambda = static_cast<double>(a >= 0 ? o.vespo_lambda_positive : o.vespo_lambda_negative);
  return std::exp(lambda + k * log_w - lambda * std::exp(log_w));
}

// `s` is the objective's ratio; `log_w` is VESPO's.
inline Term objective(const rrft_policy_loss_options& o, double s, double log_w, double a, double log_prob) {
  double weight = 1;
  switch (o.objective) {
    case RRFT_OBJECTIVE_CLIP: return clip_term(o, s, a);
    case RRFT_OBJECTIVE_SAPO: return sapo_term(o, s, a);
    case RRFT_OBJECTIVE_GMPO: return {-a * s, -a * s, 0};
    case RRFT_OBJECTIVE_VESPO: weight = vespo_phi(o, log_w, a); break;
    case RRFT_OBJECTIVE_CISPO:
      weight = std::min(std::max(s, 1 - static_cast<double>(o.epsilon_low)), 1 + static_cast<double>(o.epsilon_high));
      break;
    default: break;
  }
  return {-weight * a * log_prob, 0, -weight * a};
}

// GMPO: d as it enters the mean, and whether it moves with the log-prob.
inline bool gmpo_moves(const rrft_policy_loss_options& o, double d, double a) {
  return !(a > 0 && d > static_cast<double>(o.epsilon_high)) && !(a < 0 && d < -static_cast<double>(o.epsilon_low)) &&
         a != 0;
}
inline double gmpo_log_ratio(const rrft_policy_loss_options& o, double d, double a) {
  if (gmpo_moves(o, d, a)) return d;
  return a == 0 ? 0 : static_cast<double>(a > 0 ? o.epsilon_high : -o.epsilon_low);
}

// Estimate of KL(policy || reference), before importance; Schulman (2020).
inline Term kl_term(const rrft_policy_loss_options& o, double difference) {
  const double k = clamped(difference, o.kl_log_ratio_clamp);
  double value = 0, slope = 0;  // by k
  switch (o.kl_estimator) {
    case RRFT_KL_K1: value = -k, slope = -1; break;
    case RRFT_KL_K2: value = k * k / 2, slope = k; break;
    case RRFT_KL_ABSOLUTE: value = std::fabs(k), slope = sign(k); break;
    default: value = std::expm1(k) - k, slope = std::expm1(k); break;
  }
  const double bounded = clamped(value, o.kl_clamp);
  const bool outside = k != difference || bounded != value;
  return {bounded, 0, outside && !std::isnan(value) ? 0 : -slope};
}

inline bool sampler_keeps(const rrft_policy_loss_options& o, double rho) {
  return rho >= static_cast<double>(o.sampler_ratio_min) && rho <= static_cast<double>(o.sampler_ratio_max);
}

// The weight that stands in for rho.
inline double sampler_weight(const rrft_policy_loss_options& o, double rho) {
  if (o.sampler_correction == RRFT_SAMPLER_NONE || std::isnan(rho) || sampler_keeps(o, rho)) return rho;
  if (o.sampler_correction == RRFT_SAMPLER_MASK) return 0;
  return rho < static_cast<double>(o.sampler_ratio_min) ? static_cast<double>(o.sampler_ratio_min)
                                                        : static_cast<double>(o.sampler_ratio_max);
}

}  // namespace rrft::reference
