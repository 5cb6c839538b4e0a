// Rows of logits of any element type in double-precision terms, on top of the tier's row kernels.
#pragma once

#include <cmath>
#include <type_traits>

#include "../element.h"
#include "row_kernels.h"

namespace rrft::cpu {

// softmax(logits / temperature) of one row, reduced to what log-prob, entropy and gradient need.
struct RowSoftmax {
  double inverse_temperature;
  float scale;      // log2(e) / temperature as the row kernels take it
  float maximum;    // largest logit
  double sum;       // sum_v exp((logit_v - maximum) / temperature), with the rounded scale
  double log_sum;   // its logarithm, as with the exact scale
  double entropy;   // in nats
};

class LogitRows {
 public:
  LogitRows(const rrft_log_probs_args& rows, const RowKernels& kernels) : rows_(rows), kernels_(kernels) {
    const int64_t bytes = rows.batch * rows.tokens * rows.vocabulary * static_cast<int64_t>(element_size(rows.logits_dtype));
    streams_ = rows.grad_logits != rows.logits && bytes >= kStreamedBytes;
  }

  // Rows in a piece of work: about 64k logits, or a single row.
  int64_t grain() const { return 1 + 65536 / rows_.vocabulary; }

  RowSoftmax softmax(int64_t sequence, int64_t token) const {
    const double inverse = 1.0 / static_cast<double>(row_temperature(rows_, sequence, token));
    const double exact_scale = inverse * kLog2E;
    const float scale = static_cast<float>(exact_scale);
    const RowStatistics row = kernels_.statistics[rows_.logits_dtype](
        address(rows_.logits, logits_offset(rows_, sequence, token)), rows_.vocabulary, scale);
    // The rounded scale acts like a temperature that is off by up to 2^-25. The derivative of log_sum by the logarithm of
    // the scale is the mean of (logit - maximum) / temperature, which takes that error out again; left out, it would be
    // the largest of all.
    const double mean = row.weighted_sum / row.sum * (1.0 / kLog2E);
    const double log_sum = std::log(row.sum) + mean * (exact_scale / static_cast<double>(scale) - 1.0);
    return {inverse, scale, row.maximum, row.sum, log_sum < 0 ? 0 : log_sum, std::log(row.sum) - mean};
  }

  double log_sum_exp(const RowSoftmax& row) const {
    return static_cast<double>(row.maximum) * row.inverse_temperature + row.log_sum;
  }

  double log_prob(const RowSoftmax& row, int64_t sequence, int64_t token) const {
    const int64_t y = logits_offset(rows_, sequence, token) + token_id(rows_, sequence, token);
    const double above = static_cast<double>(logit(rows_.logits, rows_.logits_dtype, y)) - static_cast<double>(row.maximum);
    return above * row.inverse_temperature - row.log_sum;
  }

  // grad_logits_v = (grad_log_prob (1[v == y] - p_v) - grad_entropy p_v (log p_v + H)) / temperature, where log_prob is
  // that of y. The entry of y is computed by itself in double: 1 - p cancels where the policy is certain.
  void write_gradient(const RowSoftmax& row, double log_prob, int64_t sequence, int64_t token, double grad_log_prob,
                      double grad_entropy) const {
    const double direct = grad_log_prob * row.inverse_temperature;
    const double through_entropy = grad_entropy * row.inverse_temperature;
    const double probability = std::exp(log_prob);
    const double surprise = probability > 0 ? probability * (log_prob + row.entropy) : 0.0 * probability;
    const float at_token = static_cast<float>(direct * -std::expm1(log_prob) - through_entropy * surprise);
    const RowGradient gradient = {
        row.maximum, row.scale,
        static_cast<float>(-(direct + through_entropy * (row.entropy - row.log_sum)) / row.sum),
        static_cast<float>(-through_entropy / (row.sum * kLog2E)), streams_};
    const int64_t to = grad_logits_offset(rows_, sequence, token);
    kernels_.gradient[rows_.logits_dtype](address(rows_.logits, logits_offset(rows_, sequence, token)),
                                          address(rows_.grad_logits, to), rows_.vocabulary, gradient);
    set_logit(rows_.grad_logits, rows_.logits_dtype, to + token_id(rows_, sequence, token), at_token);
  }

  // The gradient of a row that does not count.
  void clear_gradient(int64_t sequence, int64_t token) const {
    std::memset(address(rows_.grad_logits, grad_logits_offset(rows_, sequence, token)), 0,
                static_cast<size_t>(rows_.vocabulary) * element_size(rows_.logits_dtype));
  }

 private:
  // A gradient of this size is out of every cache before anyone reads it.
  static constexpr int64_t kStreamedBytes = int64_t{32} << 20;
  static constexpr double kLog2E = 1.4426950408889634;

  template <typename Memory>
  Memory* address(Memory* logits, int64_t offset) const {
    using Byte = std::conditional_t<std::is_const_v<Memory>, const char, char>;
    return static_cast<Byte*>(logits) + offset * static_cast<int64_t>(element_size(rows_.logits_dtype));
  }

  const rrft_log_probs_args& rows_;
  const RowKernels& kernels_;
  bool streams_;
};

}  // namespace rrft::cpu
