// The specification of policy_loss. With d = log_prob - old, r = exp(d), k = ref - log_prob, per token that counts:
//   l = -min(r A, clip(r, 1 - epsilon_low, 1 + epsilon_high) A) + kl_coefficient (exp(k) - k - 1)
//   dl/dlog_prob = -r A where the first term of min() is not the larger one, else 0;  + kl_coefficient (1 - exp(k))
// PPO (2017) eq. 7 with the group advantage and k3 estimator of GRPO, DeepSeekMath (2024) eq. 3 and 4.
#include <algorithm>
#include <cmath>

#include "../element.h"
#include "../status.h"
#include "../validate.h"

namespace rrft::reference {
namespace {

void run(const rrft_policy_loss_args& args) {
  const rrft_policy_loss_options& options = args.options;
  const double low = 1 - static_cast<double>(options.epsilon_low), high = 1 + static_cast<double>(options.epsilon_high);
  const double beta = static_cast<double>(options.kl_coefficient);
  rrft_policy_metrics m{};
  for (int64_t n = 0; n < args.batch * args.tokens; ++n) m.token_count += counts(args.mask, n);
  const double mean_over = static_cast<double>(std::max<int64_t>(1, m.token_count));
  bool first = true;
  for (int64_t i = 0; i < args.batch; ++i) {
    double length = 0, clipped_low = 0, clipped_high = 0;
    for (int64_t t = 0; t < args.tokens; ++t) length += counts(args.mask, i * args.tokens + t);
    double divisor = options.normalizer;
    if (options.reduction == RRFT_REDUCE_TOKEN_MEAN)
      divisor = std::max(1.0, divisor > 0 ? divisor : static_cast<double>(m.token_count));
    if (options.reduction == RRFT_REDUCE_SEQUENCE_MEAN)
      divisor = std::max(1.0, length) * (divisor > 0 ? divisor : static_cast<double>(args.batch));
    const double advantage = length > 0 ? static_cast<double>(args.advantages[i]) : 0;
    for (int64_t t = 0; t < args.tokens; ++t) {
      const int64_t n = i * args.tokens + t;
      if (args.grad_log_probs != nullptr) args.grad_log_probs[n] = 0;
      if (!counts(args.mask, n)) continue;
      const double log_prob = static_cast<double>(args.log_probs[n]);
      const double old = args.old_log_probs != nullptr ? static_cast<double>(args.old_log_probs[n]) : log_prob;
      const double d = log_prob == old ? 0 : log_prob - old;
      const double r = std::exp(d), clipped = std::min(std::max(r, low), high);
      const bool clip_wins = clipped * advantage < r * advantage;
      const double k = args.ref_log_probs != nullptr ? static_cast<double>(args.ref_log_probs[n]) - log_prob : 0;
      const double surrogate = -(clip_wins ? clipped : r) * advantage, kl = std::expm1(k) - k;
      m.policy_loss += surrogate / divisor;
      m.loss += (surrogate + beta * kl) / divisor;
      m.kl += kl / mean_over;
      m.approx_kl += (std::expm1(d) - d) / mean_over;
      m.ratio_mean += r / mean_over;
      m.ratio_max = r > m.ratio_max || std::isnan(r) ? r : m.ratio_max;
      clipped_low += r < low && advantage < 0;
      clipped_high += r > high && advantage > 0;
      if (args.grad_log_probs != nullptr)
        args.grad_log_probs[n] = static_cast<float>(((clip_wins ? 0 : -r * advantage) - beta * std::expm1(k)) / divisor);
    }
    if (length == 0) continue;
    m.clip_fraction_low += clipped_low / mean_over;
    m.clip_fraction_high += clipped_high / mean_over;
    m.clip_fraction_low_min = first ? clipped_low / length : std::min(m.clip_fraction_low_min, clipped_low / length);
    m.clip_fraction_high_max = std::max(m.clip_fraction_high_max, clipped_high / length);
    first = false;
  }
  m.clip_fraction = m.clip_fraction_low + m.clip_fraction_high;
  *args.metrics = m;
}

}  // namespace
}  // namespace rrft::reference

rrft_status rrft_reference_policy_loss(const rrft_policy_loss_args* args) {
  constexpr const char* kOperation = "rrft_reference_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_policy_loss_arguments(kOperation, args)) return status;
    rrft::reference::run(*args);
    return RRFT_OK;
  });
}
