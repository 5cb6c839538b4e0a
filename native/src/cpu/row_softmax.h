// The softmax of one row of logits in double-precision terms, from the sums that the tier's row kernels make.
#pragma once

#include <cmath>

#include "row_kernels.h"

namespace rrft::cpu {

constexpr double kLog2E = 1.4426950408889634;

// What a row's logits are divided by, as the kernels need it.
struct RowScale {
  explicit RowScale(float temperature)
      : inverse_temperature(1.0 / static_cast<double>(temperature)),
        exact(inverse_temperature * kLog2E),
        rounded(static_cast<float>(exact)) {}

  double inverse_temperature;
  double exact;   // log2(e) / temperature
  float rounded;  // the row kernels take it in float32
};

// softmax(logits / temperature) of one row, reduced to what log-prob, entropy and gradient need.
struct RowSoftmax {
  RowSoftmax() = default;
  RowSoftmax(const RowScale& row_scale, const RowStatistics& row)
      : inverse_temperature(row_scale.inverse_temperature),
        scale(row_scale.rounded),
        maximum(row.maximum),
        sum(row.sum) {
    // The rounded scale acts like a temperature that is off by up to 2^-25. The derivative of log_sum by the logarithm
    // of the scale is the mean of (logit - maximum) / temperature, which takes that error out again; left out, it would
    // be the largest of all.
    const double mean = row.weighted_sum / row.sum * (1.0 / kLog2E);
    const double exact_log_sum = std::log(row.sum) + mean * (row_scale.exact / static_cast<double>(scale) - 1.0);
    log_sum = exact_log_sum < 0 ? 0 : exact_log_sum;
    entropy = std::log(row.sum) - mean;
  }

  double log_sum_exp() const { return static_cast<double>(maximum) * inverse_temperature + log_sum; }

  double log_prob(float logit) const {
    return (static_cast<double>(logit) - static_cast<double>(maximum)) * inverse_temperature - log_sum;
  }

  double inverse_temperature;
  float scale;     // log2(e) / temperature as the row kernels take it
  float maximum;   // largest logit
  double sum;      // sum_v exp((logit_v - maximum) / temperature), with the rounded scale
  double log_sum;  // its logarithm, as with the exact scale
  double entropy;  // in nats
};

// grad_logits_v = (grad_log_prob (1[v == y] - p_v) - grad_entropy p_v (log p_v + H)) / temperature, where log_prob is
// that of y. The entry of y is computed by itself in double: 1 - p cancels where the policy is certain.
struct SoftmaxGradient {
  SoftmaxGradient(const RowSoftmax& row, double log_prob, double grad_log_prob, double grad_entropy, bool streams) {
    const double direct = grad_log_prob * row.inverse_temperature;
    const double through_entropy = grad_entropy * row.inverse_temperature;
    const double probability = std::exp(log_prob);
    const double surprise = probability > 0 ? probability * (log_prob + row.entropy) : 0.0 * probability;
    at_token = static_cast<float>(direct * -std::expm1(log_prob) - through_entropy * surprise);
    all = {row.maximum, row.scale,
           static_cast<float>(-(direct + through_entropy * (row.entropy - row.log_sum)) / row.sum),
           static_cast<float>(-through_entropy / (row.sum * kLog2E)), streams};
  }

  RowGradient all;  // of every entry but y
  float at_token;   // of y
};

}  // namespace rrft::cpu
