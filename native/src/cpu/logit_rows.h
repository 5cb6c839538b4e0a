// Rows of logits of either element type in double-precision terms, on top of the tier's row kernels.
#pragma once

#include <cmath>

#include "../element.h"
#include "row_kernels.h"

namespace rrft::cpu {

// softmax(logits / temperature) of one row, reduced to what log-prob, entropy and gradient need.
struct RowSoftmax {
  double maximum;   // largest logit
  double sum;       // sum_v exp((logit_v - maximum) / temperature)
  double log_sum;   // its logarithm
  double entropy;   // in nats
};

class LogitRows {
 public:
  LogitRows(const rrft_log_probs_args& rows, const RowKernels& kernels)
      : rows_(rows), kernels_(kernels), inverse_temperature_(1.0 / static_cast<double>(rows.temperature)) {}

  // Rows in a piece of work: about 64k logits, or a single row.
  int64_t grain() const { return 1 + 65536 / rows_.vocabulary; }

  RowSoftmax softmax(int64_t sequence, int64_t token) const {
    const int64_t offset = logits_offset(rows_, sequence, token);
    const float inverse = static_cast<float>(inverse_temperature_);
    const RowStatistics row =
        rows_.logits_dtype == RRFT_BF16
            ? kernels_.statistics_bf16(static_cast<const uint16_t*>(rows_.logits) + offset, rows_.vocabulary, inverse)
            : kernels_.statistics_f32(static_cast<const float*>(rows_.logits) + offset, rows_.vocabulary, inverse);
    const double log_sum = std::log(row.sum);
    return {static_cast<double>(row.maximum), row.sum, log_sum, log_sum - row.weighted_sum / row.sum};
  }

  double log_sum_exp(const RowSoftmax& row) const { return row.maximum * inverse_temperature_ + row.log_sum; }

  double log_prob(const RowSoftmax& row, int64_t sequence, int64_t token) const {
    const int64_t y = logits_offset(rows_, sequence, token) + token_id(rows_, sequence, token);
    const double logit = rows_.logits_dtype == RRFT_BF16
                             ? static_cast<double>(to_float(static_cast<const bf16*>(rows_.logits)[y]))
                             : static_cast<double>(static_cast<const float*>(rows_.logits)[y]);
    return (logit - row.maximum) * inverse_temperature_ - row.log_sum;
  }

  // grad_logits_v = (grad_log_prob (1[v == y] - p_v) - grad_entropy p_v (log p_v + H)) / temperature, where log_prob is
  // that of y. The entry of y is computed by itself in double: 1 - p cancels where the policy is certain.
  void write_gradient(const RowSoftmax& row, double log_prob, int64_t sequence, int64_t token, double grad_log_prob,
                      double grad_entropy) const {
    const double direct = grad_log_prob * inverse_temperature_;
    const double through_entropy = grad_entropy * inverse_temperature_;
    const double probability = std::exp(log_prob);
    const double surprise = probability > 0 ? probability * (log_prob + row.entropy) : 0.0 * probability;
    const float at_token = static_cast<float>(direct * -std::expm1(log_prob) - through_entropy * surprise);
    const RowGradient gradient = {
        static_cast<float>(row.maximum), static_cast<float>(inverse_temperature_),
        static_cast<float>(-(direct + through_entropy * (row.entropy - row.log_sum)) / row.sum),
        static_cast<float>(-through_entropy / row.sum)};
    const int64_t from = logits_offset(rows_, sequence, token);
    const int64_t to = grad_logits_offset(rows_, sequence, token);
    const int64_t y = to + token_id(rows_, sequence, token);
    if (rows_.logits_dtype == RRFT_BF16) {
      kernels_.gradient_bf16(static_cast<const uint16_t*>(rows_.logits) + from,
                             static_cast<uint16_t*>(rows_.grad_logits) + to, rows_.vocabulary, gradient);
      static_cast<bf16*>(rows_.grad_logits)[y] = to_bf16(at_token);
    } else {
      kernels_.gradient_f32(static_cast<const float*>(rows_.logits) + from, static_cast<float*>(rows_.grad_logits) + to,
                            rows_.vocabulary, gradient);
      static_cast<float*>(rows_.grad_logits)[y] = at_token;
    }
  }

  // The gradient of a row that does not count.
  void clear_gradient(int64_t sequence, int64_t token) const {
    const size_t element = element_size(rows_.logits_dtype);
    std::memset(static_cast<char*>(rows_.grad_logits) +
                    static_cast<size_t>(grad_logits_offset(rows_, sequence, token)) * element,
                0, static_cast<size_t>(rows_.vocabulary) * element);
  }

 private:
  const rrft_log_probs_args& rows_;
  const RowKernels& kernels_;
  double inverse_temperature_;
};

}  // namespace rrft::cpu
