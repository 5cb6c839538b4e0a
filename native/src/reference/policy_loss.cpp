// The specification of policy_loss: the formulas of kernels.h, sequence by sequence. Per token that counts, with
// d = log_prob - old and k = ref - log_prob,
//   l = f(s, A) keep rho + kl_coefficient K(k)
// where f is the objective and s its ratio (policy_terms.h). The derivative by a log-prob u of the sequence adds up
// what it does to its own token's terms and, where s belongs to the sequence, the share d(log s)/du of every token's.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../element.h"
#include "../quantile.h"
#include "../status.h"
#include "../validate.h"
#include "policy_terms.h"

namespace rrft::reference {
namespace {

constexpr double kLogSmallest = -18.420680743952367;  // log 1e-8, VESPO's lower bound of a log-weight

struct Token {
  int64_t n;
  double log_prob, d, k, sampling_log_ratio, staleness, advantage, entropy;
  bool d_moves;  // not held by the clamp of the log-ratio
};

// 0 also where both are -infinity.
double difference(double a, double b) { return a == b ? 0 : a - b; }
double bounded(double x, double low, double high) { return std::min(std::max(x, low), high); }
double larger_or_nan(double a, double b) { return a > b || std::isnan(a) ? a : b; }

class Loss {
 public:
  explicit Loss(const rrft_policy_loss_args& args) : a_(args), o_(args.options) {}

  void run() {
    std::vector<std::vector<Token>> sequences;
    std::vector<double> entropies;
    for (int64_t i = 0; i < a_.batch; ++i) {
      sequences.push_back(tokens_of(i));
      m_.token_count += static_cast<int64_t>(sequences.back().size());
      m_.sequence_count += !sequences.back().empty();
      for (const Token& token : sequences.back())
        if (!std::isnan(token.entropy)) entropies.push_back(token.entropy);
    }
    if (takes_quantile(o_.top_entropy_fraction)) threshold_ = top_quantile(entropies, o_.top_entropy_fraction);
    if (o_.entropy_threshold > 0) threshold_ = static_cast<double>(o_.entropy_threshold);
    if (m_.token_count > 0 && threshold_ > -std::numeric_limits<double>::infinity()) m_.entropy_threshold = threshold_;
    for (const std::vector<Token>& tokens : sequences)
      if (!tokens.empty()) add(tokens);
    m_.clip_fraction = m_.clip_fraction_low + m_.clip_fraction_high;
    m_.loss += m_.entropy_loss;
    *a_.metrics = m_;
  }

 private:
  std::vector<Token> tokens_of(int64_t i) const {
    std::vector<Token> tokens;
    for (int64_t n = i * a_.tokens; n < (i + 1) * a_.tokens; ++n) {
      if (a_.grad_log_probs != nullptr) a_.grad_log_probs[n] = 0;
      if (a_.grad_entropy != nullptr) a_.grad_entropy[n] = 0;
      if (!counts(a_.mask, n)) continue;
      const auto value = [n](const float* array, double otherwise) {
        return array != nullptr ? static_cast<double>(array[n]) : otherwise;
      };
      const double log_prob = value(a_.log_probs, 0), old = value(a_.old_log_probs, log_prob);
      const double d = difference(log_prob, old);
      const double advantage = a_.token_advantages != nullptr ? value(a_.token_advantages, 0)
                                                              : static_cast<double>(a_.advantages[i]);
      const double sampling = value(a_.sampling_log_probs, old), log_ratio = clamped(d, o_.log_ratio_clamp);
      tokens.push_back({n, log_prob, log_ratio, difference(value(a_.ref_log_probs, log_prob), log_prob),
                        difference(old, sampling), difference(sampling, log_prob), advantage, value(a_.entropy, 0),
                        log_ratio == d || std::isnan(d)});
    }
    return tokens;
  }

  // What the loss of a token is divided by, and the entropy likewise.
  double divisor(double length) const {
    const double sequences = o_.normalizer > 0 ? o_.normalizer : static_cast<double>(a_.batch);
    switch (o_.reduction) {
      case RRFT_REDUCE_SEQUENCE_MEAN: return length * sequences;
      case RRFT_REDUCE_SEQUENCE_SUM: return sequences;
      case RRFT_REDUCE_FIXED_LENGTH: return o_.normalizer;
      default: return std::max(1.0, o_.normalizer > 0 ? o_.normalizer : static_cast<double>(m_.token_count));
    }
  }
  double entropy_divisor(double length) const {
    if (o_.entropy_reduction == RRFT_ENTROPY_AS_LOSS) return divisor(length);
    return std::max(1.0, o_.entropy_normalizer > 0 ? o_.entropy_normalizer : static_cast<double>(m_.token_count));
  }

  void add(const std::vector<Token>& tokens) {
    const bool gmpo = o_.objective == RRFT_OBJECTIVE_GMPO, vespo = o_.objective == RRFT_OBJECTIVE_VESPO;
    const bool shared_ratio = o_.ratio_level == RRFT_RATIO_SEQUENCE;
    const bool corrected = o_.sampler_correction != RRFT_SAMPLER_NONE;
    const bool shared_rho = corrected && o_.sampler_level != RRFT_SAMPLER_TOKEN;
    const double length = static_cast<double>(tokens.size()), beta = static_cast<double>(o_.kl_coefficient);
    const double mean = 1 / static_cast<double>(m_.token_count),
                 per_sequence = 1 / static_cast<double>(m_.sequence_count);
    const double ratio_mean = shared_ratio ? per_sequence / length : mean;
    const double rho_mean = shared_rho ? per_sequence / length : mean;

    double sum_d = 0, sum_gmpo = 0, sum_sampling = 0, staleness = 0;
    for (const Token& token : tokens) {
      sum_d += token.d;
      sum_gmpo += gmpo_log_ratio(o_, token.d, token.advantage);
      sum_sampling += token.sampling_log_ratio;
      staleness += token.staleness / length;
    }
    const double raw_shared_rho =
        std::exp(o_.sampler_level == RRFT_SAMPLER_SEQUENCE ? sum_sampling : sum_sampling / length);
    const auto raw_rho = [&](const Token& token) {
      return shared_rho ? raw_shared_rho : std::exp(token.sampling_log_ratio);
    };
    double log_w = 0, log_rho = 0;
    for (const Token& token : tokens) {
      log_w += bounded(token.d, -20, 20);
      log_rho += bounded(std::log(sampler_weight(o_, raw_rho(token))), kLogSmallest, 20) / (shared_rho ? length : 1);
    }
    log_w = bounded(corrected ? log_w + log_rho : log_w, kLogSmallest, 20);

    double low = 0, high = 0, kl_share = 0, objective_share = 0;
    std::vector<double> own(tokens.size());
    for (size_t t = 0; t < tokens.size(); ++t) {
      const Token& token = tokens[t];
      const double a = token.advantage, token_ratio = std::exp(token.d);
      const double ratio = o_.ratio_level == RRFT_RATIO_TOKEN ? token_ratio : std::exp(sum_d / length);
      const Term f = objective(o_, gmpo ? std::exp(sum_gmpo / length) : ratio, log_w, a, token.log_prob);
      const bool on_policy =
          !(o_.off_policy_threshold > 0) || a >= 0 || staleness <= static_cast<double>(o_.off_policy_threshold);
      const bool informative = !(token.entropy < threshold_);
      const double rho = sampler_weight(o_, raw_rho(token));
      const double weight = !(on_policy && informative) ? 0 : (corrected && !vespo ? rho : 1);
      const Term kl = kl_term(o_, token.k);
      const double importance = o_.kl_importance != 0 ? ratio : 1;

      const double surrogate = weight == 0 ? 0 : weight * f.value;
      own[t] = (weight == 0 ? 0 : weight * f.by_log_prob) + beta * importance * kl.by_log_prob;
      const double kl_by_log_ratio = o_.kl_importance != 0 ? beta * ratio * kl.value : 0;
      const double by_log_ratio = weight == 0 ? 0 : weight * f.by_log_ratio;
      (gmpo || shared_ratio ? objective_share : own[t]) += gmpo || shared_ratio || token.d_moves ? by_log_ratio : 0;
      (shared_ratio ? kl_share : own[t]) += shared_ratio || token.d_moves ? kl_by_log_ratio : 0;

      const bool gated = o_.objective == RRFT_OBJECTIVE_CLIP || o_.objective == RRFT_OBJECTIVE_CISPO;
      const double below =
          gmpo ? -token.d - static_cast<double>(o_.epsilon_low) : 1 - static_cast<double>(o_.epsilon_low) - ratio;
      const double above =
          gmpo ? token.d - static_cast<double>(o_.epsilon_high) : ratio - (1 + static_cast<double>(o_.epsilon_high));
      low += (gated || gmpo) && below > 0 && a < 0;
      high += (gated || gmpo) && above > 0 && a > 0;
      const bool first = seen_++ == 0;
      m_.policy_loss += surrogate / divisor(length);
      m_.loss += (surrogate + beta * importance * kl.value) / divisor(length);
      if (o_.entropy_coefficient > 0)
        m_.entropy_loss -= static_cast<double>(o_.entropy_coefficient) * token.entropy / entropy_divisor(length);
      m_.kl += importance * kl.value * mean;
      m_.approx_kl += (std::expm1(token.d) - token.d) * mean;
      m_.log_ratio_mean += token.d * mean;
      m_.entropy += token.entropy * mean;
      m_.ratio_mean += ratio * ratio_mean;
      m_.ratio_max = first || ratio > m_.ratio_max || std::isnan(ratio) ? ratio : m_.ratio_max;
      m_.ratio_min = first || ratio < m_.ratio_min || std::isnan(ratio) ? ratio : m_.ratio_min;
      m_.clip_fraction_dual +=
          (o_.dual_clip > 0 && a < 0 && f.value == -static_cast<double>(o_.dual_clip) * a) * ratio_mean;
      m_.vespo_weight_mean += vespo ? vespo_phi(o_, log_w, a) * per_sequence / length : 0;
      m_.off_policy_kept_fraction += on_policy * mean;
      m_.entropy_kept_fraction += informative * mean;
      m_.sampling_kept_fraction += (!corrected || sampler_keeps(o_, raw_rho(token))) * rho_mean;
      if (a_.sampling_log_probs != nullptr) {
        m_.sampling_log_ratio_mean += std::fabs(token.sampling_log_ratio) * mean;
        m_.sampling_log_ratio_max = larger_or_nan(std::fabs(token.sampling_log_ratio), m_.sampling_log_ratio_max);
        m_.sampling_ratio_mean += rho * rho_mean;
        m_.sampling_ratio_max = larger_or_nan(rho, m_.sampling_ratio_max);
        m_.sampling_ratio_min = first ? rho : -larger_or_nan(-rho, -m_.sampling_ratio_min);
      }
    }
    m_.clip_fraction_low += low * ratio_mean;
    m_.clip_fraction_high += high * ratio_mean;
    const bool first_sequence = seen_ == static_cast<int64_t>(tokens.size());
    m_.clip_fraction_low_min = first_sequence ? low / length : std::min(m_.clip_fraction_low_min, low / length);
    m_.clip_fraction_high_max = std::max(m_.clip_fraction_high_max, high / length);

    for (size_t t = 0; t < tokens.size(); ++t) {
      const Token& token = tokens[t];
      // d(log of the shared ratio)/d(log-prob)
      const bool moves = token.d_moves && (!gmpo || gmpo_moves(o_, token.d, token.advantage));
      const double derivative = own[t] + (moves ? (objective_share + kl_share) / length : 0);
      if (a_.grad_log_probs != nullptr) a_.grad_log_probs[token.n] = static_cast<float>(derivative / divisor(length));
      if (a_.grad_entropy != nullptr)
        a_.grad_entropy[token.n] =
            static_cast<float>(-static_cast<double>(o_.entropy_coefficient) / entropy_divisor(length));
    }
  }

  const rrft_policy_loss_args& a_;
  const rrft_policy_loss_options& o_;
  rrft_policy_metrics m_{};
  int64_t seen_ = 0;
  double threshold_ = -std::numeric_limits<double>::infinity();
};

}  // namespace
}  // namespace rrft::reference

rrft_status rrft_reference_policy_loss(const rrft_policy_loss_args* args) {
  constexpr const char* kOperation = "rrft_reference_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_policy_loss_arguments(kOperation, args)) return status;
    rrft::reference::Loss(*args).run();
    return RRFT_OK;
  });
}
