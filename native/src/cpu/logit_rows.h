// Rows of (B, T) logits of any element type: where they lie, their softmax, their gradient.
#pragma once

#include <cstring>

#include "../element.h"
#include "row_softmax.h"

namespace rrft::cpu {

class LogitRows {
 public:
  LogitRows(const rrft_log_probs_args& rows, const RowKernels& kernels) : rows_(rows), kernels_(kernels) {
    const int64_t bytes =
        rows.batch * rows.tokens * rows.vocabulary * static_cast<int64_t>(element_size(rows.logits_dtype));
    streams_ = rows.grad_logits != rows.logits && bytes >= kStreamedBytes;
  }

  // Rows in a piece of work: about 64k logits, or a single row.
  int64_t grain() const { return 1 + 65536 / rows_.vocabulary; }

  RowSoftmax softmax(int64_t sequence, int64_t token) const {
    const RowScale scale(row_temperature(rows_, sequence, token));
    return {scale, kernels_.statistics[rows_.logits_dtype](address(rows_.logits, logits_offset(rows_, sequence, token)),
                                                           rows_.vocabulary, scale.rounded)};
  }

  double log_prob(const RowSoftmax& row, int64_t sequence, int64_t token) const {
    const int64_t y = logits_offset(rows_, sequence, token) + token_id(rows_, sequence, token);
    return row.log_prob(logit(rows_.logits, rows_.logits_dtype, y));
  }

  void write_gradient(const RowSoftmax& row, double log_prob, int64_t sequence, int64_t token, double grad_log_prob,
                      double grad_entropy) const {
    const SoftmaxGradient gradient(row, log_prob, grad_log_prob, grad_entropy, streams_);
    const int64_t to = grad_logits_offset(rows_, sequence, token);
    kernels_.gradient[rows_.logits_dtype](address(rows_.logits, logits_offset(rows_, sequence, token)),
                                          address(rows_.grad_logits, to), rows_.vocabulary, gradient.all);
    set_logit(rows_.grad_logits, rows_.logits_dtype, to + token_id(rows_, sequence, token), gradient.at_token);
  }

  // The gradient of a row that does not count.
  void clear_gradient(int64_t sequence, int64_t token) const {
    std::memset(address(rows_.grad_logits, grad_logits_offset(rows_, sequence, token)), 0,
                static_cast<size_t>(rows_.vocabulary) * element_size(rows_.logits_dtype));
  }

 private:
  // A gradient of this size is out of every cache before anyone reads it.
  static constexpr int64_t kStreamedBytes = int64_t{32} << 20;

  template <typename Memory>
  Memory* address(Memory* logits, int64_t offset) const {
    return element_address(logits, rows_.logits_dtype, offset);
  }

  const rrft_log_probs_args& rows_;
  const RowKernels& kernels_;
  bool streams_;
};

}  // namespace rrft::cpu
