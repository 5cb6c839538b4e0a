// What rrft_reference_group_advantages compares a reward with: the C of kernels.h, one case per RRFT_BASELINE_*.
#pragma once

#include <vector>

#include "../rewards.h"
#include "statistics.h"

namespace rrft::reference {

using Members = std::vector<int64_t>;  // completions of one group

template <typename Value>
Sample sample(const Members& members, const Value& value) {
  Sample result;
  for (const int64_t i : members) result.add(value(i));
  return result;
}

// GDPO (arXiv:2601.05242): every reward normalised by itself, then weighted and summed.
inline double normalised_each(const rrft_group_advantages_args& args, const Members& members, int64_t i) {
  double sum = 0;
  for (int64_t k = 0; k < reward_count(args); ++k) {
    if (std::isnan(reward(args, k, i))) continue;
    const Sample column = sample(members, [&](int64_t j) { return reward(args, k, j); });
    sum += reward_weight(args, k) *
           quotient(reward(args, k, i) - column.mean(),
                    column.standard_deviation(args.biased_std != 0) + static_cast<double>(args.epsilon));
  }
  return sum;
}

// C of completion i, whose group's scored rewards are `rewards`; NaN: unscored.
inline double centred(const rrft_group_advantages_args& args, const Members& members, const Sample& rewards,
                      int64_t i) {
  const double own = total_reward(args, i);
  if (std::isnan(own)) return own;
  Sample others;
  switch (args.baseline) {
    case RRFT_BASELINE_LEAVE_ONE_OUT:
      for (const int64_t j : members)
        if (j != i) others.add(total_reward(args, j));
      return others.size() == 0 ? 0 : own - others.mean();
    case RRFT_BASELINE_LENGTH_WEIGHTED: {
      Sample by_length;
      for (const int64_t j : members) by_length.add(total_reward(args, j), static_cast<double>(args.lengths[j]));
      return by_length.weight() == 0 ? 0 : own - by_length.mean();
    }
    case RRFT_BASELINE_NONE:
      return own;
    case RRFT_BASELINE_SECOND_BEST:  // two that are best: each is as good as the second
      return rewards.size() < 2 || own < rewards.largest() ? 0 : own - rewards.second_largest();
    case RRFT_BASELINE_EACH_REWARD:
      return normalised_each(args, members, i);
    default:
      return own - rewards.mean();
  }
}

}  // namespace rrft::reference
