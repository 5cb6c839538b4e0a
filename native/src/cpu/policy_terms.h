// The clipped objective of one token and the sums that become loss and metrics; shared by policy_loss and
// fused_policy_loss, which differ in where log-probs come from.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "../element.h"
#include "reasonrft/kernels.h"
#include "row_kernels.h"

namespace rrft::cpu {

struct TokenTerms {
  double ratio;        // r = exp(log_prob - old)
  double policy_loss;  // -min(r A, clip(r) A)
  double kl;           // k3 estimate of KL(policy || reference)
  double approx_kl;    // k3 estimate of KL(old || policy)
  double derivative;   // of policy_loss + kl_coefficient kl with respect to log_prob
  bool clipped_low;
  bool clipped_high;
};

// Tokens of one sequence; a null pointer where the call has no such array.
struct TokenInputs {
  const float* log_probs;
  const float* old_log_probs;
  const float* ref_log_probs;
  const uint8_t* mask;
  double advantage;
};

class ClippedObjective {
 public:
  ClippedObjective(const rrft_policy_loss_options& options, const RowKernels& kernels)
      : kernels_(kernels),
        low_(1.0 - static_cast<double>(options.epsilon_low)),
        high_(1.0 + static_cast<double>(options.epsilon_high)),
        kl_coefficient_(static_cast<double>(options.kl_coefficient)) {}

  // Calls visit(t, terms) for every token of [0, count) that counts. A token's terms do not depend on its neighbours.
  template <typename Visit>
  void for_each_token(const TokenInputs& inputs, int64_t count, Visit&& visit) const {
    constexpr int64_t kChunk = 256;  // 6 arrays of 2 KB: well inside the first-level cache
    double drift[kChunk], ratio[kChunk], growth[kChunk];
    double distance[kChunk], ref_ratio[kChunk], ref_growth[kChunk];
    const float* old_log_probs = inputs.old_log_probs != nullptr ? inputs.old_log_probs : inputs.log_probs;
    for (int64_t begin = 0; begin < count; begin += kChunk) {
      const int64_t size = count - begin < kChunk ? count - begin : kChunk;
      differences(inputs.log_probs, old_log_probs, begin, size, drift);
      kernels_.exponentials(drift, ratio, growth, size);
      if (inputs.ref_log_probs != nullptr) {
        differences(inputs.ref_log_probs, inputs.log_probs, begin, size, distance);
        kernels_.exponentials(distance, ref_ratio, ref_growth, size);
      }
      for (int64_t i = 0; i < size; ++i) {
        if (!counts(inputs.mask, begin + i)) continue;
        TokenTerms terms = clipped(ratio[i], inputs.advantage);
        terms.approx_kl = growth[i] - drift[i];
        if (inputs.ref_log_probs != nullptr) {
          terms.kl = ref_growth[i] - distance[i];
          terms.derivative -= kl_coefficient_ * ref_growth[i];
        }
        visit(begin + i, terms);
      }
    }
  }

 private:
  // minuend - subtrahend; 0 where they are equal, also when both are -inf.
  static void differences(const float* minuend, const float* subtrahend, int64_t begin, int64_t size, double* out) {
    for (int64_t i = 0; i < size; ++i) {
      const double a = static_cast<double>(minuend[begin + i]);
      const double b = static_cast<double>(subtrahend[begin + i]);
      out[i] = a == b ? 0.0 : a - b;
    }
  }

  TokenTerms clipped(double ratio, double advantage) const {
    TokenTerms terms{};
    const double clipped_ratio = ratio < low_ ? low_ : (ratio > high_ ? high_ : ratio);
    const double unclipped = ratio * advantage;
    const double clipped = clipped_ratio * advantage;
    // NaN takes the unclipped branch, so that it reaches the loss and the gradient.
    const bool clip_wins = clipped < unclipped;
    terms.ratio = ratio;
    terms.policy_loss = clip_wins ? -clipped : -unclipped;
    terms.derivative = clip_wins ? 0.0 : -unclipped;
    terms.clipped_low = ratio < low_ && advantage < 0;
    terms.clipped_high = ratio > high_ && advantage > 0;
    return terms;
  }

  const RowKernels& kernels_;
  const double low_;
  const double high_;
  const double kl_coefficient_;
};

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
