// group_advantages: rewards (groups, G) to advantages. A few thousand numbers at most, so one thread and double
// precision; deviations are summed from the mean (two passes), which stays exact for rewards that are all equal.
#include <cmath>

#include "../status.h"
#include "../validate.h"

namespace rrft::cpu {
namespace {

constexpr double kZeroSpread = 1e-8;  // TRL counts a group as without spread by isclose(std, 0), whose tolerance this is

struct Spread {
  double mean;
  double std;
};

// Mean (NaN of no rewards) and standard deviation of the rewards that are not NaN.
Spread spread(const float* rewards, int64_t size, bool biased) {
  double sum = 0;
  int64_t scored = 0;
  for (int64_t i = 0; i < size; ++i) {
    if (std::isnan(rewards[i])) continue;
    sum += static_cast<double>(rewards[i]);
    ++scored;
  }
  const double mean = sum / static_cast<double>(scored);
  if (scored < 2) return {mean, 0.0};
  double squares = 0;
  for (int64_t i = 0; i < size; ++i) {
    if (std::isnan(rewards[i])) continue;
    const double deviation = static_cast<double>(rewards[i]) - mean;
    squares += deviation * deviation;
  }
  return {mean, std::sqrt(squares / static_cast<double>(biased ? scored : scored - 1))};
}

void group_advantages(const rrft_group_advantages_args& args) {
  const bool biased = args.biased_std != 0;
  const double epsilon = static_cast<double>(args.epsilon);
  const double batch_std =
      args.scale == RRFT_SCALE_BATCH_STD ? spread(args.rewards, args.groups * args.group_size, biased).std : 0.0;
  int64_t without_spread = 0;
  for (int64_t group = 0; group < args.groups; ++group) {
    const float* rewards = args.rewards + group * args.group_size;
    float* advantages = args.advantages + group * args.group_size;
    const Spread own = spread(rewards, args.group_size, biased);
    double divisor = 1.0;
    if (args.scale == RRFT_SCALE_GROUP_STD) divisor = own.std + epsilon;
    if (args.scale == RRFT_SCALE_BATCH_STD) divisor = batch_std + epsilon;
    for (int64_t i = 0; i < args.group_size; ++i) {
      const double centred = std::isnan(rewards[i]) ? 0.0 : static_cast<double>(rewards[i]) - own.mean;
      // Without the test, equal rewards and epsilon 0 would give 0 / 0.
      advantages[i] = centred == 0 ? 0.0f : static_cast<float>(centred / divisor);
    }
    if (own.std < kZeroSpread) ++without_spread;
    if (args.group_mean != nullptr) args.group_mean[group] = static_cast<float>(own.mean);
    if (args.group_std != nullptr) args.group_std[group] = static_cast<float>(own.std);
  }
  if (args.zero_spread_fraction != nullptr) {
    *args.zero_spread_fraction =
        args.groups > 0 ? static_cast<double>(without_spread) / static_cast<double>(args.groups) : 0.0;
  }
}

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_group_advantages(const rrft_group_advantages_args* args) {
  constexpr const char* kOperation = "rrft_cpu_group_advantages";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_group_advantages_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::validate_rewards(kOperation, *args)) return status;
    rrft::cpu::group_advantages(*args);
    return RRFT_OK;
  });
}
