// group_advantages: rewards of groups of completions to advantages in one launch of one block, a thread per group.
//
// A few thousand numbers at most, a few microseconds. Groups by id are chained first: each completion looks for the
// next one with its id, so members keep their order and a group's sums do not depend on what lies between them. Threads
// leave C in the workspace, whose statistics over the batch do not depend on the order of groups either
// (batch_spread.cuh). Double precision throughout; bytes: 4 read and 4 written per completion and reward, and 8 to 13
// of workspace, from cache.
#include <algorithm>

#include "reasonrft/cuda/batch_spread.cuh"
#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/cuda/workspace.cuh"
#include "reasonrft/kernels_cuda.h"
#include "rewards.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

constexpr int kThreads = 512;  // at most; no result depends on how many
constexpr int kNobody = -1;

// The call, with the defaults of its struct filled in (rewards.h).
struct Rewards {
  rrft_group_advantages_args args;
  int64_t completions;
  int64_t reward_count;
  int64_t reward_stride;
  int64_t completion_stride;
  double* centred;     // (N), NaN: unscored
  int32_t* following;  // (N), the next completion of the group, by id
  uint8_t* follows;    // (N), whether there is one before

  explicit Rewards(const rrft_group_advantages_args& a, Workspace& workspace)
      : args(a),
        completions(rrft::completion_count(a)),
        reward_count(rrft::reward_count(a)),
        reward_stride(rrft::reward_stride(a)),
        completion_stride(rrft::completion_stride(a)),
        centred(workspace.take<double>(completions)),
        following(workspace.take<int32_t>(groups_by_id(a) ? completions : 0)),
        follows(workspace.take<uint8_t>(groups_by_id(a) ? completions : 0)) {}

  __device__ bool by_id() const { return args.group_ids != nullptr; }
  __device__ double epsilon() const { return static_cast<double>(args.epsilon); }
  __device__ double length(int64_t i) const { return static_cast<double>(args.lengths[i]); }
  __device__ double weight(int64_t k) const {
    return args.reward_weights != nullptr ? static_cast<double>(args.reward_weights[k]) : 1.0;
  }
  __device__ double reward(int64_t k, int64_t i) const {
    return static_cast<double>(args.rewards[k * reward_stride + i * completion_stride]);
  }
  // R_i = nansum_k w_k r_ki; NaN: unscored.
  __device__ double total(int64_t i) const {
    double total = NAN;
    for (int64_t k = 0; k < reward_count; ++k) {
      const double term = weight(k) * reward(k, i);
      if (!isnan(term)) total = isnan(total) ? term : total + term;
    }
    return total;
  }
};

// visit(i) for the completions of the group that `first` is the first of.
template <typename Visit>
__device__ void for_each_member(const Rewards& rewards, int64_t first, const Visit& visit) {
  if (rewards.by_id()) {
    for (int64_t i = first; i != kNobody; i = rewards.following[i]) visit(i);
  } else {
    for (int64_t i = first; i < first + rewards.args.group_size; ++i) visit(i);
  }
}

struct GroupStatistics {
  double count;
  double mean;  // NaN of nothing
  double std;
  double smallest;
  double largest;
};

// Of value(i) over the members for which it is no NaN.
template <typename Value>
__device__ GroupStatistics measure(const Rewards& rewards, int64_t first, const Value& value) {
  double count = 0, sum = 0, squares = 0, smallest = kInfinity, largest = -kInfinity;
  for_each_member(rewards, first, [&](int64_t i) {
    const double x = value(i);
    if (isnan(x)) return;
    count += 1;
    sum += x;
    smallest = fmin(smallest, x);
    largest = fmax(largest, x);
  });
  // Rounding must not take the mean out of the range of the rewards: equal ones equal their mean.
  const double mean = count > 0 ? fmin(fmax(sum / count, smallest), largest) : kNaN;
  for_each_member(rewards, first, [&](int64_t i) {
    const double deviation = value(i) - mean;
    if (!isnan(deviation)) squares += deviation * deviation;
  });
  return {count, mean, count < 2 ? 0.0 : sqrt(squares / (rewards.args.biased_std != 0 ? count : count - 1)), smallest,
          largest};
}

__device__ double length_weighted_mean(const Rewards& rewards, int64_t first, const GroupStatistics& group) {
  double sum = 0, tokens = 0;
  for_each_member(rewards, first, [&](int64_t i) {
    const double x = rewards.total(i);
    if (isnan(x)) return;
    sum += rewards.length(i) * x;
    tokens += rewards.length(i);
  });
  return tokens > 0 ? fmin(fmax(sum / tokens, group.smallest), group.largest) : kNaN;
}

// Of two that are best, the second is as good as the first.
__device__ double second_largest(const Rewards& rewards, int64_t first) {
  double largest = -kInfinity, second = -INFINITY;
  for_each_member(rewards, first, [&](int64_t i) {
    const double x = rewards.total(i);
    if (x > second) second = x > largest ? largest : x;
    if (x > largest) largest = x;
  });
  return second;
}

__device__ double quotient(double numerator, double divisor) { return divisor == 0 ? 0.0 : numerator / divisor; }

// C = nansum_k w_k (r_k - mean_gk) / (std_gk + epsilon): GDPO (arXiv:2601.05242).
__device__ void centre_each_reward(const Rewards& rewards, int64_t first) {
  for_each_member(rewards, first, [&](int64_t i) { rewards.centred[i] = NAN; });
  for (int64_t k = 0; k < rewards.reward_count; ++k) {
    const GroupStatistics column = measure(rewards, first, [&](int64_t i) { return rewards.reward(k, i); });
    for_each_member(rewards, first, [&](int64_t i) {
      const double term =
          rewards.weight(k) * quotient(rewards.reward(k, i) - column.mean, column.std + rewards.epsilon());
      double& centred = rewards.centred[i];
      if (!isnan(rewards.reward(k, i))) centred = isnan(centred) ? term : centred + term;
    });
  }
}

// C of a group's completions, already divided where the scale is the group's.
__device__ void centre(const Rewards& rewards, int64_t first, const GroupStatistics& group) {
  double base = group.mean, stretch = 1;
  switch (rewards.args.baseline) {
    case RRFT_BASELINE_EACH_REWARD: return centre_each_reward(rewards, first);
    case RRFT_BASELINE_NONE: base = 0; break;
    // The mean of the others is n / (n - 1) times as far away as the mean of all.
    case RRFT_BASELINE_LEAVE_ONE_OUT: stretch = group.count > 1 ? group.count / (group.count - 1) : 0.0; break;
    case RRFT_BASELINE_LENGTH_WEIGHTED: base = length_weighted_mean(rewards, first, group); break;
    case RRFT_BASELINE_SECOND_BEST: base = group.count > 1 ? second_largest(rewards, first) : group.largest; break;
    default: break;
  }
  if (isnan(base)) base = stretch = 0;
  if (rewards.args.scale == RRFT_SCALE_GROUP_STD) stretch = quotient(stretch, group.std + rewards.epsilon());
  const bool best_only = rewards.args.baseline == RRFT_BASELINE_SECOND_BEST;
  for_each_member(rewards, first, [&](int64_t i) {
    const double own = rewards.total(i);
    rewards.centred[i] = best_only && own < group.largest ? 0.0 : (own - base) * stretch;
  });
}

// Each completion looks for the next one with its id.
__device__ void chain_by_id(const Rewards& rewards) {
  const int64_t* const ids = rewards.args.group_ids;
  for (int64_t i = threadIdx.x; i < rewards.completions; i += blockDim.x) rewards.follows[i] = 0;
  __syncthreads();
  for (int64_t i = threadIdx.x; i < rewards.completions; i += blockDim.x) {
    const int64_t id = __ldg(ids + i);
    int64_t next = i + 1;
    while (next < rewards.completions && __ldg(ids + next) != id) ++next;
    rewards.following[i] = next < rewards.completions ? static_cast<int32_t>(next) : kNobody;
    if (next < rewards.completions) rewards.follows[next] = 1;
  }
  __syncthreads();
}

__global__ void __launch_bounds__(kThreads, 1) group_advantages(const __grid_constant__ Rewards rewards) {
  const rrft_group_advantages_args& args = rewards.args;
  const int64_t first = threadIdx.x, step = blockDim.x;
  if (rewards.by_id()) chain_by_id(rewards);

  double groups = 0, without_spread = 0;
  const auto visit_group = [&](int64_t leader, int64_t number) {
    const GroupStatistics group = measure(rewards, leader, [&](int64_t i) { return rewards.total(i); });
    centre(rewards, leader, group);
    groups += 1;
    without_spread += group.std < kZeroSpread;
    const auto report = [&](int64_t place) {
      if (args.group_mean != nullptr) args.group_mean[place] = static_cast<float>(group.mean);
      if (args.group_std != nullptr) args.group_std[place] = static_cast<float>(group.std);
    };
    if (rewards.by_id())
      for_each_member(rewards, leader, report);
    else
      report(number);
  };
  if (rewards.by_id()) {
    for (int64_t i = first; i < rewards.completions; i += step)
      if (rewards.follows[i] == 0) visit_group(i, i);
  } else {
    for (int64_t group = first; group < args.groups; group += step) visit_group(group * args.group_size, group);
  }
  groups = block_reduce(groups, Sum{}, 0.0);
  without_spread = block_reduce(without_spread, Sum{}, 0.0);
  if (threadIdx.x == 0 && args.zero_spread_fraction != nullptr)
    *args.zero_spread_fraction = quotient(without_spread, groups);
  __syncthreads();

  const auto one = [](int64_t) { return 1.0; };
  const auto total = [&](int64_t i) { return rewards.total(i); };
  const auto centred = [&](int64_t i) { return rewards.centred[i]; };
  const bool biased = args.biased_std != 0;
  double mean = 0, divisor = 1;
  if (args.scale == RRFT_SCALE_BATCH_STD) {
    divisor = sqrt(batch_spread(rewards.completions, biased, total, one).variance) + rewards.epsilon();
  } else if (args.scale == RRFT_SCALE_BATCH_WHITENING) {
    const BatchSpread batch = batch_spread(rewards.completions, biased, centred, one);
    mean = batch.mean, divisor = sqrt(batch.variance) + rewards.epsilon();
  } else if (args.scale == RRFT_SCALE_TOKEN_WHITENING) {
    const BatchSpread tokens =
        batch_spread(rewards.completions, biased, centred, [&](int64_t i) { return rewards.length(i); });
    mean = tokens.mean, divisor = sqrt(tokens.variance + rewards.epsilon());
  }
  if (isnan(mean)) mean = divisor = 0;  // nothing was scored, or has a token
  for (int64_t i = first; i < rewards.completions; i += step) {
    const double value = quotient(rewards.centred[i] - mean, divisor);
    args.advantages[i] = isnan(rewards.centred[i]) && isnan(rewards.total(i)) ? 0.0f : static_cast<float>(value);
  }
}

// Numbers of completions are chained as 32 bits.
rrft_status validate(const char* operation, const rrft_group_advantages_args* args) {
  if (const rrft_status status = validate_group_advantages_arguments(operation, args)) return status;
  if (!groups_by_id(*args) || args->completions <= INT32_MAX) return RRFT_OK;
  return fail(RRFT_ERROR_SHAPE, operation, "completions is %lld, wanted at most %d with group_ids",
              static_cast<long long>(args->completions), INT32_MAX);
}

}  // namespace
}  // namespace rrft::cuda

int64_t rrft_cuda_group_advantages_workspace(const rrft_group_advantages_args* args) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_group_advantages_workspace";
  if (const rrft_status status = validate(kOperation, args)) return status;
  Workspace workspace(nullptr);
  Rewards(*args, workspace);
  return workspace.bytes();
}

rrft_status rrft_cuda_group_advantages(const rrft_group_advantages_args* args, void* workspace, int64_t workspace_bytes,
                                       void* stream, int32_t device) {
  using namespace rrft::cuda;
  constexpr const char* kOperation = "rrft_cuda_group_advantages";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = validate(kOperation, args)) return status;
    Workspace taken(workspace);
    const Rewards rewards(*args, taken);
    if (const rrft_status status = check_workspace(kOperation, workspace, workspace_bytes, taken.bytes()))
      return status;
    const DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    const int64_t wanted = (rewards.completions + kWarp - 1) / kWarp * kWarp;
    const int threads = static_cast<int>(std::clamp<int64_t>(wanted, kWarp, kThreads));
    return launch(kOperation, group_advantages, {1, threads}, stream, rewards);
  });
}
