// The terms of the loss of one token, and what they need of its sequence; shared by policy_loss and fused_policy_loss,
// which differ in where log-probs come from. kernels.h has the formulas.
//
// Derivatives have two parts. `derivative` is what a token's own terms make of its log-prob. Where the ratio belongs to the
// sequence (RRFT_RATIO_SEQUENCE, GMPO), `coupling` is the derivative of a token's terms by the logarithm of that ratio; the
// sum of it over the sequence, times d(log ratio)/d(log-prob) = share(), goes to every token.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "../element.h"
#include "reasonrft/kernels.h"
#include "row_kernels.h"

namespace rrft::cpu {

// What every objective has.
struct ClippedTerms {
  double ratio;        // the importance ratio
  double log_ratio;    // log_prob - old, clamped if wanted
  double policy_loss;  // objective, filtered and weighted
  double kl;           // estimate of KL(policy || reference), importance included
  double approx_kl;    // k3 estimate of KL(old || policy)
  double derivative;   // of policy_loss + kl_coefficient kl with respect to log_prob
  bool clipped_low;
  bool clipped_high;
};

struct TokenTerms : ClippedTerms {
  double coupling;            // see above
  double weight;              // VESPO's phi
  double sampling_log_ratio;  // |old - sampling|
  double sampling_ratio;      // rho after truncation or masking
  bool clipped_dual;
  bool sampler_keeps;
  bool on_policy;    // the off-policy filter keeps the token
  bool informative;  // the entropy filter keeps it
};

// Tokens of one sequence; a null pointer where the call has no such array.
struct TokenInputs {
  const float* log_probs;
  const float* old_log_probs;
  const float* ref_log_probs;
  const float* sampling_log_probs;
  const float* entropy;
  const uint8_t* mask;
  const float* advantages;
  int64_t advantage_stride;  // 0: one for the whole sequence

  double advantage(int64_t t) const { return static_cast<double>(advantages[t * advantage_stride]); }
  const float* old() const { return old_log_probs != nullptr ? old_log_probs : log_probs; }
  const float* sampling() const { return sampling_log_probs != nullptr ? sampling_log_probs : old(); }
};

// What the terms of a token need of the other tokens of its sequence; only what the options ask for is set.
struct SequenceTerms {
  double length = 0;     // tokens that count
  double ratio = 1;      // exp(mean d); GMPO: of the clipped d
  double log_weight = 0; // VESPO's log w
  double rho = 1;        // the sequence's sampler weight
  bool sampler_keeps = true;
  bool on_policy = true; // without regard to advantages
};

class PolicyObjective {
 public:
  PolicyObjective(const rrft_policy_loss_options& options, const RowKernels& kernels);

  // Tokens with a smaller entropy have no objective; -infinity, the default without a filter, keeps all.
  void keep_entropies_from(double threshold) { entropy_threshold_ = threshold; }
  double entropy_threshold() const { return entropy_threshold_; }

  // Whether the terms of a token read more than the token.
  bool needs_sequence() const { return needs_log_ratios_ || needs_staleness_ || sequence_rho_; }
  // Whether they read other log-probs of the policy, which a fused call has to make first.
  bool needs_policy_sequence(bool has_old) const {
    return needs_log_ratios_ || needs_staleness_ || (sequence_rho_ && !has_old);
  }
  // Whether `coupling` is used.
  bool couples() const { return sequence_ratio_ || gmpo_; }

  // Reads log_probs only if needs_policy_sequence.
  SequenceTerms sequence(const TokenInputs& inputs, int64_t count) const;

  double share(const TokenInputs& inputs, const SequenceTerms& sequence, int64_t t) const {
    const double raw = difference(inputs.log_probs[t], inputs.old()[t]), d = clamped(raw, log_ratio_clamp_);
    return moves(raw) && (!gmpo_ || gmpo_moves(d, inputs.advantage(t))) ? 1.0 / sequence.length : 0.0;
  }

  // Calls visit(t, terms) for every token of [0, count) that counts, with ClippedTerms where there is no more to tell (the
  // plain clipped objective takes half the time of the general loop), else with TokenTerms.
  template <typename Visit>
  void for_each_token(const TokenInputs& inputs, const SequenceTerms& sequence, int64_t count, Visit&& visit) const {
    if (plain_ && inputs.sampling_log_probs == nullptr && std::isinf(entropy_threshold_))
      for_each_clipped(inputs, count, visit);
    else
      for_each(inputs, sequence, count, visit);
  }

 private:
  template <typename Visit>
  void for_each_clipped(const TokenInputs& inputs, int64_t count, Visit& visit) const {
    constexpr int64_t kChunk = 256;  // six arrays of 2 KB: well inside the first-level cache
    double drift[kChunk], ratio[kChunk], growth[kChunk];
    double distance[kChunk], ref_ratio[kChunk], ref_growth[kChunk];
    for (int64_t begin = 0; begin < count; begin += kChunk) {
      const int64_t size = count - begin < kChunk ? count - begin : kChunk;
      differences(inputs.log_probs, inputs.old(), 0.0, begin, size, drift);
      kernels_.exponentials(drift, ratio, growth, size);
      if (inputs.ref_log_probs != nullptr) {
        differences(inputs.ref_log_probs, inputs.log_probs, 0.0, begin, size, distance);
        kernels_.exponentials(distance, ref_ratio, ref_growth, size);
      }
      for (int64_t i = 0; i < size; ++i) {
        const int64_t t = begin + i;
        if (!counts(inputs.mask, t)) continue;
        const double advantage = inputs.advantage(t);
        ClippedTerms terms{};
        terms.ratio = ratio[i];
        terms.log_ratio = drift[i];
        terms.approx_kl = growth[i] - drift[i];
        const double clipped_ratio = ratio[i] < low_ ? low_ : (ratio[i] > high_ ? high_ : ratio[i]);
        const double unclipped = ratio[i] * advantage;
        const double clipped = clipped_ratio * advantage;
        // NaN takes the unclipped branch, so that it reaches the loss and the gradient.
        const bool clip_wins = clipped < unclipped;
        terms.policy_loss = clip_wins ? -clipped : -unclipped;
        terms.derivative = clip_wins ? 0.0 : -unclipped;
        terms.clipped_low = ratio[i] < low_ && advantage < 0;
        terms.clipped_high = ratio[i] > high_ && advantage > 0;
        if (inputs.ref_log_probs != nullptr) {
          terms.kl = ref_growth[i] - distance[i];
          terms.derivative -= kl_coefficient_ * ref_growth[i];
        }
        visit(t, terms);
      }
    }
  }

  template <typename Visit>
  void for_each(const TokenInputs& inputs, const SequenceTerms& sequence, int64_t count, Visit& visit) const {
    constexpr int64_t kChunk = 128;  // ten arrays of 1 KB: well inside the first-level cache
    double drift[kChunk], ratio[kChunk], growth[kChunk], distance[kChunk], ref_ratio[kChunk], ref_growth[kChunk];
    double sampled[kChunk], rho[kChunk], gate[kChunk], scratch[kChunk];
    for (int64_t begin = 0; begin < count; begin += kChunk) {
      const int64_t size = count - begin < kChunk ? count - begin : kChunk;
      differences(inputs.log_probs, inputs.old(), log_ratio_clamp_, begin, size, drift);
      kernels_.exponentials(drift, ratio, growth, size);
      if (inputs.ref_log_probs != nullptr) {
        differences(inputs.ref_log_probs, inputs.log_probs, kl_log_ratio_clamp_, begin, size, distance);
        if (options_.kl_estimator == RRFT_KL_K3) kernels_.exponentials(distance, ref_ratio, ref_growth, size);
      }
      if (inputs.sampling_log_probs != nullptr) {
        differences(inputs.old(), inputs.sampling_log_probs, 0.0, begin, size, sampled);
        if (!sequence_rho_) kernels_.exponentials(sampled, rho, scratch, size);
      }
      if (options_.objective == RRFT_OBJECTIVE_SAPO) {
        for (int64_t i = 0; i < size; ++i) {
          const double s = own_ratio_ ? ratio[i] : sequence.ratio;
          scratch[i] = -sapo_temperature(inputs.advantage(begin + i)) * (s - 1.0);
        }
        kernels_.exponentials(scratch, gate, scratch, size);
      }
      for (int64_t i = 0; i < size; ++i) {
        const int64_t t = begin + i;
        if (!counts(inputs.mask, t)) continue;
        TokenTerms terms{};
        terms.ratio = own_ratio_ ? ratio[i] : sequence.ratio;
        terms.log_ratio = drift[i];
        terms.approx_kl = growth[i] - drift[i];
        const double advantage = inputs.advantage(t);
        const bool d_moves = log_ratio_clamp_ == 0 || moves(difference(inputs.log_probs[t], inputs.old()[t]));
        set_sampler(inputs.sampling_log_probs != nullptr, sampled[i], rho[i], sequence, terms);
        set_objective(static_cast<double>(inputs.log_probs[t]), advantage, gate[i], sequence, d_moves, terms);
        filter(inputs.entropy, t, advantage, sequence, terms);
        if (inputs.ref_log_probs != nullptr)
          add_kl(distance[i], ref_growth[i], difference(inputs.ref_log_probs[t], inputs.log_probs[t]), d_moves, terms);
        visit(t, terms);
      }
    }
  }

  // 0 where the two are equal, also when both are -inf.
  static double difference(float minuend, float subtrahend) {
    const double a = static_cast<double>(minuend), b = static_cast<double>(subtrahend);
    return a == b ? 0.0 : a - b;
  }
  // Within +-bound; bound 0 is none.
  static double clamped(double x, double bound) {
    return bound > 0 && std::fabs(x) > bound ? std::copysign(bound, x) : x;
  }
  static void differences(const float* minuend, const float* subtrahend, double bound, int64_t begin, int64_t size,
                          double* out) {
    for (int64_t i = 0; i < size; ++i) out[i] = difference(minuend[begin + i], subtrahend[begin + i]);
    if (bound > 0)
      for (int64_t i = 0; i < size; ++i) out[i] = clamped(out[i], bound);
  }

  bool moves(double log_ratio) const { return log_ratio_clamp_ == 0 || !(std::fabs(log_ratio) > log_ratio_clamp_); }
  bool gmpo_moves(double d, double advantage) const {
    return advantage > 0 ? !(d > epsilon_high_) : (advantage < 0 ? !(d < -epsilon_low_) : std::isnan(advantage));
  }
  double gmpo_log_ratio(double d, double advantage) const {
    if (gmpo_moves(d, advantage)) return d;
    return advantage > 0 ? epsilon_high_ : (advantage < 0 ? -epsilon_low_ : 0.0);
  }
  double sapo_temperature(double advantage) const {
    return static_cast<double>(advantage > 0 ? options_.sapo_temperature_positive : options_.sapo_temperature_negative);
  }
  double vespo_weight(double log_weight, double advantage) const {
    const double k = static_cast<double>(advantage >= 0 ? options_.vespo_k_positive : options_.vespo_k_negative);
    const double lambda =
        static_cast<double>(advantage >= 0 ? options_.vespo_lambda_positive : options_.vespo_lambda_negative);
    return std::exp(lambda + k * log_weight - lambda * std::exp(log_weight));
  }

  bool corrects() const { return options_.sampler_correction != RRFT_SAMPLER_NONE; }
  bool sampler_keeps(double rho) const { return rho >= rho_min_ && rho <= rho_max_; }
  double sampler_weight(double rho) const {
    if (!corrects() || std::isnan(rho) || sampler_keeps(rho)) return rho;
    if (options_.sampler_correction == RRFT_SAMPLER_MASK) return 0.0;
    return rho < rho_min_ ? rho_min_ : rho_max_;
  }

  void set_sampler(bool sampled, double log_ratio, double rho, const SequenceTerms& sequence, TokenTerms& terms) const {
    terms.sampler_keeps = true;
    if (!sampled) return;
    terms.sampling_log_ratio = std::fabs(log_ratio);
    terms.sampling_ratio = sequence_rho_ ? sequence.rho : sampler_weight(rho);
    if (corrects()) terms.sampler_keeps = sequence_rho_ ? sequence.sampler_keeps : sampler_keeps(rho);
  }

  // policy_loss before filters and weights, its derivative or coupling, and the clip flags.
  void set_objective(double log_prob, double advantage, double gate, const SequenceTerms& sequence, bool d_moves,
                     TokenTerms& terms) const {
    const double s = terms.ratio;
    double by_log_ratio = 0, weight = 1;
    switch (options_.objective) {
      case RRFT_OBJECTIVE_CLIP:
        by_log_ratio = clip(s, advantage, terms);
        break;
      case RRFT_OBJECTIVE_SAPO: {
        const double tau = sapo_temperature(advantage), open = 1.0 / (1.0 + gate), slope = open * (1.0 - open);
        terms.policy_loss = -advantage * 4.0 / tau * open;
        by_log_ratio = slope == 0 ? 0.0 : -advantage * 4.0 * slope * s;
        break;
      }
      case RRFT_OBJECTIVE_GMPO:
        terms.policy_loss = by_log_ratio = -advantage * sequence.ratio;
        terms.clipped_low = terms.log_ratio < -epsilon_low_ && advantage < 0;
        terms.clipped_high = terms.log_ratio > epsilon_high_ && advantage > 0;
        break;
      case RRFT_OBJECTIVE_CISPO:
        weight = s < low_ ? low_ : (s > high_ ? high_ : s);
        terms.clipped_low = s < low_ && advantage < 0;
        terms.clipped_high = s > high_ && advantage > 0;
        terms.policy_loss = weight * -advantage * log_prob;
        terms.derivative = -weight * advantage;
        break;
      case RRFT_OBJECTIVE_VESPO:
        weight = terms.weight = vespo_weight(sequence.log_weight, advantage);
        terms.policy_loss = weight * -advantage * log_prob;
        terms.derivative = -weight * advantage;
        break;
      default:
        terms.policy_loss = -advantage * log_prob;
        terms.derivative = -advantage;
        break;
    }
    if (couples())
      terms.coupling = by_log_ratio;
    else if (d_moves)
      terms.derivative += by_log_ratio;
  }

  // Returns the derivative by log s.
  double clip(double s, double advantage, TokenTerms& terms) const {
    const double clipped_ratio = s < low_ ? low_ : (s > high_ ? high_ : s);
    const bool capped = s > cap_;
    const double unclipped = (capped ? cap_ : s) * advantage;
    const double clipped = clipped_ratio * advantage;
    // NaN takes the unclipped branch, so that it reaches the loss and the gradient.
    const bool clip_wins = clipped < unclipped;
    terms.policy_loss = clip_wins ? -clipped : -unclipped;
    terms.clipped_low = s < low_ && advantage < 0;
    terms.clipped_high = s > high_ && advantage > 0;
    if (dual_clip_ > 0 && advantage < 0 && terms.policy_loss > -dual_clip_ * advantage) {
      terms.policy_loss = -dual_clip_ * advantage;
      terms.clipped_dual = true;
      return 0.0;
    }
    return clip_wins || capped ? 0.0 : -unclipped;
  }

  // Filters and the sampler's weight, on policy_loss and what came from it.
  void filter(const float* entropy, int64_t t, double advantage, const SequenceTerms& sequence, TokenTerms& terms) const {
    terms.on_policy = advantage >= 0 || sequence.on_policy;
    terms.informative = entropy == nullptr || !(static_cast<double>(entropy[t]) < entropy_threshold_);
    double weight = corrects() && options_.objective != RRFT_OBJECTIVE_VESPO ? terms.sampling_ratio : 1.0;
    if (!(terms.on_policy && terms.informative)) weight = 0;
    if (weight == 1) return;
    // Not a product where it is 0: an infinite term that does not count is no NaN.
    terms.policy_loss = weight == 0 ? 0.0 : weight * terms.policy_loss;
    terms.derivative = weight == 0 ? 0.0 : weight * terms.derivative;
    terms.coupling = weight == 0 ? 0.0 : weight * terms.coupling;
  }

  void add_kl(double k, double growth, double raw, bool d_moves, TokenTerms& terms) const {
    double slope = growth;  // by k
    terms.kl = growth - k;
    if (options_.kl_estimator != RRFT_KL_K3) other_kl(k, terms.kl, slope);
    if (kl_clamp_ > 0 && std::fabs(terms.kl) > kl_clamp_) {
      terms.kl = std::copysign(kl_clamp_, terms.kl);
      slope = 0;
    }
    if (kl_log_ratio_clamp_ > 0 && std::fabs(raw) > kl_log_ratio_clamp_) slope = 0;
    if (options_.kl_importance != 0) {
      terms.kl *= terms.ratio;
      slope *= terms.ratio;
      if (sequence_ratio_)
        terms.coupling += kl_coefficient_ * terms.kl;
      else if (d_moves)
        terms.derivative += kl_coefficient_ * terms.kl;
    }
    terms.derivative -= kl_coefficient_ * slope;
  }

  void other_kl(double k, double& value, double& slope) const;

  const RowKernels& kernels_;
  const rrft_policy_loss_options options_;
  const double epsilon_low_, epsilon_high_;
  const double low_, high_;
  const double cap_;  // infinity: none
  const double dual_clip_;
  const double log_ratio_clamp_;
  const double kl_coefficient_;
  const double kl_log_ratio_clamp_;
  const double kl_clamp_;
  const double rho_min_, rho_max_;
  const bool gmpo_;
  const bool own_ratio_;       // the ratio is the token's own
  const bool sequence_ratio_;  // it is the sequence's, and so is its gradient
  const bool sequence_rho_;
  const bool needs_log_ratios_;
  const bool needs_staleness_;
  const bool plain_;  // the clipped objective with ratios of tokens and K3, and no other option that the terms look at
  double entropy_threshold_ = -std::numeric_limits<double>::infinity();
};

}  // namespace rrft::cpu
