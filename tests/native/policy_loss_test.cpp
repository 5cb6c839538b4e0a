// policy_loss: known numbers, finite differences of the reference, edge cases, and the CPU backend against the
// reference.
#include <iterator>

#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

using Operation = rrft_status (*)(const rrft_policy_loss_args*);
constexpr Operation kBackends[] = {rrft_reference_policy_loss, rrft_cpu_policy_loss};
constexpr int32_t kReductions[] = {RRFT_REDUCE_TOKEN_MEAN, RRFT_REDUCE_SEQUENCE_MEAN, RRFT_REDUCE_FIXED_LENGTH};

// Log-probs around the old ones, so that ratios fall on both sides of the clip range.
Case policy_case(int64_t batch, int64_t tokens, bool masked, uint64_t seed) {
  Case c({batch, tokens, 1, RRFT_F32, Layout::kDense, masked, 1.0f, RRFT_I64, seed});
  Random random(seed + 1000);
  for (size_t n = 0; n < c.log_probs.size(); ++n)
    c.log_probs[n] = c.mask[n] ? c.old_log_probs[n] + static_cast<float>(0.3 * random.normal()) : kNaN;
  return c;
}

void check_metrics(const rrft_policy_metrics& actual, const rrft_policy_metrics& expected, double relative) {
  CHECK_CLOSE(actual.loss, expected.loss, 1e-12, relative);
  CHECK_CLOSE(actual.policy_loss, expected.policy_loss, 1e-12, relative);
  CHECK_CLOSE(actual.kl, expected.kl, 1e-12, relative);
  CHECK_CLOSE(actual.approx_kl, expected.approx_kl, 1e-12, relative);
  CHECK_CLOSE(actual.ratio_mean, expected.ratio_mean, 1e-12, relative);
  CHECK_CLOSE(actual.ratio_max, expected.ratio_max, 0, relative);
  CHECK_CLOSE(actual.clip_fraction_low, expected.clip_fraction_low, 1e-12, 0);
  CHECK_CLOSE(actual.clip_fraction_high, expected.clip_fraction_high, 1e-12, 0);
  CHECK_CLOSE(actual.clip_fraction, expected.clip_fraction, 1e-12, 0);
  CHECK_CLOSE(actual.clip_fraction_low_min, expected.clip_fraction_low_min, 1e-12, 0);
  CHECK_CLOSE(actual.clip_fraction_high_max, expected.clip_fraction_high_max, 1e-12, 0);
  CHECK(actual.entropy == 0);
  CHECK(actual.token_count == expected.token_count);
}

void cpu_matches_reference() {
  uint64_t seed = 0;
  for (const int64_t batch : {1, 2, 7, 64})
    for (const int64_t tokens : {1, 2, 31, 512})
      for (const bool masked : {false, true})
        for (const int32_t reduction : kReductions)
          for (const float kl : {0.0f, 0.04f})
            for (const double normalizer : {0.0, 100.0}) {
              Case expected = policy_case(batch, tokens, masked, ++seed);
              Case actual = expected;
              rrft_policy_loss_args a = expected.policy_loss(options(reduction, kl, normalizer));
              rrft_policy_loss_args b = actual.policy_loss(options(reduction, kl, normalizer), 2);
              if (seed % 5 == 0) a.old_log_probs = b.old_log_probs = nullptr;
              if (kl == 0 && seed % 3 == 0) a.ref_log_probs = b.ref_log_probs = nullptr;
              CHECK_OK(rrft_reference_policy_loss(&a));
              CHECK_OK(rrft_cpu_policy_loss(&b));
              check_metrics(actual.metrics, expected.metrics, 1e-11);
              for (size_t n = 0; n < actual.grad_log_probs.size(); ++n)
                CHECK_CLOSE(actual.grad_log_probs[n], expected.grad_log_probs[n], 1e-30, 2e-7);
            }
}

// One sequence by hand: A = 2, ratios e^0.1 (inside) and e^0.5 (clipped at 1.28), reference equal to the policy; and
// one with A = -1, ratios e^-0.5 (clipped at 0.8) and e^0.5 (not clipped: the pessimistic side).
void known_numbers(Operation run) {
  Case c({2, 2, 1});
  c.old_log_probs = {-1, -1, -1, -1};
  c.log_probs = {-0.9f, -0.5f, -1.5f, -0.5f};
  c.ref_log_probs = {-0.9f, -0.5f, -1.5f, -1.5f};
  c.advantages = {2, -1};
  const rrft_policy_loss_args args = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN, 0.1f));
  CHECK_OK(run(&args));
  const double policy = (-2 * std::exp(0.1) - 2 * 1.28 + 0.8 + std::exp(0.5)) / 4;
  CHECK_CLOSE(c.metrics.policy_loss, policy, 1e-7, 0);
  CHECK_CLOSE(c.metrics.loss, policy + 0.1 * std::exp(-1.0) / 4, 1e-7, 0);
  CHECK_CLOSE(c.metrics.kl, std::exp(-1.0) / 4, 1e-12, 0);
  CHECK_CLOSE(c.metrics.approx_kl, (std::exp(0.1) + 2 * std::exp(0.5) + std::exp(-0.5) - 4 - 0.6) / 4, 1e-7, 0);
  CHECK_CLOSE(c.metrics.ratio_max, std::exp(0.5), 1e-7, 0);
  CHECK(c.metrics.clip_fraction_low == 0.25 && c.metrics.clip_fraction_high == 0.25 && c.metrics.clip_fraction == 0.5);
  CHECK(c.metrics.clip_fraction_low_min == 0 && c.metrics.clip_fraction_high_max == 0.5 && c.metrics.token_count == 4);
  CHECK_CLOSE(c.grad_log_probs[0], -2 * std::exp(0.1) / 4, 1e-7, 0);
  CHECK(c.grad_log_probs[1] == 0 && c.grad_log_probs[2] == 0);
  CHECK_CLOSE(c.grad_log_probs[3], (std::exp(0.5) + 0.1 * (1 - std::exp(-1.0))) / 4, 1e-7, 0);
}

void finite_differences() {
  for (const int32_t reduction : kReductions) {
    Case c = policy_case(5, 7, true, 11);
    for (size_t n = 0; n < c.log_probs.size(); ++n)  // steps of 2^-10 are then exact
      if (c.mask[n]) c.log_probs[n] = std::ldexp(std::round(std::ldexp(c.log_probs[n], 12)), -12);
    rrft_policy_loss_args args = c.policy_loss(options(reduction));
    CHECK_OK(rrft_reference_policy_loss(&args));
    const std::vector<float> gradient = c.grad_log_probs;
    args.grad_log_probs = nullptr;
    int compared = 0;
    for (size_t n = 0; n < gradient.size(); ++n) {
      if (!c.mask[n]) {
        CHECK(gradient[n] == 0);
        continue;
      }
      const float before = c.log_probs[n], h = 0x1p-10f;
      const double ratio = std::exp(static_cast<double>(before) - c.old_log_probs[n]);
      if (std::fabs(ratio - 0.8) < 0.01 || std::fabs(ratio - 1.28) < 0.01) continue;  // a kink within the step
      c.log_probs[n] = before + h;
      CHECK_OK(rrft_reference_policy_loss(&args));
      const double above = c.metrics.loss;
      c.log_probs[n] = before - h;
      CHECK_OK(rrft_reference_policy_loss(&args));
      c.log_probs[n] = before;
      CHECK_CLOSE(gradient[n], (above - c.metrics.loss) / (2 * static_cast<double>(h)), 1e-8, 1e-5);
      ++compared;
    }
    CHECK(compared > 10);
  }
}

void edge_cases(Operation run) {
  // A call in which nothing counts.
  Case masked = policy_case(3, 4, true, 5);
  for (uint8_t& m : masked.mask) m = 0;
  masked.advantages = {kNaN, 1, 2};
  rrft_policy_loss_args args = masked.policy_loss(options(RRFT_REDUCE_SEQUENCE_MEAN));
  CHECK_OK(run(&args));
  CHECK(same_bits(masked.metrics, rrft_policy_metrics{}));
  for (const float g : masked.grad_log_probs) CHECK(g == 0);

  // A masked sequence counts as a sequence of loss 0 in the mean.
  Case half = policy_case(2, 3, true, 6);
  half.mask = {1, 1, 1, 0, 0, 0};
  half.log_probs = half.old_log_probs;
  half.advantages = {4, kNaN};
  args = half.policy_loss(options(RRFT_REDUCE_SEQUENCE_MEAN, 0));
  args.ref_log_probs = nullptr;
  CHECK_OK(run(&args));
  CHECK_CLOSE(half.metrics.loss, -2.0, 1e-12, 0);
  CHECK_CLOSE(half.grad_log_probs[0], -4.0 / 3 / 2, 0, 1e-7);

  // A token mean divides by 1 at least.
  args = half.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN, 0, 0.25));
  args.ref_log_probs = nullptr;
  CHECK_OK(run(&args));
  CHECK_CLOSE(half.metrics.loss, -12.0, 1e-12, 0);

  // Log-ratios of +-50: finite, and clipped where the objective clips.
  for (const float advantage : {1.0f, -1.0f, 0.0f}) {
    Case far({1, 2, 1});
    far.old_log_probs = {-60, -10};
    far.log_probs = {-10, -60};
    far.advantages = {advantage};
    args = far.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN, 0));
    args.ref_log_probs = nullptr;
    CHECK_OK(run(&args));
    const double expected = advantage > 0   ? -(1.28 + std::exp(-50.0)) / 2
                            : advantage < 0 ? (std::exp(50.0) + 0.8) / 2
                                            : 0;
    CHECK_CLOSE(far.metrics.loss, expected, 1e-30, 1e-7);
    CHECK(std::isfinite(far.grad_log_probs[0]) && std::isfinite(far.grad_log_probs[1]));
  }

  // A ratio that is exactly a bound is not clipped: epsilon_low = 0 and equal log-probs.
  Case tie({1, 1, 1});
  tie.log_probs = tie.old_log_probs = {-2};
  tie.advantages = {3};
  const rrft_policy_loss_options no_room{};
  args = tie.policy_loss(no_room);
  CHECK_OK(run(&args));
  CHECK(tie.grad_log_probs[0] == -3 && tie.metrics.clip_fraction == 0 && tie.metrics.ratio_mean == 1);

  // A NaN log-prob reaches loss and gradient.
  Case nan({1, 2, 1});
  nan.log_probs = {kNaN, -1};
  nan.old_log_probs = {-1, -1};
  args = nan.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN, 0));
  CHECK_OK(run(&args));
  CHECK(std::isnan(nan.metrics.loss) && std::isnan(nan.metrics.ratio_max) && std::isnan(nan.grad_log_probs[0]));
  CHECK(!std::isnan(nan.grad_log_probs[1]));
}

// With a global normalizer, the losses and gradients of two halves add up to those of the whole.
void splitting_a_batch_changes_nothing(Operation run) {
  for (const int32_t reduction : kReductions) {
    Case whole = policy_case(6, 9, true, 21);
    const rrft_policy_loss_options all = options(reduction, 0.04f, 37.0);
    rrft_policy_loss_args args = whole.policy_loss(all);
    CHECK_OK(run(&args));
    const std::vector<float> gradient = whole.grad_log_probs;
    const double loss = whole.metrics.loss;
    double sum = 0;
    for (const int64_t first : {0, 2}) {
      rrft_policy_loss_args part = args;
      part.batch = first == 0 ? 2 : 4;
      part.log_probs += first * 9;
      part.old_log_probs += first * 9;
      part.ref_log_probs += first * 9;
      part.advantages += first;
      part.mask += first * 9;
      part.grad_log_probs += first * 9;
      CHECK_OK(run(&part));
      sum += whole.metrics.loss;
    }
    CHECK_CLOSE(sum, loss, 1e-14, 1e-12);
    CHECK(same_bits(whole.grad_log_probs, gradient));
  }
}

// Two plain losses and two that go through the general loop.
std::vector<rrft_policy_loss_options> token_options() {
  std::vector<rrft_policy_loss_options> all(4, options(RRFT_REDUCE_TOKEN_MEAN, 0.04f, 50.0));
  all[1].kl_coefficient = 0;
  all[2].dual_clip = 3;
  all[2].kl_importance = 1;
  all[3].objective = RRFT_OBJECTIVE_CISPO;
  all[3].log_ratio_clamp = 20;
  return all;
}

// What the processor's arithmetic has no ordinary number for: the backends agree, token by token, and what does not
// count leaves no trace.
void infinities_and_nan() {
  const float kinds[][3] = {// log-prob, old, reference
                            {-kInfinity, -kInfinity, -kInfinity},
                            {-kInfinity, -1, -kInfinity},
                            {-1, -kInfinity, -1},
                            {kNaN, -1, -1},
                            {-1, kNaN, -1},
                            {-1, -1, kNaN},
                            {-1, -1, -kInfinity},
                            {-800, -1, -1},
                            {0, -800, -800},
                            {-1e-30f, -1e-20f, 0},
                            {-1e38f, -1, -3e38f},
                            {-2, -2, -2.5f}};
  using Metrics = rrft_policy_metrics;
  double Metrics::*const metrics[] = {&Metrics::loss,           &Metrics::kl,           &Metrics::approx_kl,
                                      &Metrics::ratio_mean,     &Metrics::ratio_max,    &Metrics::ratio_min,
                                      &Metrics::log_ratio_mean, &Metrics::clip_fraction};
  for (const rrft_policy_loss_options& o : token_options())
    for (const int64_t tokens : {1, 12, 400})
      for (const bool masked : {false, true})
        for (size_t kind = 0; kind < std::size(kinds); ++kind) {
          // The special token is alone, in the padded vector of a short sequence, or in the middle of a long one.
          Case quiet = policy_case(1, tokens, false, 77);
          quiet.shape.masked = masked;
          quiet.advantages = {kind % 2 == 0 ? 0.7f : -0.7f};
          const size_t n = static_cast<size_t>(tokens == 400 ? 201 : tokens - 1);
          if (masked) quiet.mask[n] = 0;
          Case expected = quiet;
          expected.log_probs[n] = kinds[kind][0];
          expected.old_log_probs[n] = kinds[kind][1];
          expected.ref_log_probs[n] = kinds[kind][2];
          Case actual = expected;
          const rrft_policy_loss_args before = quiet.policy_loss(o);
          const rrft_policy_loss_args a = expected.policy_loss(o), b = actual.policy_loss(o);
          CHECK_OK(rrft_cpu_policy_loss(&before));
          CHECK_OK(rrft_reference_policy_loss(&a));
          CHECK_OK(rrft_cpu_policy_loss(&b));
          for (size_t i = 0; i < actual.grad_log_probs.size(); ++i) {
            const float gradient = actual.grad_log_probs[i], wanted = expected.grad_log_probs[i];
            CHECK_THAT(close(gradient, wanted, 1e-30, 2e-7), "kind %zu: gradient %zu is %.9g, wanted %.9g", kind, i,
                       static_cast<double>(gradient), static_cast<double>(wanted));
            if (i != n) CHECK(gradient == quiet.grad_log_probs[i]);
          }
          if (masked) CHECK(same_bits(actual.metrics, quiet.metrics) && actual.grad_log_probs[n] == 0);
          for (double Metrics::*const metric : metrics)
            CHECK_THAT(close(actual.metrics.*metric, expected.metrics.*metric, 1e-12, 1e-11),
                       "kind %zu among %lld tokens: %.12g, wanted %.12g", kind, static_cast<long long>(tokens),
                       actual.metrics.*metric, expected.metrics.*metric);
        }
}

// Bit for bit: any number of threads, any place in a sequence, any sequences around.
void any_threads_and_place() {
  for (const rrft_policy_loss_options& o : token_options()) {
    Case one = policy_case(37, 333, true, 5);
    const rrft_policy_loss_args args = one.policy_loss(o, 1);
    CHECK_OK(rrft_cpu_policy_loss(&args));
    for (const int32_t threads : {0, 2, 3, 64}) {
      Case many = one;
      many.grad_log_probs.assign(many.grad_log_probs.size(), kGuard);
      const rrft_policy_loss_args b = many.policy_loss(o, threads);
      CHECK_OK(rrft_cpu_policy_loss(&b));
      CHECK(same_bits(one.metrics, many.metrics) && same_bits(one.grad_log_probs, many.grad_log_probs));
    }
    for (int64_t i = 0; i < 37; i += 12)
      for (int64_t t = 0; t < 333; t += 3) {
        const int64_t n = i * 333 + t;
        float gradient = kGuard;
        rrft_policy_loss_args alone = args;
        alone.batch = alone.tokens = 1;
        for (const float** array : {&alone.log_probs, &alone.old_log_probs, &alone.ref_log_probs}) *array += n;
        alone.advantages += i;
        alone.mask += n;
        alone.grad_log_probs = &gradient;
        rrft_policy_metrics metrics;
        alone.metrics = &metrics;
        CHECK_OK(rrft_cpu_policy_loss(&alone));
        CHECK(gradient == one.grad_log_probs[static_cast<size_t>(n)]);
      }
  }
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  for (const Operation run : kBackends) {
    known_numbers(run);
    edge_cases(run);
    splitting_a_batch_changes_nothing(run);
  }
  finite_differences();
  cpu_matches_reference();
  infinities_and_nan();
  any_threads_and_place();
  return report();
}
