// The terms of the loss of one token, and what they need of its sequence. kernels.h has the formulas.
//
// Derivatives have two parts. `derivative` is what a token's own terms make of its log-prob. Where the ratio belongs to
// the sequence (RRFT_RATIO_SEQUENCE, GMPO), `coupling` is the derivative of a token's terms by the logarithm of that
// ratio: its sum over the sequence, times d(log ratio)/d(log-prob) = share(), goes to every token.
//
// Double precision: a few exponentials per token, against V per row of logits; exp(k) - k - 1 cancels in float32.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/block.cuh"
#include "reasonrft/kernels.h"

namespace rrft::cuda {

// The tokens of a call, and what policy_loss and fused_policy_loss have in common.
struct PolicyBatch {
  int64_t batch;
  int64_t tokens;
  const float* log_probs;           // may be written by other blocks of the launch, as entropy may
  const float* old_log_probs;       // or nullptr: log_probs themselves
  const float* ref_log_probs;       // or nullptr
  const float* sampling_log_probs;  // or nullptr
  const float* entropy;             // or nullptr
  const uint8_t* mask;              // or nullptr
  const float* advantages;          // of sequences, or nullptr
  const float* token_advantages;    // or nullptr
  rrft_policy_loss_options options;
};

__device__ inline bool counts(const PolicyBatch& policy, int64_t n) {
  return policy.mask == nullptr || policy.mask[n] != 0;
}

// 0 where the two are equal, also when both are -inf.
__device__ inline double difference(float minuend, float subtrahend) {
  return minuend == subtrahend ? 0.0 : static_cast<double>(minuend) - static_cast<double>(subtrahend);
}
// Within +-bound; bound 0 is none.
__device__ inline double clamped(double x, float bound) {
  return bound > 0 && fabs(x) > static_cast<double>(bound) ? copysign(static_cast<double>(bound), x) : x;
}
__device__ inline double between(double x, double low, double high) { return x < low ? low : (x > high ? high : x); }

// Not inlined: ten of them side by side would need more registers than two blocks on a multiprocessor leave.
inline __device__ RRFT_NOINLINE double exponential(double x) { return exp(x); }
inline __device__ RRFT_NOINLINE double exponential_minus_1(double x) { return expm1(x); }

// What a call has of one token.
struct Token {
  float log_prob;
  float old;
  double advantage;
};
__device__ inline Token token_of(const PolicyBatch& policy, int64_t n, int64_t sequence, float log_prob) {
  return {log_prob, policy.old_log_probs != nullptr ? policy.old_log_probs[n] : log_prob,
          static_cast<double>(policy.token_advantages != nullptr ? policy.token_advantages[n]
                                                                 : policy.advantages[sequence])};
}

// What the terms of a token need of the other tokens of its sequence; only what the options ask for is set.
struct SequenceTerms {
  double length;      // tokens that count
  double ratio;       // exp(mean d); GMPO: of the clipped d
  double log_weight;  // VESPO's log w
  double rho;         // the sequence's sampler weight
  bool sampler_keeps;
  bool on_policy;  // without regard to advantages
};

struct TokenTerms {
  double ratio;               // the importance ratio
  double log_ratio;           // log_prob - old, clamped if wanted
  double policy_loss;         // objective, filtered and weighted
  double kl;                  // estimate of KL(policy || reference), importance included
  double approx_kl;           // k3 estimate of KL(old || policy)
  double derivative;          // of policy_loss + kl_coefficient kl with respect to log_prob
  double coupling;            // see above
  double weight;              // VESPO's phi
  double sampling_log_ratio;  // |old - sampling|
  double sampling_ratio;      // rho after truncation or masking
  bool clipped_low;
  bool clipped_high;
  bool clipped_dual;
  bool sampler_keeps;
  bool on_policy;    // the off-policy filter keeps the token
  bool informative;  // the entropy filter keeps it
};

class Objective {
 public:
  __host__ __device__ explicit Objective(const rrft_policy_loss_options& options) : o_(options) {}

  __host__ __device__ bool corrects() const { return o_.sampler_correction != RRFT_SAMPLER_NONE; }
  __host__ __device__ bool shares_rho() const { return corrects() && o_.sampler_level != RRFT_SAMPLER_TOKEN; }
  __host__ __device__ bool shares_ratio() const { return o_.ratio_level == RRFT_RATIO_SEQUENCE; }
  __host__ __device__ bool is_gmpo() const { return o_.objective == RRFT_OBJECTIVE_GMPO; }
  __host__ __device__ bool is_vespo() const { return o_.objective == RRFT_OBJECTIVE_VESPO; }
  // Whether `coupling` is used.
  __host__ __device__ bool couples() const { return shares_ratio() || is_gmpo(); }
  __host__ __device__ bool needs_log_ratios() const {
    return o_.ratio_level != RRFT_RATIO_TOKEN || is_gmpo() || is_vespo();
  }
  __host__ __device__ bool needs_staleness() const { return o_.off_policy_threshold > 0; }
  // Whether the terms of a token read more than the token.
  __host__ __device__ bool needs_sequence() const { return needs_log_ratios() || needs_staleness() || shares_rho(); }
  // Whether they read other log-probs of the policy, which a fused call has to make first.
  __host__ __device__ bool needs_policy_sequence(bool has_old) const {
    return needs_log_ratios() || needs_staleness() || (shares_rho() && !has_old);
  }

  // d as it enters the mean that GMPO takes.
  __device__ double gmpo_log_ratio(double d, double advantage) const {
    if (gmpo_moves(d, advantage)) return d;
    return advantage > 0 ? static_cast<double>(o_.epsilon_high)
                         : (advantage < 0 ? -static_cast<double>(o_.epsilon_low) : 0.0);
  }
  __device__ double log_ratio(const Token& token) const {
    return clamped(difference(token.log_prob, token.old), o_.log_ratio_clamp);
  }

  __device__ double share(const Token& token, const SequenceTerms& sequence) const {
    return moves(token) && (!is_gmpo() || gmpo_moves(log_ratio(token), token.advantage)) ? 1.0 / sequence.length : 0.0;
  }

  __device__ bool sampler_keeps(double rho) const {
    return rho >= static_cast<double>(o_.sampler_ratio_min) && rho <= static_cast<double>(o_.sampler_ratio_max);
  }
  // What stands in for rho.
  __device__ double sampler_weight(double rho) const {
    if (!corrects() || isnan(rho) || sampler_keeps(rho)) return rho;
    if (o_.sampler_correction == RRFT_SAMPLER_MASK) return 0.0;
    return static_cast<double>(rho < static_cast<double>(o_.sampler_ratio_min) ? o_.sampler_ratio_min
                                                                               : o_.sampler_ratio_max);
  }

  // The terms of token n. Tokens with an entropy below `threshold` have no objective.
  __device__ TokenTerms terms(const PolicyBatch& policy, int64_t n, const Token& token, float entropy, double threshold,
                              const SequenceTerms& sequence) const {
    TokenTerms t = {};
    const double d = log_ratio(token), a = token.advantage;
    const double own_ratio = exponential(d);
    t.log_ratio = d;
    t.approx_kl = exponential_minus_1(d) - d;
    t.ratio = o_.ratio_level == RRFT_RATIO_TOKEN ? own_ratio : sequence.ratio;
    t.sampler_keeps = true;
    if (policy.sampling_log_probs != nullptr) {
      const double log_rho = difference(token.old, policy.sampling_log_probs[n]);
      t.sampling_log_ratio = fabs(log_rho);
      const double rho = shares_rho() ? sequence.rho : exponential(log_rho);
      t.sampling_ratio = shares_rho() ? rho : sampler_weight(rho);
      if (corrects()) t.sampler_keeps = shares_rho() ? sequence.sampler_keeps : sampler_keeps(rho);
    }
    const bool d_moves = moves(token);
    const double by_log_ratio = set_objective(token, sequence, t);
    t.on_policy = a >= 0 || sequence.on_policy;
    t.informative = policy.entropy == nullptr || !(static_cast<double>(entropy) < threshold);
    double weight = corrects() && !is_vespo() ? t.sampling_ratio : 1.0;
    if (!(t.on_policy && t.informative)) weight = 0;
    // Not products where the weight is 0: an infinite term that does not count is no NaN.
    t.policy_loss = weight == 0 ? 0.0 : weight * t.policy_loss;
    t.derivative = weight == 0 ? 0.0 : weight * t.derivative;
    const double moved = weight == 0 ? 0.0 : weight * by_log_ratio;
    if (couples())
      t.coupling = moved;
    else if (d_moves)
      t.derivative += moved;
    if (policy.ref_log_probs != nullptr) add_kl(difference(policy.ref_log_probs[n], token.log_prob), d_moves, t);
    return t;
  }

 private:
  __device__ double low() const { return 1.0 - static_cast<double>(o_.epsilon_low); }
  __device__ double high() const { return 1.0 + static_cast<double>(o_.epsilon_high); }

  // Whether the log-ratio moves with the log-prob: a clamp stops the gradient outside its bounds.
  __device__ bool moves(const Token& token) const {
    return !(o_.log_ratio_clamp > 0 &&
             fabs(difference(token.log_prob, token.old)) > static_cast<double>(o_.log_ratio_clamp));
  }
  __device__ bool gmpo_moves(double d, double advantage) const {
    return advantage > 0   ? !(d > static_cast<double>(o_.epsilon_high))
           : advantage < 0 ? !(d < -static_cast<double>(o_.epsilon_low))
                           : isnan(advantage);
  }

  // policy_loss and its derivative by the log-prob itself, before filters and weights, and the clip flags. Returns the
  // derivative by the logarithm of the ratio.
  __device__ double set_objective(const Token& token, const SequenceTerms& sequence, TokenTerms& t) const {
    const double s = t.ratio, a = token.advantage;
    double weight = 1;
    switch (o_.objective) {
      case RRFT_OBJECTIVE_CLIP:
        t.clipped_low = s < low() && a < 0;
        t.clipped_high = s > high() && a > 0;
        return clip(s, a, t);
      case RRFT_OBJECTIVE_SAPO: {
        const double tau = static_cast<double>(a > 0 ? o_.sapo_temperature_positive : o_.sapo_temperature_negative);
        const double open = 1.0 / (1.0 + exponential(-tau * (s - 1.0))), slope = open * (1.0 - open);
        t.policy_loss = -a * 4.0 / tau * open;
        return slope == 0 ? 0.0 : -a * 4.0 * slope * s;
      }
      case RRFT_OBJECTIVE_GMPO:
        t.clipped_low = t.log_ratio < -static_cast<double>(o_.epsilon_low) && a < 0;
        t.clipped_high = t.log_ratio > static_cast<double>(o_.epsilon_high) && a > 0;
        t.policy_loss = -a * sequence.ratio;
        return t.policy_loss;
      case RRFT_OBJECTIVE_CISPO:
        t.clipped_low = s < low() && a < 0;
        t.clipped_high = s > high() && a > 0;
        weight = between(s, low(), high());
        break;
      case RRFT_OBJECTIVE_VESPO: {
        const double k = static_cast<double>(a >= 0 ? o_.vespo_k_positive : o_.vespo_k_negative);
        const double lambda = static_cast<double>(a >= 0 ? o_.vespo_lambda_positive : o_.vespo_lambda_negative);
        weight = t.weight = exponential(lambda + k * sequence.log_weight - lambda * exponential(sequence.log_weight));
        break;
      }
      default: break;
    }
    t.derivative = -weight * a;
    t.policy_loss = t.derivative * static_cast<double>(token.log_prob);
    return 0.0;
  }

  // NaN takes the unclipped branch, so that it reaches the loss and the gradient.
  __device__ double clip(double s, double a, TokenTerms& t) const {
    const bool capped = o_.ratio_cap > 0 && s > static_cast<double>(o_.ratio_cap);
    const double unclipped = (capped ? static_cast<double>(o_.ratio_cap) : s) * a,
                 clipped = between(s, low(), high()) * a;
    const bool clip_wins = clipped < unclipped;
    t.policy_loss = clip_wins ? -clipped : -unclipped;
    const double bound = -static_cast<double>(o_.dual_clip) * a;
    if (o_.dual_clip > 0 && a < 0 && t.policy_loss > bound) {
      t.policy_loss = bound;
      t.clipped_dual = true;
      return 0.0;
    }
    return clip_wins || capped ? 0.0 : -unclipped;
  }

  __device__ void add_kl(double distance, bool d_moves, TokenTerms& t) const {
    const double k = clamped(distance, o_.kl_log_ratio_clamp), beta = static_cast<double>(o_.kl_coefficient);
    double value, slope;  // by k
    switch (o_.kl_estimator) {
      case RRFT_KL_K1: value = -k, slope = -1.0; break;
      case RRFT_KL_K2: value = 0.5 * k * k, slope = k; break;
      case RRFT_KL_ABSOLUTE: value = fabs(k), slope = k > 0 ? 1.0 : (k < 0 ? -1.0 : k); break;
      default: slope = exponential_minus_1(k), value = slope - k; break;
    }
    t.kl = clamped(value, o_.kl_clamp);
    // NaN is outside of nothing, so that it reaches the gradient.
    if ((k != distance || t.kl != value) && !isnan(value)) slope = 0;
    if (o_.kl_importance != 0) {
      t.kl *= t.ratio;
      slope *= t.ratio;
      if (shares_ratio())
        t.coupling += beta * t.kl;
      else if (d_moves)
        t.derivative += beta * t.kl;
    }
    t.derivative -= beta * slope;
  }

  const rrft_policy_loss_options& o_;
};

}  // namespace rrft::cuda
