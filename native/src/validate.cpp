#include "validate.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "element.h"
#include "quantile.h"
#include "rewards.h"
#include "status.h"
#include "tile_state.h"

namespace rrft {
namespace {

constexpr int32_t kMaximumThreads = 1024;

constexpr const char* kTemperatureWanted = "a finite number, at least 1.18e-38";

// The reciprocal of a subnormal number overflows.
bool is_temperature(float value) { return value >= std::numeric_limits<float>::min() && std::isfinite(value); }

constexpr const char* kLogits = "logits";
constexpr const char* kGradLogits = "grad_logits";

enum class Access { kInput, kOutput };
enum class Presence { kRequired, kOptional };

struct Layout {
  int64_t batch;
  int64_t tokens;
  int64_t row;  // contiguous elements
  int64_t batch_stride;
  int64_t token_stride;
};

// Collects the first failure of a list of checks, so that the checks of an operation read as a list.
class Validation {
 public:
  Validation(const char* operation, const char* prefix = "") : operation_(operation), prefix_(prefix) {}

  rrft_status status() const { return status_; }
  bool ok() const { return status_ == RRFT_OK; }
  void prefix(const char* prefix) { prefix_ = prefix; }

  template <typename Args>
  void args(const Args* args) {
    if (!ok()) return;
    if (args == nullptr) {
      status_ = fail(RRFT_ERROR_NULL_POINTER, operation_, "args is NULL, wanted a pointer to an argument struct");
    } else {
      struct_size(args->struct_size, sizeof(Args));
    }
  }

  void struct_size(size_t value, size_t wanted) {
    if (!ok() || value == wanted) return;
    status_ = fail(RRFT_ERROR_STRUCT_SIZE, operation_,
                   "%sstruct_size is %zu, wanted %zu: caller and library were built from different headers", prefix_,
                   value, wanted);
  }

  void size(const char* name, int64_t value, int64_t minimum) {
    if (!ok() || value >= minimum) return;
    status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s is %lld, wanted at least %lld", prefix_, name,
                   static_cast<long long>(value), static_cast<long long>(minimum));
  }

  // Elements of a dense (rows, columns) array of 8-byte elements have to be addressable.
  void product(const char* names, int64_t rows, int64_t columns) {
    int64_t bytes;
    if (!ok() || !(__builtin_mul_overflow(rows, columns, &bytes) || __builtin_mul_overflow(bytes, int64_t{8}, &bytes)))
      return;
    status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s is %lld * %lld, wanted a product whose bytes fit 64 bits", prefix_, names,
                   static_cast<long long>(rows), static_cast<long long>(columns));
  }

  void dtype(const char* name, int32_t value, std::initializer_list<int32_t> known, const char* wanted) {
    if (!ok() || std::find(known.begin(), known.end(), value) != known.end()) return;
    status_ = fail(RRFT_ERROR_DTYPE, operation_, "%s%s is %d, wanted %s", prefix_, name, value, wanted);
  }

  void option(const char* name, double value, bool valid, const char* wanted) {
    if (!ok() || valid) return;
    status_ = fail(RRFT_ERROR_VALUE, operation_, "%s%s is %.9g, wanted %s", prefix_, name, value, wanted);
  }

  void absent(const char* name, const void* pointer, const char* reason) {
    if (!ok() || pointer == nullptr) return;
    status_ = fail(RRFT_ERROR_VALUE, operation_, "%s%s is not NULL, wanted NULL: %s", prefix_, name, reason);
  }

  void threads(int32_t value) {
    option("threads", value, value >= 0 && value <= kMaximumThreads, "0 (the default) to 1024");
  }

  // A dense array of `elements`. A pointer to an array without elements may be NULL.
  void dense(const char* name, const void* pointer, Presence presence, Access access, int64_t elements,
             int64_t element_bytes) {
    if (ok()) span(name, pointer, presence, access, elements * element_bytes, element_bytes);
  }

  void metrics(const rrft_policy_metrics* pointer) {
    if (ok())
      span("metrics", pointer, Presence::kRequired, Access::kOutput, sizeof *pointer, alignof(rrft_policy_metrics));
  }

  // Rows of contiguous elements at two strides, in any order of the two, that must not overlap one another.
  void strided(const char* name, const void* pointer, Presence presence, Access access, const Layout& layout,
               int64_t element_bytes, const char* batch_stride_name, const char* token_stride_name) {
    if (!ok()) return;
    if (layout.batch == 0 || layout.tokens == 0 || (pointer == nullptr && presence == Presence::kOptional)) return;
    const bool batch_outside = layout.batch_stride >= layout.token_stride || layout.tokens == 1;
    const int64_t inner_count = batch_outside ? layout.tokens : layout.batch;
    const int64_t outer_count = batch_outside ? layout.batch : layout.tokens;
    const int64_t inner_stride = batch_outside ? layout.token_stride : layout.batch_stride;
    const int64_t outer_stride = batch_outside ? layout.batch_stride : layout.token_stride;
    const char* inner_name = batch_outside ? token_stride_name : batch_stride_name;
    const char* outer_name = batch_outside ? batch_stride_name : token_stride_name;

    int64_t extent = layout.row;
    if (!extend(inner_name, inner_stride, inner_count, &extent)) return;
    if (!extend(outer_name, outer_stride, outer_count, &extent)) return;
    int64_t bytes;
    if (__builtin_mul_overflow(extent, element_bytes, &bytes)) {
      status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s spans %lld elements, wanted a span whose bytes fit 64 bits", prefix_,
                     name, static_cast<long long>(extent));
      return;
    }
    span(name, pointer, presence, access, bytes, element_bytes);
  }

  // grad_logits may be logits itself: the same address and, as the caller has checked, the same strides.
  void allow_in_place() { in_place_ = true; }

  void no_overlap() {
    for (int i = 0; i < span_count_ && ok(); ++i) {
      for (int j = i + 1; j < span_count_ && ok(); ++j) overlap(spans_[i], spans_[j]);
    }
  }

 private:
  struct Span {
    const char* prefix;
    const char* name;
    uintptr_t begin;
    uintptr_t end;
    Access access;
  };

  // Adds `count` steps of `stride` to an extent; a step has to leave the extent so far.
  bool extend(const char* name, int64_t stride, int64_t count, int64_t* extent) {
    if (count <= 1) return true;
    if (stride < *extent) {
      status_ = fail(RRFT_ERROR_STRIDE, operation_, "%s%s is %lld, wanted at least %lld so that rows do not overlap",
                     prefix_, name, static_cast<long long>(stride), static_cast<long long>(*extent));
      return false;
    }
    int64_t steps;
    if (__builtin_mul_overflow(stride, count - 1, &steps) || __builtin_add_overflow(*extent, steps, extent)) {
      status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s is %lld, wanted a stride that fits 64 bits over %lld steps", prefix_, name,
                     static_cast<long long>(stride), static_cast<long long>(count - 1));
      return false;
    }
    return true;
  }

  void span(const char* name, const void* pointer, Presence presence, Access access, int64_t bytes, int64_t alignment) {
    if (bytes == 0) return;
    if (pointer == nullptr) {
      if (presence == Presence::kRequired)
        status_ = fail(RRFT_ERROR_NULL_POINTER, operation_, "%s%s is NULL, wanted a pointer to %lld bytes", prefix_, name,
                       static_cast<long long>(bytes));
      return;
    }
    const uintptr_t begin = reinterpret_cast<uintptr_t>(pointer);
    if (begin % static_cast<uintptr_t>(alignment) != 0) {
      status_ = fail(RRFT_ERROR_VALUE, operation_, "%s%s is at address 0x%llx, wanted a multiple of %lld bytes", prefix_,
                     name, static_cast<unsigned long long>(begin), static_cast<long long>(alignment));
      return;
    }
    spans_[span_count_++] = {prefix_, name, begin, begin + static_cast<uintptr_t>(bytes), access};
  }

  void overlap(const Span& a, const Span& b) {
    if (a.access == Access::kInput && b.access == Access::kInput) return;
    if (a.end <= b.begin || b.end <= a.begin) return;
    const bool gradient_of_input = a.name == kLogits && b.name == kGradLogits;
    if (gradient_of_input && in_place_ && a.begin == b.begin && a.end == b.end) return;
    status_ = fail(RRFT_ERROR_OVERLAP, operation_, "%s%s [0x%llx, 0x%llx) and %s%s [0x%llx, 0x%llx) overlap, wanted %s",
                   a.prefix, a.name, static_cast<unsigned long long>(a.begin), static_cast<unsigned long long>(a.end),
                   b.prefix, b.name, static_cast<unsigned long long>(b.begin), static_cast<unsigned long long>(b.end),
                   gradient_of_input ? "separate buffers or the same one with the same strides" : "separate buffers");
  }

  const char* operation_;
  const char* prefix_;
  bool in_place_ = false;
  rrft_status status_ = RRFT_OK;
  Span spans_[20] = {};
  int span_count_ = 0;
};

// Whether two strides mean the same rows; the stride of a dimension without steps does not matter.
bool same_strides(const rrft_log_probs_args& rows) {
  return (rows.batch <= 1 || rows.grad_logits_batch_stride == rows.logits_batch_stride) &&
         (rows.tokens <= 1 || rows.grad_logits_token_stride == rows.logits_token_stride);
}

// The part of log_probs that forward, backward and the fused loss share.
void check_rows(Validation& check, const rrft_log_probs_args& rows) {
  check.size("batch", rows.batch, 0);
  check.size("tokens", rows.tokens, 0);
  check.size("vocabulary", rows.vocabulary, 1);
  check.product("batch * tokens", rows.batch, rows.tokens);
  check.dtype("logits_dtype", rows.logits_dtype, {RRFT_F32, RRFT_BF16, RRFT_F16},
              "RRFT_F32 (0), RRFT_BF16 (1) or RRFT_F16 (2)");
  check.dtype("token_ids_dtype", rows.token_ids_dtype, {RRFT_I32, RRFT_I64}, "RRFT_I32 (16) or RRFT_I64 (17)");
  if (rows.temperatures == nullptr)
    check.option("temperature", rows.temperature, is_temperature(rows.temperature), kTemperatureWanted);
  check.threads(rows.threads);
  if (!check.ok()) return;
  const int64_t element = static_cast<int64_t>(element_size(rows.logits_dtype));
  const int64_t id = static_cast<int64_t>(element_size(rows.token_ids_dtype));
  check.strided(kLogits, rows.logits, Presence::kRequired, Access::kInput,
                {rows.batch, rows.tokens, rows.vocabulary, rows.logits_batch_stride, rows.logits_token_stride}, element,
                "logits_batch_stride", "logits_token_stride");
  check.strided("token_ids", rows.token_ids, Presence::kRequired, Access::kInput,
                {rows.tokens == 0 ? 0 : rows.batch, 1, rows.tokens, rows.token_ids_batch_stride, 0}, id,
                "token_ids_batch_stride", "");
  check.dense("mask", rows.mask, Presence::kOptional, Access::kInput, rows.batch * rows.tokens, 1);
  check.dense("temperatures", rows.temperatures, Presence::kOptional, Access::kInput, rows.batch * rows.tokens, 4);
}

void check_row_outputs(Validation& check, const rrft_log_probs_args& rows) {
  if (!check.ok()) return;
  const int64_t count = rows.batch * rows.tokens;
  check.dense("log_probs", rows.log_probs, Presence::kRequired, Access::kOutput, count, 4);
  check.dense("log_sum_exp", rows.log_sum_exp, Presence::kOptional, Access::kOutput, count, 4);
  check.dense("entropy", rows.entropy, Presence::kOptional, Access::kOutput, count, 4);
}

void check_grad_logits(Validation& check, const rrft_log_probs_args& rows, Presence presence) {
  if (!check.ok()) return;
  check.strided(kGradLogits, rows.grad_logits, presence, Access::kOutput,
                {rows.batch, rows.tokens, rows.vocabulary, rows.grad_logits_batch_stride, rows.grad_logits_token_stride},
                static_cast<int64_t>(element_size(rows.logits_dtype)), "grad_logits_batch_stride",
                "grad_logits_token_stride");
  if (check.ok() && same_strides(rows)) check.allow_in_place();
}

bool finite_at_least(double value, double minimum) { return value >= minimum && std::isfinite(value); }

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
    vespo("options.vespo_lambda_positive", options.vespo_lambda_positive, kSmallestLambda, "a finite number, at least 1e-4");
    vespo("options.vespo_k_negative", options.vespo_k_negative, 0, "a finite number, at least 0");
    vespo("options.vespo_lambda_negative", options.vespo_lambda_negative, kSmallestLambda, "a finite number, at least 1e-4");
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
  check.option("options.entropy_coefficient", options.entropy_coefficient, finite_at_least(options.entropy_coefficient, 0),
               "a finite number, at least 0");
  check.option("options.entropy_reduction", options.entropy_reduction,
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
              options.sampler_correction != RRFT_SAMPLER_NONE ? Presence::kRequired : Presence::kOptional, Access::kInput,
              count, 4);
  if (args.token_advantages != nullptr)
    check.absent("advantages", args.advantages, "token_advantages takes its place");
  else
    check.dense("advantages", args.advantages, Presence::kRequired, Access::kInput, count == 0 ? 0 : batch, 4);
  check.dense("token_advantages", args.token_advantages, Presence::kOptional, Access::kInput, count, 4);
}

}  // namespace

rrft_status validate_log_probs_arguments(const char* operation, const rrft_log_probs_args* args, Direction direction) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  check_rows(check, *args);
  if (!check.ok()) return check.status();
  if (direction == Direction::kForward) {
    check_row_outputs(check, *args);
  } else {
    const int64_t count = args->batch * args->tokens;
    check.dense("grad_log_probs", args->grad_log_probs, Presence::kRequired, Access::kInput, count, 4);
    check.dense("grad_entropy", args->grad_entropy, Presence::kOptional, Access::kInput, count, 4);
    check_grad_logits(check, *args, Presence::kRequired);
  }
  check.no_overlap();
  return check.status();
}

rrft_status validate_group_advantages_arguments(const char* operation, const rrft_group_advantages_args* args) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  const bool by_id = args->group_ids != nullptr || args->completions != 0;
  check.size("completions", args->completions, 0);
  if (by_id) {
    check.option("groups", static_cast<double>(args->groups), args->groups == 0, "0 with group_ids and completions");
    check.option("group_size", static_cast<double>(args->group_size), args->group_size == 0,
                 "0 with group_ids and completions");
  } else {
    check.size("groups", args->groups, 0);
    check.size("group_size", args->group_size, 1);
    check.product("groups * group_size", args->groups, args->group_size);
  }
  check.size("reward_count", args->reward_count, 0);
  check.option("baseline", args->baseline,
               args->baseline >= RRFT_BASELINE_GROUP_MEAN && args->baseline <= RRFT_BASELINE_EACH_REWARD,
               "RRFT_BASELINE_GROUP_MEAN (0) to RRFT_BASELINE_EACH_REWARD (5)");
  check.option("scale", args->scale, args->scale >= RRFT_SCALE_GROUP_STD && args->scale <= RRFT_SCALE_TOKEN_WHITENING,
               "RRFT_SCALE_GROUP_STD (0) to RRFT_SCALE_TOKEN_WHITENING (4)");
  if (args->baseline == RRFT_BASELINE_EACH_REWARD)
    check.option("scale", args->scale, args->scale != RRFT_SCALE_GROUP_STD && args->scale != RRFT_SCALE_BATCH_STD,
                 "RRFT_SCALE_NONE (1) or a whitening (3, 4) with RRFT_BASELINE_EACH_REWARD, whose terms have no unit");
  check.option("biased_std", args->biased_std, args->biased_std == 0 || args->biased_std == 1, "0 or 1");
  check.option("epsilon", args->epsilon, args->epsilon >= 0 && std::isfinite(args->epsilon),
               "a finite number, at least 0");
  check.threads(args->threads);
  if (!check.ok()) return check.status();
  const int64_t count = completion_count(*args);
  check.product("completions * reward_count", count, reward_count(*args));
  if (!check.ok()) return check.status();
  check.strided("rewards", args->rewards, Presence::kRequired, Access::kInput,
                {reward_count(*args), count, 1, reward_stride(*args), completion_stride(*args)}, 4, "reward_stride",
                "completion_stride");
  check.dense("reward_weights", args->reward_weights, Presence::kOptional, Access::kInput, reward_count(*args), 4);
  check.dense("group_ids", args->group_ids, by_id ? Presence::kRequired : Presence::kOptional, Access::kInput,
              by_id ? count : 0, 8);
  check.dense("lengths", args->lengths, uses_lengths(*args) ? Presence::kRequired : Presence::kOptional, Access::kInput,
              count, 8);
  const int64_t statistics = by_id ? count : args->groups;
  check.dense("advantages", args->advantages, Presence::kRequired, Access::kOutput, count, 4);
  check.dense("group_mean", args->group_mean, Presence::kOptional, Access::kOutput, statistics, 4);
  check.dense("group_std", args->group_std, Presence::kOptional, Access::kOutput, statistics, 4);
  check.dense("zero_spread_fraction", args->zero_spread_fraction, Presence::kOptional, Access::kOutput, 1, 8);
  check.no_overlap();
  return check.status();
}

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
  check.dense("entropy", args->entropy, reads_entropy ? Presence::kRequired : Presence::kOptional, Access::kInput, count, 4);
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

rrft_status require_clipped_objective(const char* operation, const rrft_policy_loss_options& options,
                                      const float* token_advantages, const float* sampling_log_probs) {
  const struct {
    const char* name;
    bool unused;
  } fields[] = {
      {"options.reduction", options.reduction != RRFT_REDUCE_SEQUENCE_SUM},
      {"options.objective", options.objective == RRFT_OBJECTIVE_CLIP},
      {"options.ratio_level", options.ratio_level == RRFT_RATIO_TOKEN},
      {"options.ratio_cap", options.ratio_cap == 0},
      {"options.dual_clip", options.dual_clip == 0},
      {"options.log_ratio_clamp", options.log_ratio_clamp == 0},
      {"options.kl_estimator", options.kl_estimator == RRFT_KL_K3},
      {"options.kl_importance", options.kl_importance == 0},
      {"options.kl_log_ratio_clamp", options.kl_log_ratio_clamp == 0},
      {"options.kl_clamp", options.kl_clamp == 0},
      {"options.sampler_correction", options.sampler_correction == RRFT_SAMPLER_NONE},
      {"options.off_policy_threshold", options.off_policy_threshold == 0},
      {"options.entropy_threshold", options.entropy_threshold == 0},
      {"options.top_entropy_fraction", !takes_quantile(options.top_entropy_fraction)},
      {"options.entropy_coefficient", options.entropy_coefficient == 0},
      {"token_advantages", token_advantages == nullptr},
      {"sampling_log_probs", sampling_log_probs == nullptr},
  };
  for (const auto& field : fields)
    if (!field.unused)
      return fail(RRFT_ERROR_UNAVAILABLE, operation,
                  "%s is set, which this backend does not have: wanted the clipped objective with ratios of tokens, "
                  "advantages of sequences and the k3 estimate",
                  field.name);
  return RRFT_OK;
}

rrft_status validate_row_contents(const char* operation, const char* prefix, const rrft_log_probs_args& rows) {
  for (int64_t i = 0; i < rows.batch; ++i) {
    for (int64_t t = 0; t < rows.tokens; ++t) {
      if (!counts(rows.mask, i * rows.tokens + t)) continue;
      const int64_t id = token_id(rows, i, t);
      if (id < 0 || id >= rows.vocabulary)
        return fail(RRFT_ERROR_TOKEN_ID, operation, "%stoken_ids[%lld, %lld] is %lld, wanted 0 to %lld", prefix,
                    static_cast<long long>(i), static_cast<long long>(t), static_cast<long long>(id),
                    static_cast<long long>(rows.vocabulary - 1));
      const float temperature = row_temperature(rows, i, t);
      if (!is_temperature(temperature))
        return fail(RRFT_ERROR_VALUE, operation, "%stemperatures[%lld, %lld] is %.9g, wanted %s", prefix,
                    static_cast<long long>(i), static_cast<long long>(t), static_cast<double>(temperature),
                    kTemperatureWanted);
    }
  }
  return RRFT_OK;
}

namespace {

// On bits and without a way out of the loop, so that it becomes vector instructions.
bool any_infinite(const float* values, int64_t count) {
  uint32_t infinite = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    infinite |= (bits & 0x7fffffffu) == 0x7f800000u ? 1u : 0u;
  }
  return infinite != 0;
}

}  // namespace

rrft_status validate_rewards(const char* operation, const rrft_group_advantages_args& args) {
  const int64_t count = completion_count(args);
  const int64_t stride = completion_stride(args);
  for (int64_t k = 0; k < reward_count(args); ++k) {
    if (args.reward_weights != nullptr && !std::isfinite(args.reward_weights[k]))
      return fail(RRFT_ERROR_VALUE, operation, "reward_weights[%lld] is %g, wanted a finite number",
                  static_cast<long long>(k), static_cast<double>(args.reward_weights[k]));
    const float* rewards = args.rewards + k * reward_stride(args);
    const bool suspected = stride != 1 || any_infinite(rewards, count);
    for (int64_t i = 0; suspected && i < count; ++i) {
      if (!std::isinf(rewards[i * stride])) continue;
      const bool in_groups = args.group_size > 0 && reward_count(args) == 1;
      return fail(RRFT_ERROR_VALUE, operation, "rewards[%lld, %lld] is %g, wanted a finite number, or NaN for unscored",
                  static_cast<long long>(in_groups ? i / args.group_size : k),
                  static_cast<long long>(in_groups ? i % args.group_size : i), static_cast<double>(rewards[i * stride]));
    }
  }
  for (int64_t i = 0; uses_lengths(args) && i < count; ++i) {
    if (args.lengths[i] < 0 || args.lengths[i] > INT32_MAX)
      return fail(RRFT_ERROR_VALUE, operation, "lengths[%lld] is %lld, wanted 0 to %d", static_cast<long long>(i),
                  static_cast<long long>(args.lengths[i]), INT32_MAX);
  }
  return RRFT_OK;
}

namespace {

rrft_status check_tile_state(const char* operation, const rrft_linear_log_probs_args& args, TileStep step) {
  if (args.rows == 0 || (step == TileStep::kMerge && args.tile_begin == 0)) return RRFT_OK;
  const int64_t merged = tile_state<TileState>(args, 0)->columns;
  if (step == TileStep::kMerge && args.tile_begin != merged)
    return fail(RRFT_ERROR_VALUE, operation, "tile_begin is %lld, wanted %lld where the tile before ended, or 0 to start anew",
                static_cast<long long>(args.tile_begin), static_cast<long long>(merged));
  if (step != TileStep::kMerge && merged != args.vocabulary)
    return fail(RRFT_ERROR_VALUE, operation, "state has %lld of %lld entries of the vocabulary, wanted all of them merged",
                static_cast<long long>(merged), static_cast<long long>(args.vocabulary));
  return RRFT_OK;
}

}  // namespace

rrft_status validate_linear_log_probs(const char* operation, const rrft_linear_log_probs_args* args, TileStep step) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  const int64_t count = args->rows;
  check.size("rows", count, 0);
  check.product("rows * RRFT_TILE_STATE_BYTES", count, RRFT_TILE_STATE_BYTES);
  check.size("vocabulary", args->vocabulary, 1);
  check.dtype("token_ids_dtype", args->token_ids_dtype, {RRFT_I32, RRFT_I64}, "RRFT_I32 (16) or RRFT_I64 (17)");
  if (args->temperatures == nullptr)
    check.option("temperature", args->temperature, is_temperature(args->temperature), kTemperatureWanted);
  check.threads(args->threads);
  if (!check.ok()) return check.status();
  check.dense("token_ids", args->token_ids, Presence::kRequired, Access::kInput, count,
              static_cast<int64_t>(element_size(args->token_ids_dtype)));
  check.dense("mask", args->mask, Presence::kOptional, Access::kInput, count, 1);
  check.dense("temperatures", args->temperatures, Presence::kOptional, Access::kInput, count, 4);
  check.dense("state", args->state, Presence::kRequired, step == TileStep::kMerge ? Access::kOutput : Access::kInput,
              count * (RRFT_TILE_STATE_BYTES / 8), 8);
  if (step == TileStep::kFinish) {
    check.dense("log_probs", args->log_probs, Presence::kRequired, Access::kOutput, count, 4);
    check.dense("log_sum_exp", args->log_sum_exp, Presence::kOptional, Access::kOutput, count, 4);
    check.dense("entropy", args->entropy, Presence::kOptional, Access::kOutput, count, 4);
  } else {
    check.size("tile_begin", args->tile_begin, 0);
    check.size("tile_size", args->tile_size, 1);
    if (check.ok() && args->tile_begin > args->vocabulary - args->tile_size)
      return fail(RRFT_ERROR_SHAPE, operation, "tile_begin + tile_size is %lld + %lld, wanted at most the vocabulary, %lld",
                  static_cast<long long>(args->tile_begin), static_cast<long long>(args->tile_size),
                  static_cast<long long>(args->vocabulary));
    check.dtype("logits_dtype", args->logits_dtype, {RRFT_F32, RRFT_BF16, RRFT_F16},
                "RRFT_F32 (0), RRFT_BF16 (1) or RRFT_F16 (2)");
    if (!check.ok()) return check.status();
    const int64_t element = static_cast<int64_t>(element_size(args->logits_dtype));
    check.strided(kLogits, args->logits, Presence::kRequired, Access::kInput,
                  {1, count, args->tile_size, 0, args->logits_stride}, element, "", "logits_stride");
    if (step == TileStep::kBackward) {
      check.dense("grad_log_probs", args->grad_log_probs, Presence::kRequired, Access::kInput, count, 4);
      check.dense("grad_entropy", args->grad_entropy, Presence::kOptional, Access::kInput, count, 4);
      check.strided(kGradLogits, args->grad_logits, Presence::kRequired, Access::kOutput,
                    {1, count, args->tile_size, 0, args->grad_logits_stride}, element, "", "grad_logits_stride");
      if (count <= 1 || args->grad_logits_stride == args->logits_stride) check.allow_in_place();
    }
  }
  check.no_overlap();
  if (!check.ok()) return check.status();
  if (const rrft_status status = check_tile_state(operation, *args, step)) return status;
  for (int64_t n = 0; n < count; ++n) {
    if (!counts(args->mask, n)) continue;
    const int64_t id = token_id(*args, n);
    if (id < 0 || id >= args->vocabulary)
      return fail(RRFT_ERROR_TOKEN_ID, operation, "token_ids[%lld] is %lld, wanted 0 to %lld", static_cast<long long>(n),
                  static_cast<long long>(id), static_cast<long long>(args->vocabulary - 1));
    if (args->temperatures != nullptr && !is_temperature(args->temperatures[n]))
      return fail(RRFT_ERROR_VALUE, operation, "temperatures[%lld] is %.9g, wanted %s", static_cast<long long>(n),
                  static_cast<double>(args->temperatures[n]), kTemperatureWanted);
  }
  return RRFT_OK;
}

}  // namespace rrft
