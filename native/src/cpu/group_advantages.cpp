// group_advantages: rewards of groups of completions to advantages.
//
// Group statistics in one or more sweeps over blocks of groups (group_kernels.h), double precision throughout.
// Estimators that know the group alone write advantages in the first sweep; the others leave C in a workspace of N
// doubles, whose batch statistics the last sweep divides by. Bytes: 4 read and 4 written per completion, from the cache
// for any batch of practical size. Threads share out blocks; no result depends on how, or on the order of groups.
#include <cmath>
#include <vector>

#include "../dispatch.h"
#include "../rewards.h"
#include "../status.h"
#include "../validate.h"
#include "completion_groups.h"
#include "group_kernels.h"
#include "thread_pool.h"

namespace rrft::cpu {
namespace {

constexpr int64_t kCompletionsPerPiece = 8192;  // some 4 us of work

class GroupAdvantages {
 public:
  GroupAdvantages(const rrft_group_advantages_args& args, const GroupKernels& kernels, int32_t threads)
      : args_(args),
        kernels_(kernels),
        groups_(args),
        completions_(completion_count(args)),
        biased_(args.biased_std != 0),
        epsilon_(static_cast<double>(args.epsilon)),
        plain_(reward_count(args) == 1 && args.reward_weights == nullptr && completion_stride(args) == 1),
        blocks_((groups_.count() + kBlockGroups - 1) / kBlockGroups),
        pieces_(std::min<int64_t>({threads, blocks_, 1 + completions_ / kCompletionsPerPiece})),
        block_doubles_(groups_.largest() * kBlockGroups),
        threads_(threads) {}

  void run() {
    const bool by_std = args_.scale == RRFT_SCALE_GROUP_STD;
    const bool each_reward = args_.baseline == RRFT_BASELINE_EACH_REWARD;
    const bool by_batch = each_reward || args_.scale > RRFT_SCALE_BATCH_STD;
    if (by_batch) batch_.assign(padded(), std::nan(""));
    const double factor = args_.scale == RRFT_SCALE_BATCH_STD ? inverse(batch_std() + epsilon_) : 1.0;
    workspace_.resize(static_cast<size_t>(pieces_ * 2 * block_doubles_));
    without_spread_.assign(static_cast<size_t>(pieces_), 0);

    parallel_for(pieces_, 1, threads_, [&](int64_t piece) {
      for (int64_t block = piece * blocks_ / pieces_; block < (piece + 1) * blocks_ / pieces_; ++block) {
        GroupBlock rewards = load(piece, block, [&](int64_t i) { return total_reward(args_, i); }, plain_);
        kernels_.measure(&rewards, biased_);
        report(piece, block, rewards);
        if (each_reward) {
          add_each_reward(piece, block);
          continue;
        }
        kernels_.centre(&rewards, {args_.baseline, by_std, epsilon_, factor});
        if (by_batch)
          for_each_value(piece, block, [&](int64_t i, double value) { batch_[static_cast<size_t>(i)] = value; });
        else if (in_lanes(block))
          kernels_.scatter(rewards.values, groups_.largest(),
                           args_.advantages + groups_.member(block * kBlockGroups, 0));
        else
          for_each_value(piece, block, [&](int64_t i, double value) { args_.advantages[i] = rounded(value); });
      }
    });
    if (by_batch) scale_batch();
    if (args_.zero_spread_fraction == nullptr) return;
    int64_t without_spread = 0;
    for (const int64_t count : without_spread_) without_spread += count;
    *args_.zero_spread_fraction =
        groups_.count() > 0 ? static_cast<double>(without_spread) / static_cast<double>(groups_.count()) : 0.0;
  }

 private:
  static double inverse(double divisor) { return divisor > 0 ? 1.0 / divisor : 0.0; }

  // Kernels that sweep over a batch take whole blocks.
  size_t padded() const { return static_cast<size_t>((completions_ + kBlockGroups - 1) / kBlockGroups * kBlockGroups); }

  // Of the R of the batch.
  double batch_std() {
    batch_.assign(padded(), std::nan(""));
    for (int64_t i = 0; i < completions_; ++i)
      batch_[static_cast<size_t>(i)] = plain_ ? static_cast<double>(args_.rewards[i]) : total_reward(args_, i);
    return std::sqrt(spread(false).variance);
  }

  BatchSpread spread(bool by_length) {
    if (by_length) weights_.assign(padded(), 0.0);
    for (int64_t i = 0; by_length && i < completions_; ++i)
      weights_[static_cast<size_t>(i)] = static_cast<double>(args_.lengths[i]);
    return kernels_.spread(batch_.data(), by_length ? weights_.data() : nullptr, static_cast<int64_t>(padded()),
                           biased_);
  }

  static float rounded(double advantage) { return advantage == advantage ? static_cast<float>(advantage) : 0.0f; }

  // Whether the block is kBlockGroups groups of neighbours, which a kernel moves.
  bool in_lanes(int64_t block) const { return groups_.neighbours() && groups_in(block) == kBlockGroups; }

  int64_t groups_in(int64_t block) const {
    return std::min<int64_t>(kBlockGroups, groups_.count() - block * kBlockGroups);
  }

  double* values(int64_t piece) { return workspace_.data() + piece * 2 * block_doubles_; }

  // Fills the piece's workspace with value(i) of the block's completions and, where the baseline needs them, lengths.
  template <typename Value>
  GroupBlock load(int64_t piece, int64_t block, const Value& value, bool plain) {
    double* const values = this->values(piece);
    double* const lengths = values + block_doubles_;
    const bool with_lengths = args_.baseline == RRFT_BASELINE_LENGTH_WEIGHTED;
    GroupBlock result;
    result.values = values;
    result.lengths = lengths;
    result.size = groups_.largest();
    if (plain && in_lanes(block) && !with_lengths) {
      kernels_.gather(args_.rewards + groups_.member(block * kBlockGroups, 0), groups_.largest(), values);
      return result;
    }
    int64_t longest = 0;
    for (int64_t lane = 0; lane < groups_in(block); ++lane)
      longest = std::max(longest, groups_.size(block * kBlockGroups + lane));
    for (int64_t lane = 0; lane < kBlockGroups; ++lane) {
      const int64_t group = block * kBlockGroups + lane;
      const int64_t size = lane < groups_in(block) ? groups_.size(group) : 0;
      for (int64_t j = 0; j < size; ++j) values[j * kBlockGroups + lane] = value(groups_.member(group, j));
      for (int64_t j = size; j < longest; ++j) values[j * kBlockGroups + lane] = std::nan("");
      for (int64_t j = 0; with_lengths && j < longest; ++j)
        lengths[j * kBlockGroups + lane] =
            j < size ? static_cast<double>(args_.lengths[groups_.member(group, j)]) : 0.0;
    }
    result.size = longest;
    return result;
  }

  template <typename Body>
  void for_each_value(int64_t piece, int64_t block, const Body& body) {
    const double* const values = this->values(piece);
    for (int64_t lane = 0; lane < groups_in(block); ++lane) {
      const int64_t group = block * kBlockGroups + lane;
      const int64_t size = groups_.size(group);
      for (int64_t j = 0; j < size; ++j) body(groups_.member(group, j), values[j * kBlockGroups + lane]);
    }
  }

  void report(int64_t piece, int64_t block, const GroupBlock& rewards) {
    const int lanes = static_cast<int>(groups_in(block));
    const int64_t first = block * kBlockGroups;
    const bool neighbours = groups_.neighbours();
    float mean[kBlockGroups], std[kBlockGroups];
    without_spread_[static_cast<size_t>(piece)] += kernels_.report(
        &rewards, lanes, kZeroSpread, neighbours ? place(args_.group_mean, first) : mean,
        neighbours ? place(args_.group_std, first) : std);
    if (neighbours) return;
    for (int lane = 0; lane < lanes; ++lane)
      for (int64_t j = 0; j < groups_.size(first + lane); ++j) {
        const int64_t i = groups_.member(first + lane, j);
        if (args_.group_mean != nullptr) args_.group_mean[i] = mean[lane];
        if (args_.group_std != nullptr) args_.group_std[i] = std[lane];
      }
  }

  static float* place(float* array, int64_t i) { return array != nullptr ? array + i : nullptr; }

  // C = nansum_k w_k (r_k - mean_gk) / (std_gk + epsilon); stays NaN where nothing scored.
  void add_each_reward(int64_t piece, int64_t block) {
    for (int64_t k = 0; k < reward_count(args_); ++k) {
      GroupBlock one = load(piece, block, [&](int64_t i) { return reward(args_, k, i); }, false);
      kernels_.measure(&one, biased_);
      kernels_.centre(&one, {RRFT_BASELINE_GROUP_MEAN, true, epsilon_, reward_weight(args_, k)});
      for_each_value(piece, block, [&](int64_t i, double value) {
        double& centred = batch_[static_cast<size_t>(i)];
        if (value == value) centred = centred == centred ? centred + value : value;
      });
    }
  }

  // C of the batch to advantages.
  void scale_batch() {
    double mean = 0;
    double factor = 1;
    if (args_.scale == RRFT_SCALE_TOKEN_WHITENING) {
      const BatchSpread tokens = spread(true);
      mean = tokens.mean;
      factor = inverse(std::sqrt(tokens.variance + epsilon_));
    } else if (args_.scale == RRFT_SCALE_BATCH_WHITENING) {
      const BatchSpread completions = spread(false);
      mean = completions.mean;
      factor = inverse(std::sqrt(completions.variance) + epsilon_);
    }
    const double* const centred = batch_.data();
    for (int64_t i = 0; i < completions_; ++i) args_.advantages[i] = rounded((centred[i] - mean) * factor);
  }

  const rrft_group_advantages_args& args_;
  const GroupKernels& kernels_;
  const CompletionGroups groups_;
  const int64_t completions_;
  const bool biased_;
  const double epsilon_;
  const bool plain_;  // one reward per completion, without a weight or a stride
  const int64_t blocks_;
  const int64_t pieces_;
  const int64_t block_doubles_;
  const int32_t threads_;
  std::vector<double> workspace_;        // per piece: values and lengths of a block
  std::vector<double> batch_;            // R or C of each completion, NaN: unscored
  std::vector<double> weights_;          // lengths of the completions
  std::vector<int64_t> without_spread_;  // groups of each piece
};

// Whether there is nothing in the arrays that validate_rewards() could refuse, in a fraction of its time.
bool has_finite_rewards_alone(const rrft_group_advantages_args& args, const GroupKernels& kernels) {
  return reward_count(args) == 1 && args.reward_weights == nullptr && completion_stride(args) == 1 &&
         !uses_lengths(args) && !kernels.any_infinite(args.rewards, completion_count(args));
}

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_group_advantages(const rrft_group_advantages_args* args) {
  constexpr const char* kOperation = "rrft_cpu_group_advantages";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_group_advantages_arguments(kOperation, args)) return status;
    const rrft::RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = rrft::cpu_backend(kOperation, args->threads, &kernels, &threads)) return status;
    if (!rrft::cpu::has_finite_rewards_alone(*args, *kernels->groups))
      if (const rrft_status status = rrft::validate_rewards(kOperation, *args)) return status;
    rrft::cpu::GroupAdvantages(*args, *kernels->groups, threads).run();
    return RRFT_OK;
  });
}
