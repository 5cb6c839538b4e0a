// The cases that implementations of these losses got wrong at one time or another: one line of the table at the end
// each, for every operation and backend.
#include <functional>
#include <string>

#include "all_operations.h"
#include "check.h"

using namespace rrft_test;

namespace {

using Options = rrft_policy_loss_options;
using Estimate = double (*)(double k, double ratio);

// Old and reference log-probs around the policy's, as between two updates.
Case near_policy(const Shape& shape, double distance = 0.15) {
  Case c(shape);
  const rrft_log_probs_args rows = c.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&rows));
  Random random(shape.seed + 77);
  for (size_t n = 0; n < c.log_probs.size(); ++n) {
    c.old_log_probs[n] = c.log_probs[n] + static_cast<float>(distance * random.normal());
    c.ref_log_probs[n] = c.log_probs[n] + static_cast<float>(distance * random.normal());
  }
  return c;
}

void compare(const Case& c, const Options& o, const Call& call = {}) {
  check_close(run_all(kCpuBackend, c, o, call), run_all(kReferenceBackend, c, o, call), c.shape.dtype);
}

// Every objective with every ratio it has.
std::vector<Options> objectives() {
  std::vector<Options> all;
  for (int32_t objective = RRFT_OBJECTIVE_CLIP; objective <= RRFT_OBJECTIVE_REINFORCE; ++objective)
    for (int32_t level = RRFT_RATIO_TOKEN; level <= RRFT_RATIO_SEQUENCE_TOKEN; ++level) {
      if (objective > RRFT_OBJECTIVE_SAPO && level != RRFT_RATIO_TOKEN) continue;
      Options o = options(RRFT_REDUCE_SEQUENCE_MEAN);
      o.objective = objective;
      o.ratio_level = level;
      o.sapo_temperature_positive = o.sapo_temperature_negative = 1;
      o.vespo_k_positive = o.vespo_lambda_negative = 2;
      o.vespo_k_negative = o.vespo_lambda_positive = 3;
      all.push_back(o);
    }
  return all;
}

struct Advantages {
  std::vector<float> advantages, mean, std;
  double zero_spread = -1;
};

Advantages advantages(const Backend& backend, const std::vector<float>& rewards, int64_t size,
                      int32_t baseline = RRFT_BASELINE_GROUP_MEAN, int32_t scale = RRFT_SCALE_GROUP_STD) {
  const size_t groups = rewards.size() / static_cast<size_t>(size);
  Advantages result{std::vector<float>(rewards.size(), kGuard), std::vector<float>(groups), std::vector<float>(groups)};
  const std::vector<int64_t> lengths(rewards.size(), 3);
  rrft_group_advantages_args args{};
  args.struct_size = sizeof args;
  args.groups = static_cast<int64_t>(groups);
  args.group_size = size;
  args.rewards = rewards.data();
  args.lengths = lengths.data();
  args.baseline = baseline;
  args.scale = scale;
  args.epsilon = 1e-4f;
  args.advantages = result.advantages.data();
  args.group_mean = result.mean.data();
  args.group_std = result.std.data();
  args.zero_spread_fraction = &result.zero_spread;
  CHECK_OK(backend.group_advantages(&args));
  return result;
}

void for_each_estimator(const std::function<void(int32_t, int32_t)>& body) {
  for (int32_t baseline = RRFT_BASELINE_GROUP_MEAN; baseline <= RRFT_BASELINE_EACH_REWARD; ++baseline)
    for (int32_t scale = RRFT_SCALE_GROUP_STD; scale <= RRFT_SCALE_TOKEN_WHITENING; ++scale)
      if (baseline != RRFT_BASELINE_EACH_REWARD || (scale != RRFT_SCALE_GROUP_STD && scale != RRFT_SCALE_BATCH_STD))
        body(baseline, scale);
}

std::vector<float> random_rewards(size_t count) {
  Random random(9);
  std::vector<float> rewards(count);
  for (float& reward : rewards) reward = static_cast<float>(random.normal());
  return rewards;
}

void more_than_65536_tokens() {
  constexpr int64_t kLong = 65537;
  for (const Shape& shape :
       {Shape{1, kLong, 3}, Shape{kLong, 1, 3}, Shape{2, kLong, 2, RRFT_BF16, Layout::kDense, true}})
    for (const int32_t reduction : {RRFT_REDUCE_TOKEN_MEAN, RRFT_REDUCE_SEQUENCE_MEAN}) {
      if (kOnExecutionLayer && reduction == RRFT_REDUCE_SEQUENCE_MEAN) continue;
      compare(near_policy(shape), options(reduction), {2});
    }
  for (const int64_t size : {int64_t{1}, kLong}) {
    const std::vector<float> rewards = random_rewards(kLong);
    const Advantages cpu = advantages(kCpuBackend, rewards, size),
                     reference = advantages(kReferenceBackend, rewards, size);
    for (size_t i = 0; i < rewards.size(); ++i) CHECK_CLOSE(cpu.advantages[i], reference.advantages[i], 1e-7, 2e-7);
  }
}

void odd_vocabularies() {
  for (const int64_t vocabulary : {1, 5, 127, 129, 1003})
    for (const int32_t dtype : kLogitTypes)
      for (const Layout layout : {Layout::kDense, Layout::kPaddedRows})
        compare(near_policy({2, 3, vocabulary, dtype, layout}), options(RRFT_REDUCE_TOKEN_MEAN));
}

void no_rows() {
  for (const Backend& backend : kBackends) {
    for (const Shape& shape : {Shape{0, 4, 5}, Shape{4, 0, 5}})
      for (const Options& o : objectives()) {
        const Results results = run_all(backend, Case(shape), o);
        CHECK(results.rows.empty() && same_bits(results.loss, rrft_policy_metrics{}));
        CHECK(same_bits(results.fused, rrft_policy_metrics{}));
      }
    CHECK(advantages(backend, {}, 8).zero_spread == 0);
  }
}

// Zero results, a place in the mean over sequences, and nothing to tell from a shorter batch otherwise.
void masked_sequence() {
  Case c = near_policy({3, 4, 33, RRFT_F32, Layout::kDense, true});
  c.mask = {1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0};
  c.ids64 = {3, 4, 5, -1, -1, 99, -7, 33, 6, 7, -1, -1};
  c.advantages = {1, kNaN, -2};
  for (size_t n = 0; n < 12; ++n) {
    for (int64_t v = 0; v < 33; ++v)
      c.logits.set(static_cast<int64_t>(n) * 33 + v, c.mask[n] ? static_cast<float>(v) : kNaN);
    if (!c.mask[n]) c.old_log_probs[n] = c.ref_log_probs[n] = kNaN;
    if (c.mask[n]) c.old_log_probs[n] = c.ref_log_probs[n] = -20;
  }
  for (const Backend& backend : kBackends) {
    for (const Options& o : objectives()) {
      const Results all = run_all(backend, c, o);
      const Results first = run_all(backend, c, o, {1, false, 0, 1}), last = run_all(backend, c, o, {1, false, 2, 1});
      CHECK_CLOSE(all.loss.loss, (first.loss.loss + last.loss.loss) / 3, 1e-12, 1e-12);
      CHECK_CLOSE(all.fused.loss, (first.fused.loss + last.fused.loss) / 3, 1e-12, 1e-12);
      CHECK(all.loss.token_count == 5 && all.fused.sequence_count == 2);
      for (size_t n = 0; n < 12; ++n) {
        for (const float number : all.rows[n].numbers) CHECK(c.mask[n] ? std::isfinite(number) : number == 0);
        for (const float number : all.rows[n].gradients) CHECK(c.mask[n] ? std::isfinite(number) : number == 0);
      }
      const Results masked = run_all(backend, c, o, {1, false, 1, 1});
      CHECK(same_bits(masked.loss, rrft_policy_metrics{}) && same_bits(masked.fused, rrft_policy_metrics{}));
    }
    const Advantages unscored = advantages(backend, {1, 3, kNaN, kNaN}, 2);
    CHECK(unscored.advantages[2] == 0 && unscored.advantages[3] == 0 && unscored.advantages[1] > 0);
  }
}

void group_of_one() {
  for (const Backend& backend : kBackends)
    for_each_estimator([&](int32_t baseline, int32_t scale) {
      const Advantages alone = advantages(backend, {5, -1, 3}, 1, baseline, scale);
      for (const float a : alone.advantages) CHECK(baseline == RRFT_BASELINE_NONE ? std::isfinite(a) : a == 0);
      CHECK(alone.zero_spread == 1 && alone.std[0] == 0 && alone.mean[1] == -1);
    });
}

void equal_rewards() {
  for (const Backend& backend : kBackends)
    for_each_estimator([&](int32_t baseline, int32_t scale) {
      const Advantages equal = advantages(backend, {0.7f, 0.7f, 0.7f, 0.7f, 0.7f, 0.7f}, 3, baseline, scale);
      const bool raw = baseline == RRFT_BASELINE_NONE && scale <= RRFT_SCALE_BATCH_STD;
      for (const float a : equal.advantages) CHECK(raw ? a > 0 && std::isfinite(a) : a == 0);
      CHECK(equal.zero_spread == 1);
    });
}

// As if the completion were not there.
void nan_reward() {
  for (const Backend& backend : kBackends)
    for_each_estimator([&](int32_t baseline, int32_t scale) {
      const Advantages with = advantages(backend, {1, kNaN, 4, 0, kNaN, 2}, 6, baseline, scale);
      const Advantages without = advantages(backend, {1, 4, 0, 2}, 4, baseline, scale);
      CHECK(with.advantages[1] == 0 && with.advantages[4] == 0);
      const size_t scored[] = {0, 2, 3, 5};
      for (size_t i = 0; i < 4; ++i) CHECK_CLOSE(with.advantages[scored[i]], without.advantages[i], 1e-7, 2e-7);
      CHECK(with.mean[0] == without.mean[0] && std::isfinite(with.std[0]));
    });
}

void low_temperature() {
  for (const int32_t dtype : kLogitTypes)
    compare(near_policy({3, 4, 1003, dtype, Layout::kDense, true, 0.6f}), options(RRFT_REDUCE_SEQUENCE_MEAN));
  // Dividing by 0.5 is exact, so that it is the same as logits twice as large, to the bit of log-probs.
  Case halved = near_policy({2, 3, 700, RRFT_F32, Layout::kDense, false, 0.5f}), doubled = halved;
  doubled.shape.temperature = 1;
  for (int64_t v = 0; v < doubled.logits.size(); ++v) doubled.logits.set(v, 2 * halved.logits.get(v));
  for (const Backend& backend : kBackends) {
    const Results a = run_all(backend, halved, options(RRFT_REDUCE_TOKEN_MEAN));
    const Results b = run_all(backend, doubled, options(RRFT_REDUCE_TOKEN_MEAN));
    for (size_t n = 0; n < a.rows.size(); ++n)
      for (size_t v = 0; v < a.rows[n].gradients.size(); ++v)
        CHECK_CLOSE(a.rows[n].gradients[v], 2 * b.rows[n].gradients[v], 1e-7, 1e-5);
    for (size_t n = 0; n < a.rows.size(); ++n) CHECK_CLOSE(a.rows[n].numbers[0], b.rows[n].numbers[0], 1e-6, 1e-7);
  }
}

void extreme_logits() {
  for (const int32_t dtype : kLogitTypes)
    for (const float temperature : {0.6f, 1.0f}) {
      Case c({2, 3, 1003, dtype, Layout::kDense, false, temperature});
      for (int64_t v = 0; v < c.logits.size(); ++v) {
        const float values[] = {1e4f, -1e4f, -kInfinity, 9990.0f};
        c.logits.set(v, values[(v + v / 1003) % 4]);
      }
      for (size_t n = 0; n < c.ids64.size(); ++n)  // of the largest
        for (c.ids64[n] = 0; c.logits.get(static_cast<int64_t>(n) * 1003 + c.ids64[n]) < 9995;) ++c.ids64[n];
      const rrft_log_probs_args rows = c.rows();
      CHECK_OK(rrft_reference_log_probs_forward(&rows));
      c.old_log_probs = c.ref_log_probs = c.log_probs;
      compare(c, options(RRFT_REDUCE_TOKEN_MEAN));
      for (const Row& row : run_all(kCpuBackend, c, options(RRFT_REDUCE_TOKEN_MEAN)).rows)
        for (const float g : row.gradients) CHECK(std::isfinite(g));
    }
}

// Two equal logits: log-prob -log 2, d = +-50.
void far_from_the_old_policy() {
  Case c({2, 2, 2});
  for (int64_t v = 0; v < c.logits.size(); ++v) c.logits.set(v, 1.5f);
  const float lp = static_cast<float>(-std::log(2.0));
  c.old_log_probs = {lp - 50, lp + 50, lp - 50, lp + 50};
  c.ref_log_probs = {lp, lp, lp, lp};
  c.advantages = {1, -1};
  for (const Backend& backend : kBackends) {
    const Results clipped = run_all(backend, c, options(RRFT_REDUCE_TOKEN_MEAN));
    const double d = static_cast<double>(lp) - static_cast<double>(c.old_log_probs[2]);
    const double wanted = (-1.28 - std::exp(-50.0) + std::exp(d) + 0.8) / 4;
    CHECK_CLOSE(clipped.loss.loss, wanted, 1e-30, 1e-6);
    CHECK_CLOSE(clipped.fused.loss, wanted, 1e-30, 1e-5);
    CHECK(clipped.rows[0].numbers[6] == 0 && clipped.rows[3].numbers[6] == 0);  // clipped
    CHECK_CLOSE(clipped.rows[2].numbers[6], std::exp(d) / 4, 0, 1e-6);
    for (const Options& o : objectives()) {
      const Results results = run_all(backend, c, o);
      CHECK(std::isfinite(results.loss.loss) && std::isfinite(results.fused.loss));
      for (const Row& row : results.rows) {
        CHECK(std::isfinite(row.numbers[6]));
        for (const float g : row.gradients) CHECK(std::isfinite(g));
      }
    }
  }
}

void advantage_zero() {
  for (const Backend& backend : kBackends)
    for (Options o : objectives()) {
      o.kl_coefficient = 0;
      Case c = near_policy({2, 3, 19});
      c.advantages = {0, 0};
      const Results results = run_all(backend, c, o);
      CHECK(results.loss.loss == 0 && results.fused.loss == 0);
      for (const Row& row : results.rows) {
        CHECK(row.numbers[6] == 0);
        for (size_t v = 2 * 19; v < 3 * 19; ++v) CHECK(row.gradients[v] == 0);
      }
    }
}

// On the bound min() takes its unclipped side, with its derivative; one step beyond, it does not.
void ratio_on_its_bound() {
  for (const Backend& backend : kBackends)
    for (const float advantage : {2.0f, -2.0f})
      for (const int32_t level : {RRFT_RATIO_TOKEN, RRFT_RATIO_SEQUENCE, RRFT_RATIO_SEQUENCE_TOKEN}) {
        Options o = options(RRFT_REDUCE_TOKEN_MEAN, 0);
        o.ratio_level = level;
        o.epsilon_low = o.epsilon_high = 0;
        Case c = near_policy({1, 1, 40});
        const rrft_log_probs_args rows = c.rows();
        CHECK_OK(backend.forward(&rows));
        const auto derivative = [&](float old) {
          c.old_log_probs = {old};
          const Results results = run_all(backend, c, o);
          CHECK((results.rows[0].gradients[2 * 40] != 0) == (results.rows[0].numbers[6] != 0));
          return results.rows[0].numbers[6];
        };
        const float on = c.log_probs[0];
        CHECK(derivative(on) == -advantage);
        const float above = std::nextafter(on, -kInfinity), below = std::nextafter(on, kInfinity);  // the ratio
        CHECK((derivative(above) == 0) == (advantage > 0) && (derivative(below) == 0) == (advantage < 0));
        if (level != RRFT_RATIO_TOKEN) continue;
        // In log space a bound other than 1 is a number, too: d = 0.25.
        o.objective = RRFT_OBJECTIVE_GMPO;
        o.epsilon_low = o.epsilon_high = 0.25f;
        for (const float d : {0.25f, -0.25f}) CHECK(derivative(on - d) != 0);
        for (const float d : {0.2501f, -0.2501f}) CHECK((derivative(on - d) == 0) == (d * advantage > 0));
      }
}

void ids_and_views() {
  for (const int32_t dtype : kLogitTypes) {
    // Rows of 143 elements, sequences of 5 tokens: the second begins at no multiple of any vector.
    Case narrow = near_policy({3, 5, 130, dtype, Layout::kPaddedRows, true, 0.9f, RRFT_I32}), wide = narrow;
    wide.shape.id_dtype = RRFT_I64;
    for (const Backend& backend : kBackends) {
      const Options o = options(RRFT_REDUCE_TOKEN_MEAN);
      const Results whole = run_all(backend, narrow, o);
      CHECK(same_bits(whole, run_all(backend, wide, o)));
      for (const int64_t first : {1, 2})
        for (const Case* c : {&narrow, &wide}) {
          const Results part = run_all(backend, *c, options(RRFT_REDUCE_TOKEN_MEAN, 0.04f, 7), {1, false, first, 1});
          for (size_t t = 0; t < 5; ++t)
            for (size_t i = 0; i < 6; ++i)
              CHECK(part.rows[t].numbers[i] == whole.rows[static_cast<size_t>(first) * 5 + t].numbers[i]);
        }
    }
  }
}

// The same numbers in 16 bits and in 32 have the same log-probs, within 1e-6 of float32 arithmetic.
void no_drift_of_16_bits() {
  for (const int32_t dtype : {RRFT_BF16, RRFT_F16})
    for (const int64_t vocabulary : {130, 5003}) {
      Case half = near_policy({2, 3, vocabulary, dtype}), single({2, 3, vocabulary});
      for (int64_t v = 0; v < half.logits.size(); ++v) single.logits.set(v, half.logits.get(v));
      single.ids64 = half.ids64;
      single.old_log_probs = half.old_log_probs;
      single.ref_log_probs = half.ref_log_probs;
      for (const Backend& backend : kBackends) {
        const Results a = run_all(backend, half, options(RRFT_REDUCE_TOKEN_MEAN));
        const Results b = run_all(backend, single, options(RRFT_REDUCE_TOKEN_MEAN));
        for (size_t n = 0; n < a.rows.size(); ++n)
          for (size_t i = 0; i < a.rows[n].numbers.size(); ++i)
            CHECK_CLOSE(a.rows[n].numbers[i], b.rows[n].numbers[i], 1e-7, i == 6 ? 1e-5 : 1e-6);
        check_close(a.fused, b.fused, "16 bits");
      }
    }
}

void in_place() {
  for (const int32_t dtype : kLogitTypes)
    for (const Options& o : objectives()) {
      const Case c = near_policy({2, 5, 131, dtype, Layout::kPaddedRows, true});
      for (const Backend& backend : kBackends)
        CHECK(same_bits(run_all(backend, c, o), run_all(backend, c, o, {2, true})));
    }
}

// The bits of a row do not depend on the run, the threads, or how many rows there are beside it.
void run_and_batch_size() {
  for (const int32_t dtype : kLogitTypes)
    for (Options o : objectives()) {
      o.normalizer = 4;
      const Case c = near_policy({5, 7, 131, dtype, Layout::kDense, true});
      for (const Backend& backend : kBackends) {
        const Results whole = run_all(backend, c, o);
        for (const int32_t threads : {1, 2, 5}) CHECK(same_bits(whole, run_all(backend, c, o, {threads})));
        for (const Call& call : {Call{1, false, 0, 1}, Call{3, false, 1, 3}, Call{1, false, 4, 1}}) {
          const Results some = run_all(backend, c, o, call);
          for (size_t n = 0; n < some.rows.size(); ++n)
            CHECK(same_bits(some.rows[n], whole.rows[static_cast<size_t>(call.first) * 7 + n]));
        }
      }
    }
  const std::vector<float> rewards = random_rewards(37 * 8);
  for (const Backend& backend : kBackends) {
    const Advantages all = advantages(backend, rewards, 8);
    for (size_t g = 0; g < 37; ++g) {
      const auto begin = rewards.begin() + static_cast<std::ptrdiff_t>(8 * g);
      const Advantages one = advantages(backend, {begin, begin + 8}, 8);
      CHECK(std::memcmp(one.advantages.data(), all.advantages.data() + 8 * g, 32) == 0);
    }
  }
}

// Parts of a step whose counts are those of the whole step: losses add up, gradients are the whole step's.
void accumulation(int64_t parts) {
  const Case c = near_policy({6, 7, 67, RRFT_F32, Layout::kDense, true});
  for (const Backend& backend : kBackends)
    for (const int32_t reduction :
         {RRFT_REDUCE_TOKEN_MEAN, RRFT_REDUCE_SEQUENCE_MEAN, RRFT_REDUCE_FIXED_LENGTH, RRFT_REDUCE_SEQUENCE_SUM}) {
      double tokens = 0;
      for (const uint8_t m : c.mask) tokens += m;
      const double normalizer = reduction == RRFT_REDUCE_TOKEN_MEAN     ? tokens
                                : reduction == RRFT_REDUCE_FIXED_LENGTH ? 42
                                                                        : 6;
      const Options own = options(reduction, 0.04f, reduction == RRFT_REDUCE_FIXED_LENGTH ? 42 : 0);
      const Results whole = run_all(backend, c, own);
      double loss = 0, fused = 0;
      for (int64_t p = 0; p < parts; ++p) {
        const int64_t size = 6 / parts;
        const Results part = run_all(backend, c, options(reduction, 0.04f, normalizer), {1, false, p * size, size});
        loss += part.loss.loss;
        fused += part.fused.loss;
        for (size_t n = 0; n < part.rows.size(); ++n)
          CHECK(same_bits(part.rows[n], whole.rows[static_cast<size_t>(p * size * 7) + n]));
      }
      CHECK_CLOSE(loss, whole.loss.loss, 1e-13, 1e-12);
      CHECK_CLOSE(fused, whole.fused.loss, 1e-13, 1e-12);
    }
}

void gradient_accumulation() {
  accumulation(2);
  accumulation(6);
}

// Ranks that divide by their share of the global count, as TRL's do, and average gradients afterwards.
void data_parallel_shards() {
  constexpr int64_t kRanks = 2;
  const Case c = near_policy({6, 7, 67, RRFT_F32, Layout::kDense, true});
  double tokens = 0;
  for (const uint8_t m : c.mask) tokens += m;
  for (const Backend& backend : kBackends) {
    const Results whole = run_all(backend, c, options(RRFT_REDUCE_TOKEN_MEAN));
    double loss = 0;
    for (int64_t rank = 0; rank < kRanks; ++rank) {
      const Options o = options(RRFT_REDUCE_TOKEN_MEAN, 0.04f, tokens / kRanks);
      const Results shard = run_all(backend, c, o, {1, false, rank * 3, 3});
      loss += shard.fused.loss / kRanks;
      for (size_t n = 0; n < shard.rows.size(); ++n) {
        const Row &mine = shard.rows[n], &all = whole.rows[static_cast<size_t>(rank * 21) + n];
        CHECK(mine.numbers[6] / kRanks == all.numbers[6]);  // halving is exact
        for (size_t v = 2 * 67; v < 3 * 67; ++v) CHECK_CLOSE(mine.gradients[v] / kRanks, all.gradients[v], 1e-12, 2e-7);
      }
    }
    CHECK_CLOSE(loss, whole.fused.loss, 1e-13, 1e-12);
  }
}

// The operations' own formulas in double: a third opinion, whose slopes are exact to 1e-9.
struct Doubles {
  std::vector<double> logits;
  const Case& c;
  double temperature = static_cast<double>(c.shape.temperature);

  explicit Doubles(const Case& from) : c(from) {
    for (int64_t v = 0; v < from.logits.size(); ++v) logits.push_back(from.logits.get(v));
  }

  // Log-prob and entropy of row n.
  std::array<double, 2> row(size_t n) const {
    const size_t V = static_cast<size_t>(c.shape.vocabulary);
    double sum = 0, mean = 0;
    for (size_t v = n * V; v < (n + 1) * V; ++v) {
      sum += std::exp(logits[v] / temperature);
      mean += std::exp(logits[v] / temperature) * logits[v] / temperature;
    }
    return {logits[n * V + static_cast<size_t>(c.ids64[n])] / temperature - std::log(sum), std::log(sum) - mean / sum};
  }

  double scalar() const {
    double sum = 0;
    for (size_t n = 0; n < c.ids64.size(); ++n)
      sum += static_cast<double>(c.grad_log_probs[n]) * row(n)[0] + static_cast<double>(c.grad_entropy[n]) * row(n)[1];
    return sum;
  }

  double loss(const Options& o, Estimate estimate) const {
    double sum = 0;
    for (size_t n = 0; n < c.ids64.size(); ++n) {
      const double lp = row(n)[0], ratio = std::exp(lp - static_cast<double>(c.old_log_probs[n]));
      const double a = c.advantages[n / static_cast<size_t>(c.shape.tokens)];
      const double bounded = std::fmin(std::fmax(ratio, 1 - o.epsilon_low), 1 + static_cast<double>(o.epsilon_high));
      sum -= std::fmin(ratio * a, bounded * a);
      sum += static_cast<double>(o.kl_coefficient) * estimate(static_cast<double>(c.ref_log_probs[n]) - lp, ratio);
    }
    return sum / static_cast<double>(c.ids64.size());
  }

  double slope(size_t v, const std::function<double()>& f) {
    const double before = logits[v], h = 1e-4;
    const auto at = [&](double step) { return logits[v] = before + step, f(); };
    const double narrow = (at(h) - at(-h)) / (2 * h), wide = (at(2 * h) - at(-2 * h)) / (4 * h);
    logits[v] = before;
    return (4 * narrow - wide) / 3;
  }
};

struct KlEstimator {
  int32_t code, importance;
  Estimate value;
  Estimate derivative;  // by the log-prob
};
constexpr KlEstimator kEstimators[] = {
    {RRFT_KL_K1, 0, [](double k, double) { return -k; }, [](double, double) { return 1.0; }},
    {RRFT_KL_K2, 0, [](double k, double) { return k * k / 2; }, [](double k, double) { return -k; }},
    {RRFT_KL_K3, 0, [](double k, double) { return std::exp(k) - k - 1; },
     [](double k, double) { return 1 - std::exp(k); }},
    {RRFT_KL_ABSOLUTE, 0, [](double k, double) { return std::fabs(k); },
     [](double k, double) { return k < 0 ? 1.0 : -1.0; }},
    {RRFT_KL_K1, 1, [](double k, double r) { return -r * k; }, [](double k, double r) { return r * (1 - k); }},
    {RRFT_KL_K2, 1, [](double k, double r) { return r * k * k / 2; },
     [](double k, double r) { return r * (k * k / 2 - k); }},
    {RRFT_KL_K3, 1, [](double k, double r) { return r * (std::exp(k) - k - 1); },
     [](double k, double r) { return -r * k; }},
};

void finite_differences() {
  for (const float temperature : {0.6f, 1.0f}) {
    const Case c = near_policy({2, 3, 17, RRFT_F32, Layout::kDense, false, temperature, RRFT_I64, 7, 1.0f});
    for (const KlEstimator& kl : kEstimators) {
      Options o = options(RRFT_REDUCE_TOKEN_MEAN, 0.5f);
      o.kl_estimator = kl.code;
      o.kl_importance = kl.importance;
      Doubles truth(c);
      for (const Backend& backend : kBackends) {
        const Results results = run_all(backend, c, o);
        CHECK_CLOSE(results.fused.loss, truth.loss(o, kl.value), 1e-6, 0);
        for (size_t v = 0; v < truth.logits.size(); ++v) {
          const std::vector<float>& gradients = results.rows[v / 17].gradients;
          const double slope = truth.slope(v, [&] { return truth.scalar(); });
          CHECK_CLOSE(gradients[v % 17], slope, 2e-6, 2e-6);
          CHECK_CLOSE(gradients[17 + v % 17], slope, 2e-6, 2e-6);
          CHECK_CLOSE(gradients[34 + v % 17], truth.slope(v, [&] { return truth.loss(o, kl.value); }), 1e-6, 1e-6);
        }
      }
    }
  }
}

// The objective is silent at advantage 0, and the KL term alone is left.
void kl_gradients() {
  Case c = near_policy({3, 5, 29}, 0.4);
  c.advantages = {0, 0, 0};
  for (const KlEstimator& kl : kEstimators) {
    Options o = options(RRFT_REDUCE_TOKEN_MEAN, 0.5f);
    o.kl_estimator = kl.code;
    o.kl_importance = kl.importance;
    for (const Backend& backend : kBackends) {
      const Results results = run_all(backend, c, o);
      double sum = 0;
      for (size_t n = 0; n < 15; ++n) {
        const double lp = results.rows[n].numbers[0], k = static_cast<double>(c.ref_log_probs[n]) - lp;
        const double ratio = std::exp(lp - static_cast<double>(c.old_log_probs[n]));
        sum += kl.value(k, ratio);
        const double derivative = 0.5 * kl.derivative(k, ratio) / 15;
        CHECK_CLOSE(results.rows[n].numbers[6], derivative, 1e-9, 1e-6);
        const size_t y = static_cast<size_t>(c.ids64[n]);
        CHECK_CLOSE(results.rows[n].gradients[2 * 29 + y], derivative * (1 - std::exp(lp)), 1e-7, 1e-5);
      }
      CHECK_CLOSE(results.loss.kl, sum / 15, 1e-12, 1e-6);
      CHECK_CLOSE(results.fused.kl, sum / 15, 1e-12, 1e-5);
    }
  }
}

constexpr struct {
  const char* name;
  void (*check)();
} kCases[] = {
    {"65,537 tokens, sequences, groups, completions of a group", more_than_65536_tokens},
    {"V that is no multiple of 8 or 128", odd_vocabularies},
    {"no rows, no groups", no_rows},
    {"a sequence without a counting token", masked_sequence},
    {"a group of one", group_of_one},
    {"equal rewards", equal_rewards},
    {"a NaN reward", nan_reward},
    {"temperature 0.6", low_temperature},
    {"logits of +-1e4 and -inf", extreme_logits},
    {"log-ratios of +-50", far_from_the_old_policy},
    {"advantage 0", advantage_zero},
    {"a ratio exactly on its bound", ratio_on_its_bound},
    {"int32 and int64 ids, unaligned views", ids_and_views},
    {"bf16 and f16 against f32", no_drift_of_16_bits},
    {"in place against out of place", in_place},
    {"runs, threads, batch sizes: the same bits", run_and_batch_size},
    {"gradient accumulation", gradient_accumulation},
    {"data-parallel shards", data_parallel_shards},
    {"finite differences in float64", finite_differences},
    {"gradients of k1, k2, k3", kl_gradients},
};

}  // namespace

int main() {
  if (!tier_runs_here()) return kSkipped;
  for (const auto& hard : kCases) {
    const int before = failures;
    hard.check();
    if (failures > before) std::printf("failed: %s\n", hard.name);
  }
  return report();
}
