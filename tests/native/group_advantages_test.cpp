// group_advantages: known numbers, the special groups, laws, and the CPU backend against the reference.
#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

using Operation = rrft_status (*)(const rrft_group_advantages_args*);
constexpr Operation kBackends[] = {rrft_reference_group_advantages, rrft_cpu_group_advantages};

struct Groups {
  int64_t groups;
  int64_t size;
  std::vector<float> rewards, advantages, mean, std;
  double zero_spread = -1;

  Groups(int64_t g, int64_t n, std::vector<float> r)
      : groups(g), size(n), rewards(std::move(r)), advantages(rewards.size(), kGuard),
        mean(static_cast<size_t>(g), kGuard), std(static_cast<size_t>(g), kGuard) {}

  rrft_group_advantages_args args(int32_t scale, float epsilon = 1e-4f, int32_t biased = 0) {
    rrft_group_advantages_args a{};
    a.struct_size = sizeof a;
    a.groups = groups;
    a.group_size = size;
    a.rewards = rewards.data();
    a.scale = scale;
    a.biased_std = biased;
    a.epsilon = epsilon;
    a.advantages = advantages.data();
    a.group_mean = mean.data();
    a.group_std = std.data();
    a.zero_spread_fraction = &zero_spread;
    return a;
  }
};

void known_numbers(Operation run) {
  Groups g(2, 4, {1, 0, 0, 1, 2, 2, 2, 2});
  rrft_group_advantages_args args = g.args(RRFT_SCALE_GROUP_STD);
  CHECK_OK(run(&args));
  CHECK_CLOSE(g.std[0], std::sqrt(1.0 / 3), 0, 1e-7);
  CHECK_CLOSE(g.advantages[0], 0.5 / (std::sqrt(1.0 / 3) + 1e-4), 0, 1e-6);
  CHECK_CLOSE(g.advantages[1], -0.5 / (std::sqrt(1.0 / 3) + 1e-4), 0, 1e-6);
  for (size_t i = 4; i < 8; ++i) CHECK(g.advantages[i] == 0);
  CHECK(g.mean[1] == 2 && g.std[1] == 0 && g.zero_spread == 0.5);

  args = g.args(RRFT_SCALE_GROUP_STD, 0.0f, 1);
  CHECK_OK(run(&args));
  CHECK_CLOSE(g.advantages[0], 1.0, 0, 1e-7);  // biased: std is 0.5
  for (size_t i = 4; i < 8; ++i) CHECK(g.advantages[i] == 0);  // not 0 / 0

  args = g.args(RRFT_SCALE_NONE);
  CHECK_OK(run(&args));
  CHECK(g.advantages[0] == 0.5f && g.advantages[1] == -0.5f);

  args = g.args(RRFT_SCALE_BATCH_STD);
  CHECK_OK(run(&args));
  // All rewards: mean 1.25, squares 2 * 0.0625 + 2 * 1.5625 + 4 * 0.5625 = 5.5, std sqrt(5.5 / 7).
  CHECK_CLOSE(g.advantages[3], 0.5 / (std::sqrt(5.5 / 7) + 1e-4), 0, 1e-6);
}

void special_groups(Operation run) {
  Groups singles(3, 1, {5, -1, kNaN});
  rrft_group_advantages_args args = singles.args(RRFT_SCALE_GROUP_STD);
  CHECK_OK(run(&args));
  for (const float a : singles.advantages) CHECK(a == 0);
  CHECK(singles.zero_spread == 1 && singles.mean[0] == 5 && std::isnan(singles.mean[2]) && singles.std[2] == 0);

  Groups unscored(2, 3, {1, kNaN, 3, kNaN, kNaN, 4});
  args = unscored.args(RRFT_SCALE_GROUP_STD, 0.0f);
  CHECK_OK(run(&args));
  CHECK(unscored.advantages[1] == 0 && unscored.mean[0] == 2);
  CHECK_CLOSE(unscored.advantages[2], 1 / std::sqrt(2.0), 0, 1e-6);
  for (size_t i = 3; i < 6; ++i) CHECK(unscored.advantages[i] == 0);
  args = unscored.args(RRFT_SCALE_BATCH_STD, 0.0f);
  CHECK_OK(run(&args));
  CHECK_CLOSE(unscored.advantages[0], -1 / std::sqrt((2.0 * 2 / 3 * 1 + 10.0 / 3) / 2), 0, 1);  // finite
  CHECK(std::isfinite(unscored.advantages[0]));

  Groups none(0, 4, {});
  args = none.args(RRFT_SCALE_GROUP_STD);
  CHECK_OK(run(&args));
  CHECK(none.zero_spread == 0);
}

void permuting_groups_permutes_advantages(Operation run) {
  Groups forward(2, 3, {0.25f, 1, 0, 4, 2, 2.5f});
  Groups swapped(2, 3, {4, 2, 2.5f, 0.25f, 1, 0});
  rrft_group_advantages_args a = forward.args(RRFT_SCALE_GROUP_STD), b = swapped.args(RRFT_SCALE_GROUP_STD);
  CHECK_OK(run(&a));
  CHECK_OK(run(&b));
  for (size_t i = 0; i < 6; ++i) CHECK(forward.advantages[i] == swapped.advantages[(i + 3) % 6]);
}

void cpu_matches_reference() {
  Random random(3);
  for (const int64_t size : {1, 2, 3, 8, 64})
    for (const int32_t scale : {RRFT_SCALE_GROUP_STD, RRFT_SCALE_NONE, RRFT_SCALE_BATCH_STD})
      for (const int32_t biased : {0, 1}) {
        std::vector<float> rewards;
        for (int64_t i = 0; i < 16 * size; ++i)
          rewards.push_back(random.below(6) == 0 ? kNaN : static_cast<float>(1e3 + random.normal()));
        Groups expected(16, size, rewards), actual(16, size, rewards);
        const rrft_group_advantages_args a = expected.args(scale, 1e-6f, biased), b = actual.args(scale, 1e-6f, biased);
        CHECK_OK(rrft_reference_group_advantages(&a));
        CHECK_OK(rrft_cpu_group_advantages(&b));
        for (size_t i = 0; i < rewards.size(); ++i) {
          CHECK_CLOSE(actual.advantages[i], expected.advantages[i], 0, 2e-7);
          if (std::isnan(rewards[i])) CHECK(actual.advantages[i] == 0);
        }
        for (size_t i = 0; i < 16; ++i) {
          CHECK_CLOSE(actual.mean[i], expected.mean[i], 0, 1e-7);
          CHECK_CLOSE(actual.std[i], expected.std[i], 0, 2e-7);
        }
        CHECK(actual.zero_spread == expected.zero_spread);
      }
}

}  // namespace

int main() {
  for (const Operation run : kBackends) {
    known_numbers(run);
    special_groups(run);
    permuting_groups_permutes_advantages(run);
  }
  cpu_matches_reference();
  return report();
}
