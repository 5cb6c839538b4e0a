// The cases that implementations of these operations got wrong at one time or another: for every operation that they
// apply to, on the reference and on the CPU backend in every tier. Many stand with their operation; this is the list of
// all of them, and the file has the rest. run_all of all_operations.h is log_probs, linear_log_probs, policy_loss and
// fused_policy_loss, forward and backward, on one batch.
//
//   more than 65,535 tokens, sequences       more_than_65536_rows; group_advantages_test more_than_65536_completions
//   V that is no multiple of 8 or 128        cpu_matches_reference of log_probs_test and fused_policy_loss_test;
//                                            linear_log_probs_test any_tiles_give_the_numbers_of_log_probs
//   no rows, no groups                       no_rows; group_advantages_test special_groups
//   a sequence without a counting token      masked_sequence; policy_variants_test hard_cases
//   a group of one, equal rewards, NaN       group_advantages_test special_groups
//   temperature 0.6                          extreme_logits, finite_differences; log_probs_test and
//                                            fused_policy_loss_test cpu_matches_reference
//   logits of +-1e4 and -inf                 extreme_logits; log_probs_test minus_infinity_is_a_masked_entry;
//                                            linear_log_probs_test special_values
//   log-ratios of +-50                       far_from_the_old_policy; policy_variants_test hard_cases
//   advantage 0                              advantage_zero; policy_variants_test hard_cases
//   a ratio exactly on its bound             ratio_on_its_bound
//   int32 and int64 ids                      cpu_matches_reference of log_probs_test and fused_policy_loss_test;
//                                            linear_log_probs_test any_tiles_give_the_numbers_of_log_probs
//   arrays at any address                    in_place; invariance_test every_row_alone; policy_loss_test
//                                            any_threads_and_place; linear_log_probs_test (tiles of 13)
//   bf16 and f16 against f32                 no_drift_of_16_bits
//   in place against out of place            in_place; invariance_test in_place
//   the same bits: runs, threads, batches    run_and_batch_size; invariance_test; group_advantages_test
//                                            groups_of_many_sizes, any_number_of_threads
//   gradient accumulation, shards            parts_of_a_step; policy_variants_test splitting_a_batch_changes_nothing;
//                                            group_advantages_test groups_of_many_sizes
//   gradients as differences, in double      finite_differences; policy_variants_test finite_differences
//   gradients of k1, k2, k3                  finite_differences
#include <functional>
#include <utility>

#include "all_operations.h"
#include "check.h"

using namespace rrft_test;

namespace {

using Options = rrft_policy_loss_options;
using Estimate = double (*)(double k, double ratio);

void more_than_65536_rows() {
  constexpr int64_t kLong = 65537;
  for (const Shape& shape :
       {Shape{1, kLong, 3}, Shape{kLong, 1, 3}, Shape{2, kLong, 2, RRFT_BF16, Layout::kDense, true}})
    for (const int32_t level : {RRFT_RATIO_TOKEN, RRFT_RATIO_SEQUENCE}) {
      Options o = options(RRFT_REDUCE_SEQUENCE_MEAN);
      o.ratio_level = level;
      const Case c = near_policy(shape);
      check_close(run_all(kCpuBackend, c, o, {2}), run_all(kReferenceBackend, c, o), shape.dtype);
    }
}

void no_rows() {
  for (const Backend& backend : kBackends)
    for (const Shape& shape : {Shape{0, 4, 5}, Shape{4, 0, 5}})
      for (const Options& o : objectives()) {
        const Results results = run_all(backend, Case(shape), o);
        CHECK(results.rows.empty() && same_bits(results.loss, rrft_policy_metrics{}));
        CHECK(same_bits(results.fused, rrft_policy_metrics{}));
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
    c.old_log_probs[n] = c.ref_log_probs[n] = c.mask[n] ? -20 : kNaN;
  }
  for (const Backend& backend : kBackends)
    for (const Options& o : objectives()) {
      const Results all = run_all(backend, c, o);
      const Results first = run_all(backend, c, o, {1, false, 0, 1}), last = run_all(backend, c, o, {1, false, 2, 1});
      CHECK_CLOSE(all.loss.loss, (first.loss.loss + last.loss.loss) / 3, 1e-12, 1e-12);
      CHECK_CLOSE(all.fused.loss, (first.fused.loss + last.fused.loss) / 3, 1e-12, 1e-12);
      CHECK(all.loss.token_count == 5 && all.fused.sequence_count == 2);
      for (size_t n = 0; n < 12; ++n)
        CHECK(all.rows[n].all([&](float number) { return c.mask[n] ? std::isfinite(number) : number == 0; }));
      const Results masked = run_all(backend, c, o, {1, false, 1, 1});
      CHECK(same_bits(masked.loss, rrft_policy_metrics{}) && same_bits(masked.fused, rrft_policy_metrics{}));
    }
}

void extreme_logits() {
  const Options o = options(RRFT_REDUCE_TOKEN_MEAN);
  for (const int32_t dtype : kLogitTypes)
    for (const float temperature : {0.6f, 1.0f}) {
      Case c({2, 3, 1003, dtype, Layout::kDense, false, temperature});
      for (int64_t v = 0; v < c.logits.size(); ++v) {
        const float values[] = {1e4f, -1e4f, -kInfinity, 9990.0f};
        c.logits.set(v, values[(v + v / 1003) % 4]);
      }
      for (size_t n = 0; n < c.ids64.size(); ++n)  // a token that is likely
        for (c.ids64[n] = 0; c.logits.get(static_cast<int64_t>(n) * 1003 + c.ids64[n]) < 9980;) ++c.ids64[n];
      const rrft_log_probs_args rows = c.rows();
      CHECK_OK(rrft_reference_log_probs_forward(&rows));
      c.old_log_probs = c.ref_log_probs = c.log_probs;
      const Results results = run_all(kCpuBackend, c, o);
      check_close(results, run_all(kReferenceBackend, c, o), dtype);
      for (const Row& row : results.rows) CHECK(row.all([](float number) { return std::isfinite(number); }));
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
    CHECK(clipped.rows[0].grad_log_prob() == 0 && clipped.rows[3].grad_log_prob() == 0);  // clipped
    CHECK_CLOSE(clipped.rows[2].grad_log_prob(), std::exp(d) / 4, 0, 1e-6);
    for (const Options& o : objectives()) {
      const Results results = run_all(backend, c, o);
      CHECK(std::isfinite(results.loss.loss) && std::isfinite(results.fused.loss));
      for (const Row& row : results.rows) CHECK(row.all([](float number) { return std::isfinite(number); }));
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
        CHECK(row.grad_log_prob() == 0);
        for (const float g : row.fused()) CHECK(g == 0);
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
        c.advantages = {advantage};
        const rrft_log_probs_args rows = c.rows();
        CHECK_OK(backend.forward(&rows));
        const auto derivative = [&](float old) {
          c.old_log_probs = {old};
          const Row row = run_all(backend, c, o).rows[0];
          CHECK((row.fused()[0] != 0) == (row.grad_log_prob() != 0));
          return row.grad_log_prob();
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
        for (const int32_t threads : {1, 5}) CHECK(same_bits(whole, run_all(backend, c, o, {threads})));
        for (const Call& call : {Call{1, false, 0, 1}, Call{3, false, 1, 3}, Call{1, false, 4, 1}}) {
          const Results some = run_all(backend, c, o, call);
          for (size_t n = 0; n < some.rows.size(); ++n)
            CHECK(same_bits(some.rows[n], whole.rows[static_cast<size_t>(call.first) * 7 + n]));
        }
      }
    }
}

// With the counts of the whole step, as one process accumulates them, losses add up and gradients are the whole step's
// to the bit; with a rank's share of those counts, as data-parallel trainers average them, gradients are that much
// larger.
void parts_of_a_step() {
  const Case c = near_policy({6, 7, 67, RRFT_F32, Layout::kDense, true});
  double tokens = 0;
  for (const uint8_t m : c.mask) tokens += m;
  const std::pair<int32_t, double> reductions[] = {{RRFT_REDUCE_TOKEN_MEAN, tokens},
                                                   {RRFT_REDUCE_SEQUENCE_MEAN, 6},
                                                   {RRFT_REDUCE_SEQUENCE_SUM, 6},
                                                   {RRFT_REDUCE_FIXED_LENGTH, 42}};
  for (const Backend& backend : kBackends)
    for (const auto& [reduction, total] : reductions) {
      const bool counted = reduction == RRFT_REDUCE_FIXED_LENGTH;  // by the caller, also for a whole step
      const Results whole = run_all(backend, c, options(reduction, 0.04f, counted ? total : 0));
      for (const int64_t count : {2, 6})
        for (const bool ranks : {false, true}) {
          const double share = ranks ? static_cast<double>(count) : 1;
          double loss = 0, fused = 0;
          for (int64_t p = 0; p < count; ++p) {
            const int64_t size = 6 / count;
            const Results part =
                run_all(backend, c, options(reduction, 0.04f, total / share), {1, false, p * size, size});
            loss += part.loss.loss / share;
            fused += part.fused.loss / share;
            for (size_t n = 0; n < part.rows.size(); ++n) {
              const Row &mine = part.rows[n], &all = whole.rows[static_cast<size_t>(p * size * 7) + n];
              if (!ranks) CHECK(same_bits(mine, all));
              CHECK_CLOSE(mine.grad_log_prob() / share, all.grad_log_prob(), 1e-12, 2e-7);
              for (size_t v = 0; v < 67; ++v) CHECK_CLOSE(mine.fused()[v] / share, all.fused()[v], 1e-12, 2e-7);
            }
          }
          CHECK_CLOSE(loss, whole.loss.loss, 1e-13, 1e-12);
          CHECK_CLOSE(fused, whole.fused.loss, 1e-13, 1e-12);
        }
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

constexpr struct {
  int32_t code, importance;
  Estimate value;
} kEstimators[] = {
    {RRFT_KL_K1, 0, [](double k, double) { return -k; }},
    {RRFT_KL_K2, 0, [](double k, double) { return k * k / 2; }},
    {RRFT_KL_K3, 0, [](double k, double) { return std::exp(k) - k - 1; }},
    {RRFT_KL_ABSOLUTE, 0, [](double k, double) { return std::fabs(k); }},
    {RRFT_KL_K1, 1, [](double k, double ratio) { return -ratio * k; }},
    {RRFT_KL_K2, 1, [](double k, double ratio) { return ratio * k * k / 2; }},
    {RRFT_KL_K3, 1, [](double k, double ratio) { return ratio * (std::exp(k) - k - 1); }},
};

// Of log_probs and linear_log_probs, and of the loss with each KL estimator by way of fused_policy_loss.
void finite_differences() {
  constexpr size_t V = 17;
  for (const float temperature : {0.6f, 1.0f}) {
    const Case c = near_policy({2, 3, V, RRFT_F32, Layout::kDense, false, temperature, RRFT_I64, 7, 1.0f});
    Doubles truth(c);
    for (const auto& kl : kEstimators) {
      Options o = options(RRFT_REDUCE_TOKEN_MEAN, 0.5f);
      o.kl_estimator = kl.code;
      o.kl_importance = kl.importance;
      const Results results[] = {run_all(kReferenceBackend, c, o), run_all(kCpuBackend, c, o)};
      for (const Results& r : results) CHECK_CLOSE(r.fused.loss, truth.loss(o, kl.value), 1e-6, 0);
      for (size_t v = 0; v < truth.logits.size(); ++v) {
        const double by_row = truth.slope(v, [&] { return truth.scalar(); });
        const double by_loss = truth.slope(v, [&] { return truth.loss(o, kl.value); });
        for (const Results& r : results) {
          const Row& row = r.rows[v / V];
          for (size_t i = 0; i < 2; ++i) CHECK_CLOSE(row.gradients[i][v % V], by_row, 2e-6, 2e-6);
          CHECK_CLOSE(row.fused()[v % V], by_loss, 1e-6, 1e-6);
        }
      }
    }
  }
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  more_than_65536_rows();
  no_rows();
  masked_sequence();
  extreme_logits();
  far_from_the_old_policy();
  advantage_zero();
  ratio_on_its_bound();
  no_drift_of_16_bits();
  in_place();
  run_and_batch_size();
  parts_of_a_step();
  finite_differences();
  return report();
}
