#include "policy_objective.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rrft::cpu {
namespace {

double log_weight(double log_rho) {
  return std::clamp(log_rho, kSmallestLogWeight, kLargestLogWeight);
}

PolicyParameters parameters_of(const rrft_policy_loss_options& o) {
  PolicyParameters p{};
  p.objective = o.objective;
  p.kl_estimator = o.kl_estimator;
  p.kl_importance = o.kl_importance != 0;
  p.own_ratio = o.ratio_level == RRFT_RATIO_TOKEN;
  p.sequence_ratio = o.ratio_level == RRFT_RATIO_SEQUENCE;
  p.couples = p.sequence_ratio || o.objective == RRFT_OBJECTIVE_GMPO;
  p.weighs_log_probs = o.objective == RRFT_OBJECTIVE_CISPO || o.objective == RRFT_OBJECTIVE_VESPO ||
                       o.objective == RRFT_OBJECTIVE_REINFORCE;
  p.has_cap = o.ratio_cap > 0;
  p.corrects = o.sampler_correction != RRFT_SAMPLER_NONE;
  p.masks_rho = o.sampler_correction == RRFT_SAMPLER_MASK;
  p.sequence_rho = p.corrects && o.sampler_level != RRFT_SAMPLER_TOKEN;
  p.filters = p.corrects || o.off_policy_threshold > 0;
  p.epsilon_low = static_cast<double>(o.epsilon_low);
  p.epsilon_high = static_cast<double>(o.epsilon_high);
  p.low = 1.0 - p.epsilon_low;
  p.high = 1.0 + p.epsilon_high;
  p.ratio_cap = p.has_cap ? static_cast<double>(o.ratio_cap) : std::numeric_limits<double>::infinity();
  p.dual_clip = static_cast<double>(o.dual_clip);
  p.log_ratio_clamp = static_cast<double>(o.log_ratio_clamp);
  p.sapo_positive = static_cast<double>(o.sapo_temperature_positive);
  p.sapo_negative = static_cast<double>(o.sapo_temperature_negative);
  p.kl_coefficient = static_cast<double>(o.kl_coefficient);
  p.kl_log_ratio_clamp = static_cast<double>(o.kl_log_ratio_clamp);
  p.kl_clamp = static_cast<double>(o.kl_clamp);
  p.rho_min = static_cast<double>(o.sampler_ratio_min);
  p.rho_max = static_cast<double>(o.sampler_ratio_max);
  p.log_rho_min = log_weight(std::log(p.rho_min));
  p.log_rho_max = log_weight(std::log(p.rho_max));
  p.entropy_threshold = -std::numeric_limits<double>::infinity();
  return p;
}

// VESPO's phi.
double vespo_weight(double k, double lambda, double log_weight) {
  return std::exp(lambda + k * log_weight - lambda * std::exp(log_weight));
}

}  // namespace

PolicyObjective::PolicyObjective(const rrft_policy_loss_options& options, const RowKernels& kernels)
    : kernels_(*kernels.policy),
      options_(options),
      parameters_(parameters_of(options)),
      needs_log_ratios_(!parameters_.own_ratio || options.objective == RRFT_OBJECTIVE_GMPO ||
                        options.objective == RRFT_OBJECTIVE_VESPO),
      needs_staleness_(options.off_policy_threshold > 0) {}

void PolicyObjective::keep_entropies_from(double threshold) {
  parameters_.entropy_threshold = threshold;
  parameters_.filters = parameters_.corrects || needs_staleness_ || !std::isinf(threshold);
}

SequenceTerms PolicyObjective::sequence(const TokenInputs& inputs, int64_t count) const {
  const SequenceLogs logs = kernels_.measure(parameters_, inputs, count);
  SequenceTerms terms;
  terms.length = logs.length;
  if (logs.length == 0) return terms;
  terms.ratio = std::exp(logs.log_ratios / logs.length);
  double log_rho = logs.vespo_log_rhos;
  if (parameters_.sequence_rho) {
    const bool sum = options_.sampler_level == RRFT_SAMPLER_SEQUENCE;
    const double rho = std::exp(sum ? logs.log_rhos : logs.log_rhos / logs.length);
    terms.sampler_keeps = rho >= parameters_.rho_min && rho <= parameters_.rho_max;
    const double bound =
        parameters_.masks_rho ? 0.0 : (rho < parameters_.rho_min ? parameters_.rho_min : parameters_.rho_max);
    terms.rho = terms.sampler_keeps || std::isnan(rho) ? rho : bound;
    log_rho = log_weight(std::log(terms.rho));
  }
  if (options_.objective == RRFT_OBJECTIVE_VESPO) {
    const double weight = log_weight(logs.vespo_log_ratios + log_rho);
    terms.positive_weight = vespo_weight(static_cast<double>(options_.vespo_k_positive),
                                         static_cast<double>(options_.vespo_lambda_positive), weight);
    terms.negative_weight = vespo_weight(static_cast<double>(options_.vespo_k_negative),
                                         static_cast<double>(options_.vespo_lambda_negative), weight);
  }
  if (needs_staleness_)
    terms.on_policy = logs.staleness / logs.length <= static_cast<double>(options_.off_policy_threshold);
  return terms;
}

SequenceSums PolicyObjective::sum(const TokenInputs& inputs, const SequenceTerms& sequence, int64_t count, double* own,
                                  const TokenOutputs& outputs) const {
  const bool wanted = outputs.gradient != nullptr || outputs.derivatives != nullptr;
  if (!couples() || !wanted) return kernels_.sum(parameters_, inputs, sequence, count, outputs);
  const SequenceSums sums = kernels_.sum(parameters_, inputs, sequence, count, {1.0, nullptr, own});
  kernels_.couple(parameters_, inputs, sums.coupling / sequence.length, count, own, outputs);
  return sums;
}

}  // namespace rrft::cpu
