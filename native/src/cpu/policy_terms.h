// The terms of the loss, of as many tokens at once as the tier's vectors of double have lanes. Included by files that
// are compiled once per tier; see lanes.h.
//
// Options are the same for all tokens, so that branches on them cost little; a caller that sets parameters to constants
// gets terms without them. What log-probs alone say (TokenRatios) is apart from what is made of it, for a loop of each:
// the long chains of operations of an exponential overlap only where little else lies between them.
// Numerics: double throughout, because exp(k) - k - 1 cancels for the small k of real training (k = 1e-3 leaves 4
// digits in float32), and a gradient in which objective and KL nearly cancel keeps its digits.
#pragma once

#include "lanes.h"
#include "policy_kernels.h"
#include "reasonrft/kernels.h"

namespace rrft {
namespace {

// What the log-probs alone say.
struct TokenRatios {
  Doubles log_ratio;  // log_prob - old, clamped if wanted
  Doubles ratio;      // exp of that
  Doubles approx_kl;  // k3 estimate of KL(old || policy)
  Doubles kl;         // estimate of KL(policy || reference) without importance
  Doubles kl_slope;   // its derivative by ref - log_prob
};

// A token's advantage, negative as the loss takes it, and the bounds beyond which the clipped objective is constant.
struct Sided {
  Doubles minus_advantage;
  Truths below;  // the advantage is below 0
  Truths above;
  Doubles low;
  Doubles high;
};

struct TokenTerms {
  Doubles ratio = {};               // the importance ratio
  Doubles policy_loss = {};         // objective, filtered and weighted
  Doubles kl = {};                  // importance included
  Doubles derivative = {};          // of policy_loss + kl_coefficient kl with respect to log_prob
  Doubles coupling = {};            // see policy_kernels.h
  Doubles weight = {};              // VESPO's phi
  Doubles sampling_log_ratio = {};  // |old - sampling|
  Doubles sampling_ratio = {};      // rho after truncation or masking
  Truths clipped_low = {};
  Truths clipped_high = {};
  Truths clipped_dual = {};
  Truths sampler_drops = {};
  Truths off_policy = {};
  Truths uninformative = {};
};

RRFT_INLINE Truths truths(bool value) {
  return Truths{} - static_cast<int64_t>(value);
}

RRFT_INLINE Doubles absolute(Doubles x) {
  return x < Doubles{} ? -x : x;
}

RRFT_INLINE bool any_nan(Doubles x) {
  const double sum = fold(x);
  return sum != sum;
}

// NaN stays NaN.
RRFT_INLINE Doubles within(Doubles x, double low, double high) {
  return smaller(doubles(high), larger(doubles(low), x));
}

// Within +-bound; bound 0 is none.
RRFT_INLINE Doubles clamped(Doubles x, double bound) {
  return bound > 0 ? within(x, -bound, bound) : x;
}
RRFT_INLINE Truths outside(Doubles x, double bound) {
  return bound > 0 ? absolute(x) > bound : Truths{};
}

RRFT_INLINE Truths gmpo_moves(const PolicyParameters& p, Doubles d, Doubles advantage) {
  const Doubles zero = {};
  const Truths held = (advantage > zero ? d > p.epsilon_high : d < -p.epsilon_low) | (advantage == zero);
  return ~held;
}

// As it enters the mean.
RRFT_INLINE Doubles gmpo_log_ratio(const PolicyParameters& p, Doubles d, Doubles advantage) {
  const Doubles zero = {};
  const Doubles bound = advantage > zero ? doubles(p.epsilon_high) : doubles(-p.epsilon_low);
  return gmpo_moves(p, d, advantage) ? d : (advantage == zero ? zero : bound);
}

RRFT_INLINE Truths sampler_drops(const PolicyParameters& p, Doubles rho) {
  return p.corrects ? ~((rho >= p.rho_min) & (rho <= p.rho_max)) : Truths{};
}

RRFT_INLINE Doubles sampler_weight(const PolicyParameters& p, Doubles rho) {
  if (!p.corrects) return rho;
  if (!p.masks_rho) return within(rho, p.rho_min, p.rho_max);
  return (rho < p.rho_min) | (rho > p.rho_max) ? Doubles{} : rho;
}

// Its logarithm within VESPO's bounds.
RRFT_INLINE Doubles log_sampler_weight(const PolicyParameters& p, Doubles log_rho) {
  const Doubles rho = exponentials(log_rho).value;
  const Doubles low = doubles(p.masks_rho ? kSmallestLogWeight : p.log_rho_min);
  const Doubles high = doubles(p.masks_rho ? kSmallestLogWeight : p.log_rho_max);
  const Doubles kept = within(log_rho, kSmallestLogWeight, kLargestLogWeight);
  return rho < p.rho_min ? low : (rho > p.rho_max ? high : kept);
}

RRFT_INLINE Doubles kl_of(const PolicyParameters& p, Doubles k, Doubles& slope) {
  const Doubles zero = {};
  switch (p.kl_estimator) {
    case RRFT_KL_K1:
      slope = doubles(-1.0);
      return -k;
    case RRFT_KL_K2:
      slope = k;
      return 0.5 * k * k;
    case RRFT_KL_ABSOLUTE:
      slope = k > zero ? doubles(1.0) : (k < zero ? doubles(-1.0) : k);
      return absolute(k);
    default:
      slope = exponentials(k).minus_one;
      return slope - k;
  }
}

// `distance`: ref - log_prob; nullptr without a reference.
RRFT_INLINE TokenRatios ratios_of(const PolicyParameters& p, Doubles raw, const Doubles* distance) {
  TokenRatios ratios = {};
  ratios.log_ratio = clamped(raw, p.log_ratio_clamp);
  const Exponentials drift = exponentials(ratios.log_ratio);
  ratios.ratio = drift.value;
  ratios.approx_kl = drift.minus_one - ratios.log_ratio;
  if (distance == nullptr) return ratios;
  const Doubles kl = kl_of(p, clamped(*distance, p.kl_log_ratio_clamp), ratios.kl_slope);
  ratios.kl = clamped(kl, p.kl_clamp);
  if (p.kl_clamp > 0 || p.kl_log_ratio_clamp > 0)
    ratios.kl_slope = outside(kl, p.kl_clamp) | outside(*distance, p.kl_log_ratio_clamp) ? Doubles{} : ratios.kl_slope;
  return ratios;
}

// With A > 0 the loss stops falling where the ratio is above 1 + epsilon_high; with A < 0 it stops where that is below
// 1 - epsilon_low and, by the cap, stops rising. Thus -min(min(s, cap) A, clip(s) A) is one clamp and one product.
RRFT_INLINE Sided sided(const PolicyParameters& p, Doubles advantage) {
  const Doubles zero = {};
  const Truths below = advantage<zero, above = advantage> zero;
  return {-advantage, below, above, below ? doubles(p.low) : doubles(-__builtin_inf()),
          above ? doubles(p.high) : doubles(p.ratio_cap)};
}

RRFT_INLINE void set_clip_flags(const PolicyParameters& p, const Sided& side, Doubles ratio, TokenTerms& terms) {
  terms.clipped_low = (ratio < p.low) & side.below;
  terms.clipped_high = (ratio > p.high) & side.above;
}

// policy_loss of the clipped objective; returns its derivative by the logarithm of the ratio. A NaN is within all
// bounds and reaches both.
RRFT_INLINE Doubles clip(const PolicyParameters& p, const Sided& side, TokenTerms& terms) {
  const Truths low = terms.ratio<side.low, high = terms.ratio> side.high;
  terms.policy_loss = smaller(side.high, larger(side.low, terms.ratio)) * side.minus_advantage;
  terms.clipped_low = low;
  terms.clipped_high = p.has_cap ? high & side.above : high;
  Truths held = low | high;
  if (p.dual_clip > 0) {
    const Doubles worst = p.dual_clip * side.minus_advantage;
    terms.clipped_dual = side.below & (terms.policy_loss > worst);
    terms.policy_loss = terms.clipped_dual ? worst : terms.policy_loss;
    held |= terms.clipped_dual;
  }
  return held ? Doubles{} : terms.ratio * side.minus_advantage;
}

RRFT_INLINE Doubles soft_gate(const PolicyParameters& p, const Sided& side, TokenTerms& terms) {
  const Doubles zero = {};
  const Doubles tau = side.above ? doubles(p.sapo_positive) : doubles(p.sapo_negative);
  const Doubles gate = exponentials(-tau * (terms.ratio - 1.0)).value;
  const Doubles open = 1.0 / (1.0 + gate);
  const Doubles slope = open * (1.0 - open);
  terms.policy_loss = side.minus_advantage * 4.0 / tau * open;
  return slope == zero ? zero : side.minus_advantage * 4.0 * slope * terms.ratio;
}

// policy_loss before filters and weights, its derivative or coupling, and the clip flags. `moves`: where the log-ratio
// is not held by its clamp.
RRFT_INLINE void set_objective(const PolicyParameters& p, const SequenceTerms& sequence, Doubles log_prob,
                               Doubles log_ratio, const Sided& side, Truths moves, TokenTerms& terms) {
  const Doubles zero = {};
  Doubles by_log_ratio = zero;
  Doubles weight = doubles(1.0);
  switch (p.objective) {
    case RRFT_OBJECTIVE_CLIP:
      by_log_ratio = clip(p, side, terms);
      break;
    case RRFT_OBJECTIVE_SAPO:
      by_log_ratio = soft_gate(p, side, terms);
      break;
    case RRFT_OBJECTIVE_GMPO:
      terms.policy_loss = by_log_ratio = side.minus_advantage * sequence.ratio;
      terms.clipped_low = (log_ratio < -p.epsilon_low) & side.below;
      terms.clipped_high = (log_ratio > p.epsilon_high) & side.above;
      break;
    case RRFT_OBJECTIVE_CISPO:
      weight = within(terms.ratio, p.low, p.high);
      set_clip_flags(p, side, terms.ratio, terms);
      break;
    case RRFT_OBJECTIVE_VESPO:
      weight = terms.weight =
          side.minus_advantage <= zero ? doubles(sequence.positive_weight) : doubles(sequence.negative_weight);
      break;
    default:
      break;
  }
  if (p.weighs_log_probs) {
    terms.derivative = weight * side.minus_advantage;
    terms.policy_loss = terms.derivative * log_prob;
  } else if (p.couples) {
    terms.coupling = by_log_ratio;
  } else {
    terms.derivative = moves ? by_log_ratio : zero;
  }
}

// Filters and the sampler's weight, on policy_loss and what came from it.
RRFT_INLINE void filter(const PolicyParameters& p, const SequenceTerms& sequence, const Doubles* entropy,
                        const Sided& side, TokenTerms& terms) {
  const Doubles zero = {};
  terms.off_policy = sequence.on_policy ? Truths{} : ~(side.minus_advantage <= zero);
  if (entropy != nullptr) terms.uninformative = *entropy < p.entropy_threshold;
  const Doubles weight = p.corrects && p.objective != RRFT_OBJECTIVE_VESPO ? terms.sampling_ratio : doubles(1.0);
  // Not a product where it is 0: an infinite term that does not count is no NaN.
  const Truths dropped = terms.off_policy | terms.uninformative | (weight == zero);
  terms.policy_loss = dropped ? zero : weight * terms.policy_loss;
  terms.derivative = dropped ? zero : weight * terms.derivative;
  terms.coupling = dropped ? zero : weight * terms.coupling;
}

RRFT_INLINE void set_sampler(const PolicyParameters& p, const SequenceTerms& sequence, Doubles log_rho,
                             TokenTerms& terms) {
  terms.sampling_log_ratio = absolute(log_rho);
  if (p.sequence_rho) {
    terms.sampling_ratio = doubles(sequence.rho);
    terms.sampler_drops = truths(!sequence.sampler_keeps);
  } else {
    const Doubles rho = exponentials(log_rho).value;
    terms.sampling_ratio = sampler_weight(p, rho);
    terms.sampler_drops = sampler_drops(p, rho);
  }
}

RRFT_INLINE void add_kl(const PolicyParameters& p, const TokenRatios& ratios, Truths moves, TokenTerms& terms) {
  terms.kl = ratios.kl;
  Doubles slope = ratios.kl_slope;
  if (p.kl_importance) {
    terms.kl *= terms.ratio;
    slope *= terms.ratio;
    if (p.sequence_ratio)
      terms.coupling += p.kl_coefficient * terms.kl;
    else
      terms.derivative += moves ? p.kl_coefficient * terms.kl : Doubles{};
  }
  terms.derivative -= p.kl_coefficient * slope;
}

}  // namespace
}  // namespace rrft
