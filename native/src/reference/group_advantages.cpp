// The specification of group_advantages: A = scale(C), C = R against the baseline of its group (group_baselines.h).
#include <map>

#include "../status.h"
#include "../validate.h"
#include "group_baselines.h"

namespace rrft::reference {
namespace {

std::map<int64_t, Members> groups_of(const rrft_group_advantages_args& args) {
  std::map<int64_t, Members> groups;
  for (int64_t i = 0; i < completion_count(args); ++i)
    groups[groups_by_id(args) ? args.group_ids[i] : i / args.group_size].push_back(i);
  return groups;
}

void report(const rrft_group_advantages_args& args, const Members& members, double mean, double std) {
  for (const int64_t i : members) {
    const int64_t place = groups_by_id(args) ? i : i / args.group_size;
    if (args.group_mean != nullptr) args.group_mean[place] = static_cast<float>(mean);
    if (args.group_std != nullptr) args.group_std[place] = static_cast<float>(std);
  }
}

// C of all completions to A.
void scale_by_batch(const rrft_group_advantages_args& args, std::vector<double>& values) {
  const double epsilon = static_cast<double>(args.epsilon);
  const bool biased = args.biased_std != 0;
  const bool by_token = args.scale == RRFT_SCALE_TOKEN_WHITENING;
  Sample rewards, centred;
  for (int64_t i = 0; i < completion_count(args); ++i) {
    rewards.add(total_reward(args, i));
    centred.add(values[static_cast<size_t>(i)], by_token ? static_cast<double>(args.lengths[i]) : 1);
  }
  double mean = 0;
  double divisor = 1;
  if (args.scale == RRFT_SCALE_BATCH_STD) divisor = rewards.standard_deviation(biased) + epsilon;
  if (args.scale == RRFT_SCALE_BATCH_WHITENING) divisor = centred.standard_deviation(biased) + epsilon;
  if (by_token) divisor = std::sqrt(centred.variance(biased) + epsilon);
  if (by_token || args.scale == RRFT_SCALE_BATCH_WHITENING) mean = centred.mean();
  for (double& value : values) value = quotient(value - mean, divisor);
}

void run(const rrft_group_advantages_args& args) {
  std::vector<double> values(static_cast<size_t>(completion_count(args)));
  const std::map<int64_t, Members> groups = groups_of(args);
  double without_spread = 0;
  for (const auto& [id, members] : groups) {
    const Sample rewards = sample(members, [&](int64_t i) { return total_reward(args, i); });
    const double std = rewards.standard_deviation(args.biased_std != 0);
    for (const int64_t i : members) {
      double& value = values[static_cast<size_t>(i)];
      value = centred(args, members, rewards, i);
      if (args.scale == RRFT_SCALE_GROUP_STD) value = quotient(value, std + static_cast<double>(args.epsilon));
    }
    report(args, members, rewards.mean(), std);
    if (std < kZeroSpread) ++without_spread;
  }
  scale_by_batch(args, values);
  for (size_t i = 0; i < values.size(); ++i)
    args.advantages[i] = std::isnan(values[i]) ? 0.0f : static_cast<float>(values[i]);
  if (args.zero_spread_fraction != nullptr)
    *args.zero_spread_fraction = quotient(without_spread, static_cast<double>(groups.size()));
}

}  // namespace
}  // namespace rrft::reference

rrft_status rrft_reference_group_advantages(const rrft_group_advantages_args* args) {
  constexpr const char* kOperation = "rrft_reference_group_advantages";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_group_advantages_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::validate_rewards(kOperation, *args)) return status;
    rrft::reference::run(*args);
    return RRFT_OK;
  });
}
