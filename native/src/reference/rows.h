// Logits of the reference operations as double, whatever their element type.
#pragma once

#include <vector>

#include "../element.h"

namespace rrft::reference {

// z = logits / temperature of one row.
inline std::vector<double> scaled_row(const rrft_log_probs_args& args, int64_t sequence, int64_t token) {
  std::vector<double> z(static_cast<size_t>(args.vocabulary));
  const int64_t offset = logits_offset(args, sequence, token);
  for (int64_t v = 0; v < args.vocabulary; ++v) {
    const float logit = args.logits_dtype == RRFT_BF16 ? to_float(static_cast<const bf16*>(args.logits)[offset + v])
                                                       : static_cast<const float*>(args.logits)[offset + v];
    z[static_cast<size_t>(v)] = static_cast<double>(logit) / static_cast<double>(args.temperature);
  }
  return z;
}

inline void store_gradient(const rrft_log_probs_args& args, int64_t sequence, int64_t token, int64_t v, double value) {
  const int64_t offset = grad_logits_offset(args, sequence, token) + v;
  if (args.logits_dtype == RRFT_BF16)
    static_cast<bf16*>(args.grad_logits)[offset] = to_bf16(static_cast<float>(value));
  else
    static_cast<float*>(args.grad_logits)[offset] = static_cast<float>(value);
}

}  // namespace rrft::reference
