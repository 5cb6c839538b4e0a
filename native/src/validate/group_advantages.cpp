#include <cstring>

#include "../rewards.h"
#include "validation.h"

namespace rrft {

using namespace validation;

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
                  static_cast<long long>(in_groups ? i % args.group_size : i),
                  static_cast<double>(rewards[i * stride]));
    }
  }
  for (int64_t i = 0; uses_lengths(args) && i < count; ++i) {
    if (args.lengths[i] < 0 || args.lengths[i] > INT32_MAX)
      return fail(RRFT_ERROR_VALUE, operation, "lengths[%lld] is %lld, wanted 0 to %d", static_cast<long long>(i),
                  static_cast<long long>(args.lengths[i]), INT32_MAX);
  }
  return RRFT_OK;
}

}  // namespace rrft
