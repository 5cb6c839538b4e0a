// The specification of log_probs in double precision: z = logits / temperature, p = softmax(z),
//   log_prob = z_y - logsumexp(z),  entropy H = logsumexp(z) - sum_v p_v z_v  (terms with p_v = 0 are 0),
//   d/dlogits_v = (grad_log_prob (1[v == y] - p_v) - grad_entropy p_v (log p_v + H)) / temperature.
#include <cmath>

#include "../status.h"
#include "../validate.h"
#include "rows.h"

namespace rrft::reference {
namespace {

struct Softmax {
  double log_sum_exp;
  double entropy;
};

Softmax softmax(const std::vector<double>& z) {
  double maximum = -INFINITY;
  for (const double value : z) maximum = value > maximum ? value : maximum;
  double sum = 0;
  for (const double value : z) sum += std::exp(value - maximum);
  const double log_sum_exp = maximum + std::log(sum);
  double entropy = 0;
  for (const double value : z) {
    const double log_p = value - log_sum_exp;
    const double p = std::exp(log_p);
    entropy -= p == 0 ? 0 : p * log_p;
  }
  return {log_sum_exp, entropy};
}

void forward(const rrft_log_probs_args& args) {
  for (int64_t i = 0; i < args.batch; ++i) {
    for (int64_t t = 0; t < args.tokens; ++t) {
      const int64_t n = i * args.tokens + t;
      double log_prob = 0;
      Softmax row = {0, 0};
      if (counts(args.mask, n)) {
        const std::vector<double> z = scaled_row(args, i, t);
        row = softmax(z);
        log_prob = z[static_cast<size_t>(token_id(args, i, t))] - row.log_sum_exp;
      }
      args.log_probs[n] = static_cast<float>(log_prob);
      if (args.log_sum_exp != nullptr) args.log_sum_exp[n] = static_cast<float>(row.log_sum_exp);
      if (args.entropy != nullptr) args.entropy[n] = static_cast<float>(row.entropy);
    }
  }
}

void backward(const rrft_log_probs_args& args) {
  for (int64_t i = 0; i < args.batch; ++i) {
    for (int64_t t = 0; t < args.tokens; ++t) {
      const int64_t n = i * args.tokens + t;
      if (!counts(args.mask, n)) {
        for (int64_t v = 0; v < args.vocabulary; ++v) store_gradient(args, i, t, v, 0);
        continue;
      }
      const std::vector<double> z = scaled_row(args, i, t);
      const Softmax row = softmax(z);
      const double temperature = row_temperature(args, i, t);
      const double grad_log_prob = args.grad_log_probs[n];
      const double grad_entropy = args.grad_entropy != nullptr ? args.grad_entropy[n] : 0.0f;
      for (int64_t v = 0; v < args.vocabulary; ++v) {
        const double log_p = z[static_cast<size_t>(v)] - row.log_sum_exp;
        const double p = std::exp(log_p);
        const double one = v == token_id(args, i, t) ? 1 : 0;
        const double through_entropy = p == 0 ? 0 : p * (log_p + row.entropy);
        store_gradient(args, i, t, v,
                       (grad_log_prob * (one - p) - grad_entropy * through_entropy) / temperature);
      }
    }
  }
}

rrft_status run(const char* operation, const rrft_log_probs_args* args, Direction direction) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_log_probs_arguments(operation, args, direction)) return status;
    if (const rrft_status status = validate_row_contents(operation, "", *args)) return status;
    direction == Direction::kForward ? forward(*args) : backward(*args);
    return RRFT_OK;
  });
}

}  // namespace
}  // namespace rrft::reference

rrft_status rrft_reference_log_probs_forward(const rrft_log_probs_args* args) {
  return rrft::reference::run("rrft_reference_log_probs_forward", args, rrft::Direction::kForward);
}

rrft_status rrft_reference_log_probs_backward(const rrft_log_probs_args* args) {
  return rrft::reference::run("rrft_reference_log_probs_backward", args, rrft::Direction::kBackward);
}
