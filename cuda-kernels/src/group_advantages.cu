// group_advantages: rewards (groups, G) to advantages. A few thousand numbers at most: one block, a thread per group, the
// deviations summed from the mean in double. One reward per completion, neighbouring groups, and the baselines and scales
// that the group and the standard deviation of the batch suffice for; the rest is refused.
#include "reasonrft/cuda/block.cuh"
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/kernels_cuda.h"
#include "rewards.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

constexpr int kThreads = 256;

struct Sums {
  double scored;
  double sum;
};

__device__ Sums sum_rewards(const float* rewards, int64_t size) {
  Sums sums = {0, 0};
  for (int64_t i = 0; i < size; ++i) {
    if (isnan(rewards[i])) continue;
    sums.scored += 1;
    sums.sum += static_cast<double>(rewards[i]);
  }
  return sums;
}

__device__ double sum_squares(const float* rewards, int64_t size, double mean) {
  double squares = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double deviation = static_cast<double>(rewards[i]) - mean;
    if (!isnan(rewards[i])) squares += deviation * deviation;
  }
  return squares;
}

__device__ double standard_deviation(double squares, double scored, bool biased) {
  return scored < 2 ? 0.0 : sqrt(squares / (biased ? scored : scored - 1));
}

__global__ void __launch_bounds__(kThreads) group_advantages(rrft_group_advantages_args args) {
  const bool biased = args.biased_std != 0;
  const int64_t size = args.group_size;
  double batch_std = 0;
  if (args.scale == RRFT_SCALE_BATCH_STD) {
    Sums own = {0, 0};
    for (int64_t group = threadIdx.x; group < args.groups; group += blockDim.x) {
      const Sums sums = sum_rewards(args.rewards + group * size, size);
      own.scored += sums.scored;
      own.sum += sums.sum;
    }
    const double scored = block_reduce(own.scored, Sum{}, 0.0);
    const double mean = block_reduce(own.sum, Sum{}, 0.0) / scored;
    double squares = 0;
    for (int64_t group = threadIdx.x; group < args.groups; group += blockDim.x)
      squares += sum_squares(args.rewards + group * size, size, mean);
    batch_std = standard_deviation(block_reduce(squares, Sum{}, 0.0), scored, biased);
  }
  double without_spread = 0;
  for (int64_t group = threadIdx.x; group < args.groups; group += blockDim.x) {
    const float* rewards = args.rewards + group * size;
    const Sums sums = sum_rewards(rewards, size);
    const double mean = sums.sum / sums.scored;
    const double own_std = standard_deviation(sum_squares(rewards, size, mean), sums.scored, biased);
    double divisor = 1;
    if (args.scale == RRFT_SCALE_GROUP_STD) divisor = own_std + static_cast<double>(args.epsilon);
    if (args.scale == RRFT_SCALE_BATCH_STD) divisor = batch_std + static_cast<double>(args.epsilon);
    // The mean of the others is n / (n - 1) times as far away as the mean of all.
    double stretch = 1;
    if (args.baseline == RRFT_BASELINE_LEAVE_ONE_OUT) stretch = sums.scored > 1 ? sums.scored / (sums.scored - 1) : 0.0;
    const double base = args.baseline == RRFT_BASELINE_NONE ? 0.0 : mean;
    for (int64_t i = 0; i < size; ++i) {
      const double centred = isnan(rewards[i]) ? 0.0 : (static_cast<double>(rewards[i]) - base) * stretch;
      args.advantages[group * size + i] = centred == 0 || divisor == 0 ? 0.0f : static_cast<float>(centred / divisor);
    }
    without_spread += own_std < kZeroSpread;
    if (args.group_mean != nullptr) args.group_mean[group] = static_cast<float>(mean);
    if (args.group_std != nullptr) args.group_std[group] = static_cast<float>(own_std);
  }
  without_spread = block_reduce(without_spread, Sum{}, 0.0);
  if (threadIdx.x == 0 && args.zero_spread_fraction != nullptr)
    *args.zero_spread_fraction = args.groups > 0 ? without_spread / static_cast<double>(args.groups) : 0.0;
}

// What the struct may say and this backend has no kernel for.
rrft_status check_supported(const char* operation, const rrft_group_advantages_args& args) {
  const char* refused = nullptr;
  if (groups_by_id(args)) refused = "group_ids";
  if (reward_count(args) != 1) refused = "a reward_count above 1";
  if (args.reward_weights != nullptr) refused = "reward_weights";
  if (completion_stride(args) != 1) refused = "a completion_stride other than 1";
  if (args.baseline != RRFT_BASELINE_GROUP_MEAN && args.baseline != RRFT_BASELINE_LEAVE_ONE_OUT &&
      args.baseline != RRFT_BASELINE_NONE)
    refused = "baselines but RRFT_BASELINE_GROUP_MEAN (0), _LEAVE_ONE_OUT (1) and _NONE (3)";
  if (args.scale > RRFT_SCALE_BATCH_STD) refused = "RRFT_SCALE_BATCH_WHITENING (3) and RRFT_SCALE_TOKEN_WHITENING (4)";
  if (refused == nullptr) return RRFT_OK;
  return fail(RRFT_ERROR_UNAVAILABLE, operation, "the CUDA backend does not do %s, wanted a call of rrft_cpu_group_advantages",
              refused);
}

}  // namespace
}  // namespace rrft::cuda

rrft_status rrft_cuda_group_advantages(const rrft_group_advantages_args* args, void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_group_advantages";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_group_advantages_arguments(kOperation, args)) return status;
    if (const rrft_status status = check_supported(kOperation, *args)) return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    return launch(kOperation, group_advantages, 1, kThreads, stream, *args);
  });
}
