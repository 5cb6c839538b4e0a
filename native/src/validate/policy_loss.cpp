#include "../quantile.h"
#include "validation.h"

namespace rrft {

using namespace validation;

namespace {

void check_objective(Validation& check, const rrft_policy_loss_options& options) {
  check.option("options.epsilon_low", options.epsilon_low, options.epsilon_low >= 0 && options.epsilon_low <= 1,
               "0 to 1");
  check.option("options.epsilon_high", options.epsilon_high, finite_at_least(options.epsilon_high, 0),
               "a finite number, at least 0");
  check.option("options.objective", options.objective,
               options.objective >= RRFT_OBJECTIVE_CLIP && options.objective <= RRFT_OBJECTIVE_REINFORCE,
               "RRFT_OBJECTIVE_CLIP (0), _CISPO (1), _SAPO (2), _VESPO (3), _GMPO (4) or _REINFORCE (5)");
  check.option("options.ratio_level", options.ratio_level,
               options.ratio_level >= RRFT_RATIO_TOKEN && options.ratio_level <= RRFT_RATIO_SEQUENCE_TOKEN,
               "RRFT_RATIO_TOKEN (0), RRFT_RATIO_SEQUENCE (1) or RRFT_RATIO_SEQUENCE_TOKEN (2)");
  if (options.objective >= RRFT_OBJECTIVE_VESPO)
    check.option("options.ratio_level", options.ratio_level, options.ratio_level == RRFT_RATIO_TOKEN,
                 "RRFT_RATIO_TOKEN (0) with VESPO, GMPO and REINFORCE");
  const bool clips = options.objective == RRFT_OBJECTIVE_CLIP;
  check.option("options.ratio_cap", options.ratio_cap,
               options.ratio_cap == 0 ||
                   (clips && std::isfinite(options.ratio_cap) &&
                    static_cast<double>(options.ratio_cap) > 1.0 + static_cast<double>(options.epsilon_high)),
               "0 (none), or with RRFT_OBJECTIVE_CLIP a finite number above 1 + epsilon_high");
  check.option("options.dual_clip", options.dual_clip,
               options.dual_clip == 0 || (clips && options.dual_clip > 1 && std::isfinite(options.dual_clip)),
               "0 (none), or with RRFT_OBJECTIVE_CLIP a finite number above 1");
  check.option("options.log_ratio_clamp", options.log_ratio_clamp, finite_at_least(options.log_ratio_clamp, 0),
               "0 (none) or a finite number above 0");
  const auto sapo = [&](const char* name, float value) {
    check.option(name, value, value > 0 && std::isfinite(value), "a finite number above 0 with RRFT_OBJECTIVE_SAPO");
  };
  if (options.objective == RRFT_OBJECTIVE_SAPO) {
    sapo("options.sapo_temperature_positive", options.sapo_temperature_positive);
    sapo("options.sapo_temperature_negative", options.sapo_temperature_negative);
  }
  const auto vespo = [&](const char* name, float value, double minimum, const char* wanted) {
    check.option(name, value, finite_at_least(value, minimum), wanted);
  };
  if (options.objective == RRFT_OBJECTIVE_VESPO) {
    constexpr double kSmallestLambda = 0.99999e-4;  // 1e-4 as float is a little less
    vespo("options.vespo_k_positive", options.vespo_k_positive, 0, "a finite number, at least 0");
    vespo("options.vespo_lambda_positive", options.vespo_lambda_positive, kSmallestLambda,
          "a finite number, at least 1e-4");
    vespo("options.vespo_k_negative", options.vespo_k_negative, 0, "a finite number, at least 0");
    vespo("options.vespo_lambda_negative", options.vespo_lambda_negative, kSmallestLambda,
          "a finite number, at least 1e-4");
  }
}

void check_kl(Validation& check, const rrft_policy_loss_options& options) {
  check.option("options.kl_coefficient", options.kl_coefficient, finite_at_least(options.kl_coefficient, 0),
               "a finite number, at least 0");
  check.option("options.kl_estimator", options.kl_estimator,
               options.kl_estimator >= RRFT_KL_K3 && options.kl_estimator <= RRFT_KL_ABSOLUTE,
               "RRFT_KL_K3 (0), RRFT_KL_K1 (1), RRFT_KL_K2 (2) or RRFT_KL_ABSOLUTE (3)");
  check.option("options.kl_importance", options.kl_importance, options.kl_importance == 0 || options.kl_importance == 1,
               "0 or 1");
  check.option("options.kl_log_ratio_clamp", options.kl_log_ratio_clamp, finite_at_least(options.kl_log_ratio_clamp, 0),
               "0 (none) or a finite number above 0");
  check.option("options.kl_clamp", options.kl_clamp, finite_at_least(options.kl_clamp, 0),
               "0 (none) or a finite number above 0");
}

void check_reduction(Validation& check, const rrft_policy_loss_options& options) {
  check.option("options.reduction", options.reduction,
               options.reduction >= RRFT_REDUCE_TOKEN_MEAN && options.reduction <= RRFT_REDUCE_SEQUENCE_SUM,
               "RRFT_REDUCE_TOKEN_MEAN (0), RRFT_REDUCE_SEQUENCE_MEAN (1), RRFT_REDUCE_FIXED_LENGTH (2) or "
               "RRFT_REDUCE_SEQUENCE_SUM (3)");
  check.option("options.normalizer", options.normalizer, finite_at_least(options.normalizer, 0),
               "a finite number, at least 0");
  if (options.reduction == RRFT_REDUCE_FIXED_LENGTH)
    check.option("options.normalizer", options.normalizer, options.normalizer > 0,
                 "more than 0 with RRFT_REDUCE_FIXED_LENGTH: sequences times the maximum completion length");
  check.option("options.entropy_coefficient", options.entropy_coefficient,
               finite_at_least(options.entropy_coefficient, 0), "a finite number, at least 0");
  check.option(
      "options.entropy_reduction", options.entropy_reduction,
      options.entropy_reduction == RRFT_ENTROPY_TOKEN_MEAN || options.entropy_reduction == RRFT_ENTROPY_AS_LOSS,
      "RRFT_ENTROPY_TOKEN_MEAN (0) or RRFT_ENTROPY_AS_LOSS (1)");
  check.option("options.entropy_normalizer", options.entropy_normalizer, finite_at_least(options.entropy_normalizer, 0),
               "a finite number, at least 0");
}

void check_weights(Validation& check, const rrft_policy_loss_options& options) {
  check.option("options.sampler_correction", options.sampler_correction,
               options.sampler_correction >= RRFT_SAMPLER_NONE && options.sampler_correction <= RRFT_SAMPLER_MASK,
               "RRFT_SAMPLER_NONE (0), RRFT_SAMPLER_TRUNCATE (1) or RRFT_SAMPLER_MASK (2)");
  check.option("options.sampler_level", options.sampler_level,
               options.sampler_level >= RRFT_SAMPLER_TOKEN && options.sampler_level <= RRFT_SAMPLER_SEQUENCE_MEAN,
               "RRFT_SAMPLER_TOKEN (0), RRFT_SAMPLER_SEQUENCE (1) or RRFT_SAMPLER_SEQUENCE_MEAN (2)");
  if (options.sampler_correction != RRFT_SAMPLER_NONE) {
    check.option("options.sampler_ratio_max", options.sampler_ratio_max,
                 options.sampler_ratio_max > 0 && std::isfinite(options.sampler_ratio_max), "a finite number above 0");
    check.option("options.sampler_ratio_min", options.sampler_ratio_min,
                 options.sampler_ratio_min >= 0 && options.sampler_ratio_min <= options.sampler_ratio_max,
                 "0 to sampler_ratio_max");
  }
  check.option("options.off_policy_threshold", options.off_policy_threshold,
               finite_at_least(options.off_policy_threshold, 0), "0 (keep all) or a finite number above 0");
  check.option("options.entropy_threshold", options.entropy_threshold, finite_at_least(options.entropy_threshold, 0),
               "0 (keep all) or a finite number above 0");
  check.option("options.top_entropy_fraction", options.top_entropy_fraction,
               options.top_entropy_fraction >= 0 && options.top_entropy_fraction <= 1, "0 (keep all) to 1");
  if (takes_quantile(options.top_entropy_fraction))
    check.option("options.entropy_threshold", options.entropy_threshold, options.entropy_threshold == 0,
                 "0 with top_entropy_fraction, which makes its own threshold");
}

// The options, and the inputs of (B, T) tokens that they ask for.
template <typename Args>
void check_policy(Validation& check, const Args& args, int64_t batch, int64_t count) {
  const rrft_policy_loss_options& options = args.options;
  check.dense("old_log_probs", args.old_log_probs, Presence::kOptional, Access::kInput, count, 4);
  check_objective(check, options);
  check_kl(check, options);
  check_reduction(check, options);
  check_weights(check, options);
  check.dense("ref_log_probs", args.ref_log_probs,
              options.kl_coefficient > 0 ? Presence::kRequired : Presence::kOptional, Access::kInput, count, 4);
  check.dense("sampling_log_probs", args.sampling_log_probs,
              options.sampler_correction != RRFT_SAMPLER_NONE ? Presence::kRequired : Presence::kOptional,
              Access::kInput, count, 4);
  if (args.token_advantages != nullptr)
    check.absent("advantages", args.advantages, "token_advantages takes its place");
  else
    check.dense("advantages", args.advantages, Presence::kRequired, Access::kInput, count == 0 ? 0 : batch, 4);
  check.dense("token_advantages", args.token_advantages, Presence::kOptional, Access::kInput, count, 4);
}

}  // namespace

rrft_status validate_policy_loss_arguments(const char* operation, const rrft_policy_loss_args* args) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  check.size("batch", args->batch, 0);
  check.size("tokens", args->tokens, 0);
  check.product("batch * tokens", args->batch, args->tokens);
  check.threads(args->threads);
  if (!check.ok()) return check.status();
  const int64_t count = args->batch * args->tokens;
  check.dense("log_probs", args->log_probs, Presence::kRequired, Access::kInput, count, 4);
  check_policy(check, *args, args->batch, count);
  const bool reads_entropy = args->options.entropy_coefficient > 0 || args->options.entropy_threshold > 0 ||
                             takes_quantile(args->options.top_entropy_fraction);
  check.dense("entropy", args->entropy, reads_entropy ? Presence::kRequired : Presence::kOptional, Access::kInput,
              count, 4);
  check.dense("mask", args->mask, Presence::kOptional, Access::kInput, count, 1);
  check.dense("grad_log_probs", args->grad_log_probs, Presence::kOptional, Access::kOutput, count, 4);
  check.dense("grad_entropy", args->grad_entropy, Presence::kOptional, Access::kOutput, count, 4);
  check.metrics(args->metrics);
  check.no_overlap();
  return check.status();
}

rrft_status validate_fused_policy_loss_arguments(const char* operation, const rrft_fused_policy_loss_args* args) {
  Validation check(operation);
  check.args(args);
  check.prefix("rows.");
  if (!check.ok()) return check.status();
  const rrft_log_probs_args& rows = args->rows;
  check.struct_size(rows.struct_size, sizeof(rrft_log_probs_args));
  check_rows(check, rows);
  check.absent("grad_log_probs", rows.grad_log_probs, "the loss itself defines this gradient");
  check.absent("grad_entropy", rows.grad_entropy, "the loss itself defines this gradient");
  check_row_outputs(check, rows);
  check_grad_logits(check, rows, Presence::kOptional);
  check.prefix("");
  if (!check.ok()) return check.status();
  const int64_t count = rows.batch * rows.tokens;
  check_policy(check, *args, rows.batch, count);
  check.metrics(args->metrics);
  check.no_overlap();
  return check.status();
}

}  // namespace rrft
