// group_advantages: numbers worked by hand, the special groups, laws, and the CPU backend against the reference.
#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

using Args = rrft_group_advantages_args;
using Operation = rrft_status (*)(const Args*);
constexpr Operation kBackends[] = {rrft_reference_group_advantages, rrft_cpu_group_advantages};

struct Estimator {
  int32_t baseline;
  int32_t scale;
};

// Every pair that is allowed.
std::vector<Estimator> estimators() {
  std::vector<Estimator> all;
  for (int32_t baseline = RRFT_BASELINE_GROUP_MEAN; baseline <= RRFT_BASELINE_EACH_REWARD; ++baseline)
    for (int32_t scale = RRFT_SCALE_GROUP_STD; scale <= RRFT_SCALE_TOKEN_WHITENING; ++scale)
      if (baseline != RRFT_BASELINE_EACH_REWARD || (scale != RRFT_SCALE_GROUP_STD && scale != RRFT_SCALE_BATCH_STD))
        all.push_back({baseline, scale});
  return all;
}

// A call with room for its results. `rewards` is (K, N); without ids, groups of `size`.
struct Problem {
  int64_t size;
  std::vector<float> rewards;
  std::vector<int64_t> lengths, ids;
  std::vector<float> weights;
  int64_t reward_count = 1;
  Estimator estimator = {RRFT_BASELINE_GROUP_MEAN, RRFT_SCALE_GROUP_STD};
  float epsilon = 1e-4f;
  int32_t biased = 0;
  int32_t threads = 1;
  std::vector<float> advantages = {}, mean = {}, std = {};
  double zero_spread = -1;

  int64_t completions() const { return static_cast<int64_t>(rewards.size()) / reward_count; }
  int64_t groups() const { return completions() / size; }

  Args args() {
    const bool by_id = !ids.empty();
    advantages.assign(static_cast<size_t>(completions()), kGuard);
    mean.assign(static_cast<size_t>(by_id ? completions() : groups()), kGuard);
    std = mean;
    Args a{};
    a.struct_size = sizeof a;
    a.groups = by_id ? 0 : groups();
    a.group_size = by_id ? 0 : size;
    a.completions = by_id ? completions() : 0;
    a.group_ids = by_id ? ids.data() : nullptr;
    a.rewards = rewards.data();
    a.reward_count = reward_count;
    a.reward_weights = weights.empty() ? nullptr : weights.data();
    a.lengths = lengths.empty() ? nullptr : lengths.data();
    a.baseline = estimator.baseline;
    a.scale = estimator.scale;
    a.biased_std = biased;
    a.epsilon = epsilon;
    a.threads = threads;
    a.advantages = advantages.data();
    a.group_mean = mean.data();
    a.group_std = std.data();
    a.zero_spread_fraction = &zero_spread;
    return a;
  }

  void run(Operation operation) {
    const Args a = args();
    CHECK_OK(operation(&a));
  }

  void expect(Operation operation, const std::vector<double>& wanted) {
    run(operation);
    CHECK(wanted.size() == advantages.size());
    for (size_t i = 0; i < wanted.size(); ++i)
      CHECK_THAT(close(advantages[i], wanted[i], 1e-7, 1e-6),
                 "baseline %d scale %d: advantage %zu is %.9g, wanted %.9g", estimator.baseline, estimator.scale, i,
                 static_cast<double>(advantages[i]), wanted[i]);
  }
};

Problem problem(int64_t size, std::vector<float> rewards, Estimator estimator, float epsilon = 0) {
  Problem p{size, std::move(rewards), {}, {}, {}};
  p.estimator = estimator;
  p.epsilon = epsilon;
  return p;
}

// Zero after `rewards`: the GRPO of one reward that the struct meant before it could say more.
void zero_is_grpo(Operation run) {
  const float rewards[] = {1, 0, 0, 1};
  float advantages[4];
  Args a{};
  a.struct_size = sizeof a;
  a.groups = 1;
  a.group_size = 4;
  a.rewards = rewards;
  a.advantages = advantages;
  CHECK_OK(run(&a));
  CHECK_CLOSE(advantages[0], std::sqrt(0.75), 0, 1e-6);  // 0.5 / sqrt(4 * 0.25 / 3)
  CHECK(advantages[1] == -advantages[0]);
}

void grpo_and_its_scales(Operation run) {
  Problem p = problem(4, {1, 0, 0, 1, 2, 2, 2, 2}, {RRFT_BASELINE_GROUP_MEAN, RRFT_SCALE_GROUP_STD}, 1e-4f);
  const double grpo = 0.5 / (std::sqrt(1.0 / 3) + 1e-4);
  p.expect(run, {grpo, -grpo, -grpo, grpo, 0, 0, 0, 0});
  CHECK_CLOSE(p.std[0], std::sqrt(1.0 / 3), 0, 1e-7);
  CHECK(p.mean[0] == 0.5f && p.mean[1] == 2 && p.std[1] == 0 && p.zero_spread == 0.5);

  p.epsilon = 0;
  p.biased = 1;
  p.expect(run, {1, -1, -1, 1, 0, 0, 0, 0});  // std 0.5; and 0 rather than 0 / 0
  p.biased = 0;
  p.estimator.scale = RRFT_SCALE_NONE;
  p.expect(run, {0.5, -0.5, -0.5, 0.5, 0, 0, 0, 0});
  p.estimator.scale = RRFT_SCALE_BATCH_STD;
  p.epsilon = 1e-4f;
  // All rewards: mean 1.25, squares 2 * 0.0625 + 2 * 1.5625 + 4 * 0.5625 = 5.5.
  const double batch = 0.5 / (std::sqrt(5.5 / 7) + 1e-4);
  p.expect(run, {batch, -batch, -batch, batch, 0, 0, 0, 0});
}

void baselines(Operation run) {
  problem(3, {1, 2, 3}, {RRFT_BASELINE_LEAVE_ONE_OUT, RRFT_SCALE_NONE}).expect(run, {-1.5, 0, 1.5});  // 1 - (2 + 3) / 2
  problem(3, {1, kNaN, 3}, {RRFT_BASELINE_LEAVE_ONE_OUT, RRFT_SCALE_NONE}).expect(run, {-2, 0, 2});

  Problem opo = problem(2, {1, 0, 5, 5}, {RRFT_BASELINE_LENGTH_WEIGHTED, RRFT_SCALE_NONE});
  opo.lengths = {3, 1, 7, 2};
  opo.expect(run, {0.25, -0.75, 0, 0});  // baseline 3 / 4
  opo.lengths = {0, 0, 1, 0};
  opo.expect(run, {0, 0, 0, 0});  // no tokens, no baseline
  opo.rewards = {1, 0, kNaN, 5};
  opo.lengths = {0, 2, 9, 4};
  opo.expect(run, {1, 0, 0, 0});

  // Mean 1.625, squares 0.390625 + 2.640625 + 1.890625 + 0.765625 = 5.6875.
  const double lead = 0.5 / (std::sqrt(5.6875 / 3) + 1e-6);
  problem(4, {1, 0, 3, 2.5f}, {RRFT_BASELINE_SECOND_BEST, RRFT_SCALE_GROUP_STD}, 1e-6f).expect(run, {0, 0, lead, 0});
  problem(3, {2, kNaN, -1}, {RRFT_BASELINE_SECOND_BEST, RRFT_SCALE_NONE}).expect(run, {3, 0, 0});
  problem(3, {4, 1, 4}, {RRFT_BASELINE_SECOND_BEST, RRFT_SCALE_NONE}).expect(run, {0, 0, 0});  // two are best
  problem(2, {-3, kNaN}, {RRFT_BASELINE_SECOND_BEST, RRFT_SCALE_NONE}).expect(run, {0, 0});    // nobody is second
}

void whitening(Operation run) {
  // C = -1, 1, -2, 2; five tokens, sum -1 + 2 - 2 + 2 = 1, mean 0.2, squares 1.44 + 2 * 0.64 + 4.84 + 3.24 = 10.8.
  Problem p = problem(2, {1, 3, 0, 4}, {RRFT_BASELINE_GROUP_MEAN, RRFT_SCALE_TOKEN_WHITENING}, 0.3f);
  p.lengths = {1, 2, 1, 1};
  const double root = std::sqrt(10.8 / 4 + 0.3);
  p.expect(run, {-1.2 / root, 0.8 / root, -2.2 / root, 1.8 / root});
  p.biased = 1;
  const double biased = std::sqrt(10.8 / 5 + 0.3);
  p.expect(run, {-1.2 / biased, 0.8 / biased, -2.2 / biased, 1.8 / biased});
  // Without a baseline all four move up by 2, and whitening takes that out: mean 11 / 5.
  p.biased = 0;
  p.estimator.baseline = RRFT_BASELINE_NONE;
  p.expect(run, {-1.2 / root, 0.8 / root, -2.2 / root, 1.8 / root});
  p.lengths = {0, 0, 0, 0};
  p.expect(run, {0, 0, 0, 0});
  p.lengths = {0, 0, 1, 0};  // the one token is the mean, and has no variance
  p.epsilon = 0.25f;
  p.expect(run, {2, 6, 0, 8});

  // Leave one out: C = -2, 2, -4, 4 with variance 40 / 3.
  const double std = std::sqrt(40.0 / 3) + 0.5;
  problem(2, {1, 3, 0, 4}, {RRFT_BASELINE_LEAVE_ONE_OUT, RRFT_SCALE_BATCH_WHITENING}, 0.5f)
      .expect(run, {-2 / std, 2 / std, -4 / std, 4 / std});
  // REINFORCE with a baseline of 0 keeps a mean to take out: rewards 1, 3, 8, mean 4, variance 13.
  problem(3, {1, 3, 8}, {RRFT_BASELINE_NONE, RRFT_SCALE_BATCH_WHITENING})
      .expect(run, {-3 / std::sqrt(13.0), -1 / std::sqrt(13.0), 4 / std::sqrt(13.0)});
}

void several_rewards(Operation run) {
  // R = 1, 2, unscored, 0 + 2 * 0.5 = 1.
  Problem p = problem(4, {1, kNaN, kNaN, 0, kNaN, 1, kNaN, 0.5f}, {RRFT_BASELINE_GROUP_MEAN, RRFT_SCALE_NONE});
  p.reward_count = 2;
  p.weights = {1, 2};
  p.expect(run, {-1.0 / 3, 2.0 / 3, 0, -1.0 / 3});
  CHECK_CLOSE(p.mean[0], 4.0 / 3, 0, 1e-7);

  // Every reward is +-1/sqrt(2) away from its mean in units of its own std (or 0 where both are 1), whatever its range:
  // C = -+1/sqrt(2) +- 0.5/sqrt(2) in the first group, 0 -+ 0.5/sqrt(2) in the second; variance 4 / 8 / 3.
  Problem gdpo = problem(2, {0, 2, 1, 1, 3, 1, 0, 400}, {RRFT_BASELINE_EACH_REWARD, RRFT_SCALE_BATCH_WHITENING});
  gdpo.reward_count = 2;
  gdpo.weights = {1, 0.5f};
  const double root = std::sqrt(3.0) / 2;
  gdpo.expect(run, {-root, root, -root, root});
  gdpo.estimator.scale = RRFT_SCALE_NONE;
  const double half = 0.5 / std::sqrt(2.0);
  gdpo.expect(run, {-half, half, -half, half});
  gdpo.rewards = {0, 2, kNaN, 7, 3, kNaN, kNaN, 7};
  gdpo.weights.clear();
  gdpo.expect(run, {-2 * half, 2 * half, 0, 0});  // a reward with one score in its group says nothing

  // (N, K) in memory is the same call with other strides.
  Problem rows = problem(2, {0, 3, 2, 1, 1, 0, 1, 400}, {RRFT_BASELINE_EACH_REWARD, RRFT_SCALE_BATCH_WHITENING});
  rows.reward_count = 2;
  rows.weights = {1, 0.5f};
  Args a = rows.args();
  a.reward_stride = 1;
  a.completion_stride = 2;
  CHECK_OK(run(&a));
  CHECK_CLOSE(rows.advantages[0], -root, 0, 1e-6);
  CHECK_CLOSE(rows.advantages[3], root, 0, 1e-6);

  // Every second number of one reward.
  Problem gaps = problem(2, {1, kNaN, 2, kInfinity}, {RRFT_BASELINE_GROUP_MEAN, RRFT_SCALE_NONE});
  a = gaps.args();
  a.groups = 1;
  a.completion_stride = 2;
  CHECK_OK(run(&a));
  CHECK(gaps.advantages[0] == -0.5f && gaps.advantages[1] == 0.5f && gaps.advantages[2] == kGuard);
}

void groups_by_id(Operation run) {
  Problem p = problem(0, {1, 0, 2, 3, 5, 9}, {RRFT_BASELINE_GROUP_MEAN, RRFT_SCALE_NONE});
  p.ids = {7, -3, 7, 7, -3, int64_t{1} << 62};
  p.expect(run, {-1, -2.5, 0, 1, 2.5, 0});
  CHECK(p.mean[0] == 2 && p.mean[1] == 2.5f && p.mean[3] == 2 && p.mean[5] == 9);
  CHECK(p.std[0] == 1 && p.std[2] == 1 && p.std[5] == 0);
  CHECK_CLOSE(p.zero_spread, 1.0 / 3, 0, 1e-15);
}

void special_groups(Operation run) {
  for (const Estimator estimator : estimators()) {
    Problem singles = problem(1, {5, -1, kNaN}, estimator);
    singles.lengths = {2, 2, 2};
    singles.run(run);
    CHECK(singles.zero_spread == 1 && singles.mean[0] == 5 && std::isnan(singles.mean[2]) && singles.std[2] == 0);
    CHECK(singles.advantages[2] == 0);
    // Alone in its group a completion is as good as its group; without a baseline it is what it is.
    if (estimator.baseline != RRFT_BASELINE_NONE) CHECK(singles.advantages[0] == 0 && singles.advantages[1] == 0);
    if (estimator.baseline == RRFT_BASELINE_NONE && estimator.scale == RRFT_SCALE_NONE)
      CHECK(singles.advantages[0] == 5);

    Problem unscored = problem(3, {1, kNaN, 3, kNaN, kNaN, 4, kNaN, kNaN, kNaN}, estimator);
    unscored.lengths = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    unscored.run(run);
    CHECK(unscored.mean[0] == 2 && unscored.mean[1] == 4 && std::isnan(unscored.mean[2]));
    for (const size_t i : {1u, 3u, 4u, 6u, 7u, 8u}) CHECK(unscored.advantages[i] == 0);
    CHECK(std::isfinite(unscored.advantages[0]) && unscored.advantages[0] != unscored.advantages[2]);

    // n x / n is not x in double for some n; equal rewards have no spread all the same, at epsilon 0 too.
    for (int64_t groups = 1; groups < 24; ++groups) {
      Problem equal = problem(5, {}, estimator);
      for (const float reward : {0.7f, 0.3f, 1.1f})
        equal.rewards.insert(equal.rewards.end(), static_cast<size_t>(5 * groups), reward);
      equal.reward_count = 3;
      equal.weights = {0.1f, 1.7f, 13.3f};
      for (int64_t i = 0; i < 5 * groups; ++i) equal.lengths.push_back(1 + i % 6);
      equal.run(run);
      CHECK(equal.zero_spread == 1);
      const bool raw = estimator.baseline == RRFT_BASELINE_NONE && estimator.scale == RRFT_SCALE_NONE;
      for (const float a : equal.advantages) CHECK_CLOSE(a, raw ? 0.7 * 0.1 + 0.3 * 1.7 + 1.1 * 13.3 : 0, 0, 1e-6);
    }

    for (const bool by_id : {false, true}) {
      Problem none = problem(4, {}, estimator);
      Args a = none.args();
      if (by_id) a.groups = a.group_size = 0, a.group_ids = &none.size;
      CHECK_OK(run(&a));
      CHECK(none.zero_spread == 0);
    }
  }
}

// Rewards of many magnitudes, some of them equal, some NaN.
Problem random_problem(Random& random, int64_t groups, int64_t size, int64_t reward_count) {
  Problem p = problem(size, {}, {}, 1e-6f);
  p.reward_count = reward_count;
  for (int64_t i = 0; i < groups * size * reward_count; ++i) {
    const double value =
        i % 3 == 0 ? static_cast<double>(random.below(2)) : 10 * random.normal() + (i % 5 == 0 ? 1e3 : 0);
    p.rewards.push_back(random.below(6) == 0 ? kNaN : static_cast<float>(value));
  }
  for (int64_t i = 0; i < groups * size; ++i) p.lengths.push_back(random.below(400));
  if (reward_count > 1)
    for (int64_t k = 0; k < reward_count; ++k) p.weights.push_back(static_cast<float>(0.3 + random.uniform()));
  return p;
}

void compare_backends(Problem expected) {
  Problem actual = expected;
  actual.threads = 2;
  expected.run(rrft_reference_group_advantages);
  actual.run(rrft_cpu_group_advantages);
  double wrong = 0;
  for (size_t i = 0; i < expected.advantages.size(); ++i)
    wrong += !close(actual.advantages[i], expected.advantages[i], 1e-11, 2e-7);
  for (size_t g = 0; g < expected.mean.size(); ++g)
    wrong +=
        !close(actual.mean[g], expected.mean[g], 1e-11, 2e-7) + !close(actual.std[g], expected.std[g], 1e-11, 2e-7);
  CHECK_THAT(wrong == 0, "%.0f numbers differ: baseline %d scale %d, %lld groups of %lld, %lld rewards", wrong,
             expected.estimator.baseline, expected.estimator.scale, static_cast<long long>(expected.groups()),
             static_cast<long long>(expected.size), static_cast<long long>(expected.reward_count));
  CHECK(actual.zero_spread == expected.zero_spread);
}

// 1, 2, 3, 7: below a vector; 8, 16: whole ones; 17, 100: beyond. Groups: none, one lane, part of a block, many blocks.
void cpu_matches_reference() {
  Random random(3);
  for (const int64_t size : {1, 2, 3, 7, 8, 16, 17, 100})
    for (const int64_t groups : {0, 1, 5, 1000})
      for (const int64_t reward_count : {1, 3}) {
        if (groups * size * reward_count > 20000 && size != 17) continue;
        for (const Estimator estimator : estimators()) {
          Problem expected = random_problem(random, groups, size, reward_count);
          expected.estimator = estimator;
          expected.biased = size % 2 == 0 ? 0 : 1;
          compare_backends(expected);
        }
      }
}

void more_than_65536_completions() {
  Random random(8);
  for (const Estimator estimator : estimators()) {
    if (estimator.baseline != RRFT_BASELINE_GROUP_MEAN) continue;  // every scale
    Problem pairs = random_problem(random, 65537, 2, 1);
    pairs.estimator = estimator;
    compare_backends(pairs);
  }
  // One group, of rewards 0 and 1 in turn; the reference takes time by the square of it.
  Problem one = problem(65537, {}, {});
  for (int64_t i = 0; i < one.size; ++i) one.rewards.push_back(static_cast<float>(i % 2));
  one.run(rrft_cpu_group_advantages);
  const double mean = 32768.0 / 65537, std = std::sqrt(mean * (1 - mean) * 65537 / 65536);
  for (size_t i = 0; i < 65537; ++i) CHECK_CLOSE(one.advantages[i], (static_cast<double>(i % 2) - mean) / std, 0, 2e-7);
}

// Completion n of the new problem is completion order[n] of the old one.
Problem reordered(const Problem& old, const std::vector<int64_t>& order) {
  Problem p = old;
  const size_t count = order.size();
  for (size_t n = 0; n < count; ++n) {
    const size_t from = static_cast<size_t>(order[n]);
    p.lengths[n] = old.lengths[from];
    for (size_t k = 0; k < static_cast<size_t>(old.reward_count); ++k)
      p.rewards[k * count + n] = old.rewards[k * count + from];
  }
  return p;
}

void check_same(const Problem& p, const Problem& original, const std::vector<int64_t>& order, const char* what) {
  size_t wrong = 0;
  for (size_t n = 0; n < order.size(); ++n)
    wrong += std::memcmp(&p.advantages[n], &original.advantages[static_cast<size_t>(order[n])], sizeof(float)) != 0;
  CHECK_THAT(wrong == 0, "%zu advantages differ: %s, baseline %d scale %d", wrong, what, p.estimator.baseline,
             p.estimator.scale);
  CHECK(p.zero_spread == original.zero_spread);
}

// Bit for bit, batch statistics included: the order of groups, and whether they lie together.
void order_changes_nothing(Operation run, int64_t groups, int64_t size, int64_t reward_count, bool cancelling = false) {
  Random random(static_cast<uint64_t>(groups + size));
  for (const Estimator estimator : estimators()) {
    Problem original = random_problem(random, groups, size, reward_count);
    original.estimator = estimator;
    // Sums over a group that begin and end with these depend on the order of its members to the first digit.
    for (size_t g = 0; cancelling && g < static_cast<size_t>(groups); ++g) {
      original.rewards[g * static_cast<size_t>(size)] = 0x1p57f;
      original.rewards[(g + 1) * static_cast<size_t>(size) - 1] = -0x1p57f;
    }
    original.run(run);
    std::vector<int64_t> backwards, mixed;
    Problem ids = original;
    for (int64_t g = groups; g-- > 0;)
      for (int64_t j = 0; j < size; ++j) backwards.push_back(g * size + j);
    for (int64_t j = 0; j < size; ++j)
      for (int64_t g = 0; g < groups; ++g) mixed.push_back(g * size + j);
    Problem swapped = reordered(original, backwards);
    swapped.run(run);
    check_same(swapped, original, backwards, "groups in reverse");
    Problem scattered = reordered(original, mixed);
    for (const int64_t from : mixed) scattered.ids.push_back(1000 - 7 * (from / size));
    scattered.run(run);
    check_same(scattered, original, mixed, "groups by id");
    for (size_t n = 0; n < mixed.size(); ++n) {
      const size_t group = static_cast<size_t>(mixed[n] / size);
      CHECK(std::memcmp(&scattered.mean[n], &original.mean[group], 4) == 0);
      CHECK(std::memcmp(&scattered.std[n], &original.std[group], 4) == 0);
    }
  }
}

// Rewards of up to 2^56 that cancel: rounding in the sum over the batch, which random rewards hide, would show in the
// advantages of the small ones. All are whole numbers, so the mean is known exactly.
void batch_sums_do_not_round(Operation run) {
  Random random(21);
  constexpr int64_t kGroups = 501;
  Problem p = problem(4, {}, {RRFT_BASELINE_NONE, RRFT_SCALE_BATCH_WHITENING});
  int64_t sum = 0;
  for (int64_t g = 0; g < kGroups; ++g) {
    const float large = static_cast<float>(random.below(1 << 24)) * 0x1p32f;
    for (const float reward :
         {large, -large, static_cast<float>(random.below(1000)), static_cast<float>(random.below(1000))}) {
      p.rewards.push_back(reward);
      p.lengths.push_back(1 + random.below(3));
    }
    for (size_t i = p.rewards.size() - 4; i < p.rewards.size(); ++i) {
      p.lengths[i] = i % 4 < 2 ? 2 : p.lengths[i];
      sum += static_cast<int64_t>(p.rewards[i]);
    }
  }
  std::vector<int64_t> shuffled;
  for (int64_t g = 0; g < kGroups; ++g)
    for (int64_t j = 0; j < 4; ++j) shuffled.push_back(g * 182 % kGroups * 4 + j);
  for (const int32_t scale : {RRFT_SCALE_BATCH_WHITENING, RRFT_SCALE_TOKEN_WHITENING}) {
    p.estimator.scale = scale;
    p.run(run);
    Problem other = reordered(p, shuffled);
    other.run(run);
    check_same(other, p, shuffled, "rewards that cancel");
  }
  if (run == rrft_reference_group_advantages) return;  // adds in the order of size, the worst one here
  p.estimator.scale = RRFT_SCALE_BATCH_WHITENING;
  p.run(run);
  const double mean = static_cast<double>(sum) / static_cast<double>(4 * kGroups);
  double squares = 0;
  for (const float reward : p.rewards) squares += (reward - mean) * (reward - mean);
  const double std = std::sqrt(squares / static_cast<double>(4 * kGroups - 1));
  for (size_t i = 2; i < 40; i += 4) CHECK_CLOSE(p.advantages[i], (p.rewards[i] - mean) / std, 0, 1e-6);
}

// Groups of all sizes mixed up: each as if it were alone, where no batch statistic joins them.
void groups_of_many_sizes(Operation run) {
  Random random(11);
  for (const Estimator estimator : estimators()) {
    if (estimator.scale >= RRFT_SCALE_BATCH_STD) continue;
    Problem all = random_problem(random, 1, 500, 2);
    all.estimator = estimator;
    for (int64_t i = 0; i < 500; ++i) all.ids.push_back(random.below(3) == 0 ? 0 : random.below(60));
    all.run(run);
    for (int64_t id = 0; id < 60; ++id) {
      std::vector<int64_t> members;
      for (int64_t i = 0; i < 500; ++i)
        if (all.ids[static_cast<size_t>(i)] == id) members.push_back(i);
      Problem one = problem(static_cast<int64_t>(members.size()), {}, estimator, all.epsilon);
      if (members.empty()) continue;
      one.reward_count = 2;
      one.weights = all.weights;
      for (size_t k = 0; k < 2; ++k)
        for (const int64_t i : members) one.rewards.push_back(all.rewards[k * 500 + static_cast<size_t>(i)]);
      for (const int64_t i : members) one.lengths.push_back(all.lengths[static_cast<size_t>(i)]);
      one.run(run);
      for (size_t j = 0; j < members.size(); ++j)
        CHECK(std::memcmp(&one.advantages[j], &all.advantages[static_cast<size_t>(members[j])], 4) == 0);
    }
  }
}

void any_number_of_threads() {
  Random random(5);
  for (const Estimator estimator : estimators()) {
    Problem one = random_problem(random, 9001, 8, 1);
    one.estimator = estimator;
    one.run(rrft_cpu_group_advantages);
    for (const int32_t threads : {0, 2, 5, 64}) {
      Problem many = one;
      many.threads = threads;
      many.run(rrft_cpu_group_advantages);
      CHECK(same_bits(many.advantages, one.advantages) && same_bits(many.std, one.std) &&
            many.zero_spread == one.zero_spread);
    }
  }
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  for (const Operation run : kBackends) {
    zero_is_grpo(run);
    grpo_and_its_scales(run);
    baselines(run);
    whitening(run);
    several_rewards(run);
    groups_by_id(run);
    special_groups(run);
    order_changes_nothing(run, 37, 5, 1);
    order_changes_nothing(run, 9, 16, 3);
    order_changes_nothing(run, 600, 8, 1);
    order_changes_nothing(run, 37, 7, 1, true);
    batch_sums_do_not_round(run);
    groups_of_many_sizes(run);
  }
  cpu_matches_reference();
  if (kOnExecutionLayer) return report();
  more_than_65536_completions();
  any_number_of_threads();
  return report();
}
