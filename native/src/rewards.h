// The arrays of rrft_group_advantages_args with their defaults filled in.
#pragma once

#include <cmath>
#include <cstdint>

#include "reasonrft/kernels.h"

namespace rrft {

// A group counts as without spread below this standard deviation: the tolerance of TRL's isclose(std, 0).
constexpr double kZeroSpread = 1e-8;

inline bool groups_by_id(const rrft_group_advantages_args& args) { return args.group_ids != nullptr; }

inline int64_t completion_count(const rrft_group_advantages_args& args) {
  return args.completions > 0 ? args.completions : args.groups * args.group_size;
}

inline int64_t reward_count(const rrft_group_advantages_args& args) {
  return args.reward_count > 0 ? args.reward_count : 1;
}

inline int64_t completion_stride(const rrft_group_advantages_args& args) {
  return args.completion_stride != 0 ? args.completion_stride : 1;
}

inline int64_t reward_stride(const rrft_group_advantages_args& args) {
  return args.reward_stride != 0 ? args.reward_stride : completion_count(args);
}

inline bool uses_lengths(const rrft_group_advantages_args& args) {
  return args.baseline == RRFT_BASELINE_LENGTH_WEIGHTED || args.scale == RRFT_SCALE_TOKEN_WHITENING;
}

// r_ki, NaN where reward k did not score completion i.
inline double reward(const rrft_group_advantages_args& args, int64_t k, int64_t i) {
  return static_cast<double>(args.rewards[k * reward_stride(args) + i * completion_stride(args)]);
}

inline double reward_weight(const rrft_group_advantages_args& args, int64_t k) {
  return args.reward_weights != nullptr ? static_cast<double>(args.reward_weights[k]) : 1.0;
}

// R_i = nansum_k w_k r_ki; NaN: unscored.
inline double total_reward(const rrft_group_advantages_args& args, int64_t i) {
  double total = std::nan("");
  for (int64_t k = 0; k < reward_count(args); ++k) {
    const double term = reward_weight(args, k) * reward(args, k, i);
    if (!std::isnan(term)) total = std::isnan(total) ? term : total + term;
  }
  return total;
}

}  // namespace rrft
