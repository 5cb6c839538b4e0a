// The terms of the loss of the tokens of one sequence and their sums, several tokens at a time, compiled once per
// instruction set (tier) from policy_kernels.cpp. kernels.h has the formulas.
//
// Derivatives have two parts. What a token's own terms make of its log-prob; and, where the ratio belongs to the
// sequence (RRFT_RATIO_SEQUENCE, GMPO), its coupling: the derivative of its terms by the logarithm of that ratio. The
// sum of the couplings over the sequence, times d(log ratio)/d(log-prob), goes to every token.
#pragma once

#include <stdint.h>

namespace rrft {

// The options in double, and what follows from them. 0 in a clamp is none.
struct PolicyParameters {
  int32_t objective;
  int32_t kl_estimator;
  bool kl_importance;
  bool own_ratio;         // the ratio is the token's own
  bool sequence_ratio;    // it is the sequence's, and so is its gradient
  bool couples;           // coupling is used
  bool weighs_log_probs;  // the objective is a constant times the log-prob
  bool has_cap;           // of the ratio
  bool filters;           // a token's objective may be dropped or weighted
  bool corrects;          // by the sampler's weights
  bool masks_rho;         // which are 0 rather than the bound outside of their bounds
  bool sequence_rho;      // and belong to sequences
  double epsilon_low, epsilon_high;
  double low, high;  // of a ratio that is not clipped
  double ratio_cap;  // infinity: none
  double dual_clip;
  double log_ratio_clamp;
  double sapo_positive, sapo_negative;
  double kl_coefficient;
  double kl_log_ratio_clamp;
  double kl_clamp;
  double rho_min, rho_max;
  double log_rho_min, log_rho_max;  // as VESPO's weights take them
  double entropy_threshold;         // tokens with a smaller entropy have no objective; -infinity keeps all
};

// VESPO's bounds of the logarithms of weights.
constexpr double kSmallestLogWeight = -18.420680743952367;  // log 1e-8
constexpr double kLargestLogWeight = 20.0;

// Tokens of one sequence; a null pointer where the call has no such array.
struct TokenInputs {
  const float* log_probs;
  const float* old_log_probs;
  const float* ref_log_probs;
  const float* sampling_log_probs;
  const float* entropy;
  const uint8_t* mask;
  const float* advantages;
  bool token_advantages;  // else one for the whole sequence
};

// What a sequence's ratio, weights and filters are made of: sums over its tokens that count. Unspecified where the call
// has not the arrays yet, which a fused one makes later.
struct SequenceLogs {
  double length;
  double log_ratios;        // of d; GMPO: of the clipped d
  double vespo_log_ratios;  // of d within +-20
  double log_rhos;          // of old - sampling
  double vespo_log_rhos;    // of the logarithms of the tokens' sampler weights
  double staleness;         // of sampling - log_prob
};

// What the terms of a token need of the other tokens of its sequence; only what the options ask for is set.
struct SequenceTerms {
  double length = 0;           // tokens that count
  double ratio = 1;            // exp(mean d); GMPO: of the clipped d
  double positive_weight = 0;  // VESPO's phi where A >= 0
  double negative_weight = 0;  // and elsewhere
  double rho = 1;              // the sequence's sampler weight
  bool sampler_keeps = true;
  bool on_policy = true;  // without regard to advantages
};

// `weight` times the derivatives, 0 where a token does not count; a null pointer: not wanted.
struct TokenOutputs {
  double weight;
  float* gradient;
  double* derivatives;
};

// Sums over the tokens that count.
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
  double ratio_min = __builtin_inf();
  double weight = 0;
  double sampling_log_ratio = 0;
  double sampling_log_ratio_max = 0;
  double sampling_ratio = 0;
  double sampling_ratio_max = 0;
  double sampling_ratio_min = __builtin_inf();
  double entropy = 0;
  double coupling = 0;
};

struct PolicyKernels {
  // Marks other than 0.
  int64_t (*count)(const uint8_t* mask, int64_t size);
  SequenceLogs (*measure)(const PolicyParameters& parameters, const TokenInputs& inputs, int64_t count);
  // The outputs are without coupling.
  SequenceSums (*sum)(const PolicyParameters& parameters, const TokenInputs& inputs, const SequenceTerms& sequence,
                      int64_t count, const TokenOutputs& outputs);
  // Adds the sequence's coupling to `own`, which sum() left with weight 1 and which may be outputs.derivatives.
  void (*couple)(const PolicyParameters& parameters, const TokenInputs& inputs, double coupling, int64_t count,
                 const double* own, const TokenOutputs& outputs);
};

}  // namespace rrft
