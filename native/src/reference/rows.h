// Logits of the reference operations as double, whatever their element type.
#pragma once

#include <vector>

#include "../element.h"

namespace rrft::reference {

// z = logits / temperature of one row.
inline std::vector<double> scaled_row(const rrft_log_probs_args& args, int64_t sequence, int64_t token) {
  std::vector<double> z(static_cast<size_t>(args.vocabulary));
  const int64_t offset = logits_offset(args, sequence, token);
  const double temperature = row_temperature(args, sequence, token);
  for (int64_t v = 0; v < args.vocabulary; ++v)
    z[static_cast<size_t>(v)] = static_cast<double>(logit(args.logits, args.logits_dtype, offset + v)) / temperature;
  return z;
}

inline void store_gradient(const rrft_log_probs_args& args, int64_t sequence, int64_t token, int64_t v, double value) {
  set_logit(args.grad_logits, args.logits_dtype, grad_logits_offset(args, sequence, token) + v,
            static_cast<float>(value));
}

}  // namespace rrft::reference
