// The specification of group_advantages: A = (R - mean_g) / (std + epsilon), NaN rewards left out of every statistic.
// DeepSeekMath (GRPO), equation under 4.1.2; Dr. GRPO drops the standard deviation.
#include <cmath>
#include <vector>

#include "../status.h"
#include "../validate.h"

namespace rrft::reference {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values, bool biased) {
  if (values.size() < 2) return 0;
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(biased ? values.size() : values.size() - 1));
}

std::vector<double> scored(const float* rewards, int64_t size) {
  std::vector<double> result;
  for (int64_t i = 0; i < size; ++i)
    if (!std::isnan(rewards[i])) result.push_back(static_cast<double>(rewards[i]));
  return result;
}

void run(const rrft_group_advantages_args& args) {
  const int64_t size = args.group_size;
  double groups_without_spread = 0;
  for (int64_t group = 0; group < args.groups; ++group) {
    const std::vector<double> own = scored(args.rewards + group * size, size);
    const double own_std = standard_deviation(own, args.biased_std != 0);
    double scale = 1;
    if (args.scale == RRFT_SCALE_GROUP_STD) scale = own_std + static_cast<double>(args.epsilon);
    if (args.scale == RRFT_SCALE_BATCH_STD)
      scale = standard_deviation(scored(args.rewards, args.groups * size), args.biased_std != 0) +
              static_cast<double>(args.epsilon);
    for (int64_t i = group * size; i < (group + 1) * size; ++i) {
      const double centred = std::isnan(args.rewards[i]) ? 0 : static_cast<double>(args.rewards[i]) - mean(own);
      args.advantages[i] = static_cast<float>(centred == 0 ? 0 : centred / scale);
    }
    if (own_std < 1e-8) ++groups_without_spread;
    if (args.group_mean != nullptr) args.group_mean[group] = static_cast<float>(mean(own));
    if (args.group_std != nullptr) args.group_std[group] = static_cast<float>(own_std);
  }
  if (args.zero_spread_fraction != nullptr)
    *args.zero_spread_fraction = args.groups == 0 ? 0 : groups_without_spread / static_cast<double>(args.groups);
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
