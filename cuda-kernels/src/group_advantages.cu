// group_advantages: rewards (groups, G) to advantages. A few thousand numbers at most: one block, a thread per group, the
// deviations summed from the mean in double.
#include "reasonrft/cuda/block.cuh"
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

constexpr int kThreads = 256;
constexpr double kZeroSpread = 1e-8;

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
    for (int64_t i = 0; i < size; ++i) {
      const double centred = isnan(rewards[i]) ? 0.0 : static_cast<double>(rewards[i]) - mean;
      args.advantages[group * size + i] = centred == 0 ? 0.0f : static_cast<float>(centred / divisor);
    }
    without_spread += own_std < kZeroSpread;
    if (args.group_mean != nullptr) args.group_mean[group] = static_cast<float>(mean);
    if (args.group_std != nullptr) args.group_std[group] = static_cast<float>(own_std);
  }
  without_spread = block_reduce(without_spread, Sum{}, 0.0);
  if (threadIdx.x == 0 && args.zero_spread_fraction != nullptr)
    *args.zero_spread_fraction = args.groups > 0 ? without_spread / static_cast<double>(args.groups) : 0.0;
}

}  // namespace
}  // namespace rrft::cuda

rrft_status rrft_cuda_group_advantages(const rrft_group_advantages_args* args, void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_group_advantages";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_group_advantages_arguments(kOperation, args)) return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    return launch(kOperation, group_advantages, 1, kThreads, stream, *args);
  });
}
