// fused_policy_loss: against the reference, against the three operations it fuses, and its own finite differences.
#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

constexpr int32_t kReductions[] = {RRFT_REDUCE_TOKEN_MEAN, RRFT_REDUCE_SEQUENCE_MEAN, RRFT_REDUCE_FIXED_LENGTH};

void compare_metrics(const rrft_policy_metrics& actual, const rrft_policy_metrics& expected, double relative) {
  CHECK_CLOSE(actual.loss, expected.loss, 1e-6, relative);
  CHECK_CLOSE(actual.policy_loss, expected.policy_loss, 1e-6, relative);
  CHECK_CLOSE(actual.kl, expected.kl, 1e-6, relative);
  CHECK_CLOSE(actual.approx_kl, expected.approx_kl, 1e-6, relative);
  CHECK_CLOSE(actual.ratio_mean, expected.ratio_mean, 1e-6, relative);
  CHECK_CLOSE(actual.ratio_max, expected.ratio_max, 1e-6, relative);
  CHECK_CLOSE(actual.clip_fraction, expected.clip_fraction, 1e-12, 0);
  CHECK_CLOSE(actual.clip_fraction_low_min, expected.clip_fraction_low_min, 1e-12, 0);
  CHECK_CLOSE(actual.clip_fraction_high_max, expected.clip_fraction_high_max, 1e-12, 0);
  CHECK_CLOSE(actual.entropy, expected.entropy, 1e-6, relative);
  CHECK(actual.token_count == expected.token_count);
}

// Old and reference log-probs at a distance from the policy that keeps ratios on both sides of the clip range.
Case fused_case(const Shape& shape) {
  Case c(shape);
  const rrft_log_probs_args rows = c.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&rows));
  Random random(shape.seed + 77);
  for (size_t n = 0; n < c.log_probs.size(); ++n) {
    c.old_log_probs[n] = c.log_probs[n] + static_cast<float>(0.3 * random.normal());
    c.ref_log_probs[n] = c.log_probs[n] + static_cast<float>(0.3 * random.normal());
    c.log_probs[n] = kGuard;
  }
  return c;
}

void cpu_matches_reference() {
  uint64_t seed = 100;
  for (const int64_t vocabulary : kVocabularies)
    for (const int32_t dtype : kLogitTypes)
      for (const Layout layout : kLayouts)
        for (const bool masked : {false, true})
          for (const int32_t reduction : kReductions) {
            const float temperature = reduction == RRFT_REDUCE_TOKEN_MEAN ? 1.0f : 0.6f;
            Case expected = fused_case(
                {3, vocabulary > 10000 ? 1 : 4, vocabulary, dtype, layout, masked, temperature, RRFT_I32, ++seed});
            Case actual = expected;
            rrft_fused_policy_loss_args a = expected.fused(options(reduction)), b = actual.fused(options(reduction), 2);
            if (seed % 4 == 0) b.rows.entropy = nullptr;
            if (seed % 3 == 0) b.rows.log_sum_exp = nullptr;
            CHECK_OK(rrft_reference_fused_policy_loss(&a));
            CHECK_OK(rrft_cpu_fused_policy_loss(&b));
            compare_metrics(actual.metrics, expected.metrics, 2e-6);
            double worst = 0;
            const double resolution = std::fmax(relative_step(dtype), 4e-6);
            for (int64_t v = 0; v < actual.grad_logits.size(); ++v) {
              const double want = expected.grad_logits.get(v), got = actual.grad_logits.get(v);
              const double error = std::fabs(got - want) - resolution * std::fabs(want);
              worst = std::fmax(worst, std::isnan(error) ? INFINITY : error);
            }
            CHECK_THAT(worst < 1e-6, "V=%lld dtype=%d layout=%d masked=%d reduction=%d: gradient error %.2g",
                       static_cast<long long>(vocabulary), dtype, static_cast<int>(layout), masked, reduction, worst);
          }
}

// The three calls it replaces give the same log-probs and metrics bit for bit, and the same gradient but for the
// rounding of grad_log_probs to float32 between them.
void equals_its_parts() {
  for (const int32_t dtype : kLogitTypes) {
    Case c = fused_case({4, 5, 4099, dtype, Layout::kLastDropped, true, 0.7f});
    Case parts = c;
    const rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_SEQUENCE_MEAN), 2);
    CHECK_OK(rrft_cpu_fused_policy_loss(&fused));
    rrft_log_probs_args rows = parts.rows(2);
    rows.grad_entropy = nullptr;
    rrft_policy_loss_args loss = parts.policy_loss(options(RRFT_REDUCE_SEQUENCE_MEAN), 2);
    CHECK_OK(rrft_cpu_log_probs_forward(&rows));
    CHECK_OK(rrft_cpu_policy_loss(&loss));
    CHECK_OK(rrft_cpu_log_probs_backward(&rows));
    CHECK(same_bits(c.log_probs, parts.log_probs) && same_bits(c.entropy, parts.entropy));
    CHECK(c.metrics.entropy > 0);
    parts.metrics.entropy = c.metrics.entropy;
    CHECK(same_bits(c.metrics, parts.metrics));
    for (int64_t v = 0; v < c.grad_logits.size(); ++v)
      CHECK_CLOSE(c.grad_logits.get(v), parts.grad_logits.get(v), 1e-9 + absolute_step(dtype),
                  std::fmax(relative_step(dtype), 3e-7));
  }
}

void evaluation_without_gradient() {
  Case with = fused_case({2, 3, 100});
  Case without = with;
  rrft_fused_policy_loss_args a = with.fused(options(RRFT_REDUCE_TOKEN_MEAN)),
                              b = without.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  b.rows.grad_logits = nullptr;
  CHECK_OK(rrft_cpu_fused_policy_loss(&a));
  CHECK_OK(rrft_cpu_fused_policy_loss(&b));
  CHECK(same_bits(with.metrics, without.metrics) && same_bits(with.log_probs, without.log_probs));
}

// On-policy: without old log-probs the ratio is 1 and the gradient is that of -A log_prob.
void on_policy() {
  Case c({2, 3, 50});
  rrft_fused_policy_loss_args args = c.fused(options(RRFT_REDUCE_TOKEN_MEAN, 0));
  args.old_log_probs = nullptr;
  args.ref_log_probs = nullptr;
  CHECK_OK(rrft_cpu_fused_policy_loss(&args));
  CHECK(c.metrics.ratio_mean == 1 && c.metrics.ratio_max == 1 && c.metrics.approx_kl == 0 && c.metrics.kl == 0);
  CHECK_CLOSE(c.metrics.loss, -(static_cast<double>(c.advantages[0]) + c.advantages[1]) / 2, 1e-9, 1e-9);
  const double p = std::exp(static_cast<double>(c.log_probs[0]));
  CHECK_CLOSE(c.grad_logits.get(c.ids64[0]), -static_cast<double>(c.advantages[0]) * (1 - p) / 6, 1e-7, 0);
  // Old log-probs that are the policy's own give the same bits.
  Case again = c;
  rrft_fused_policy_loss_args explicit_old = again.fused(options(RRFT_REDUCE_TOKEN_MEAN, 0));
  again.old_log_probs = c.log_probs;
  explicit_old.old_log_probs = again.old_log_probs.data();
  explicit_old.ref_log_probs = nullptr;
  CHECK_OK(rrft_cpu_fused_policy_loss(&explicit_old));
  CHECK(same_bits(again.metrics, c.metrics) && same_bits(again.grad_logits.bytes(), c.grad_logits.bytes()));
}

void finite_differences() {
  Case c = fused_case({2, 2, 9, RRFT_F32, Layout::kDense, false, 0.6f, RRFT_I64, 5, 1.0f});
  for (int64_t v = 0; v < c.logits.size(); ++v)
    c.logits.set(v, std::ldexp(std::round(std::ldexp(c.logits.get(v), 10)), -10));
  // Ratios far inside the clip range: the loss is smooth within the steps.
  const rrft_log_probs_args rows = c.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&rows));
  for (size_t n = 0; n < 4; ++n) {
    c.old_log_probs[n] = c.log_probs[n];
    c.ref_log_probs[n] = c.log_probs[n] + 0.5f;
  }
  const rrft_fused_policy_loss_args args = c.fused(options(RRFT_REDUCE_SEQUENCE_MEAN, 0.5f));
  CHECK_OK(rrft_reference_fused_policy_loss(&args));
  const Elements gradient = c.grad_logits;
  const auto loss = [&](int64_t v, float step) {
    const float before = c.logits.get(v);
    c.logits.set(v, before + step);
    CHECK_OK(rrft_reference_fused_policy_loss(&args));
    c.logits.set(v, before);
    return c.metrics.loss;
  };
  for (int64_t v = 0; v < c.logits.size(); ++v) {
    const float h = 0x1p-6f;
    const double narrow = (loss(v, h) - loss(v, -h)) / (2 * h), wide = (loss(v, 2 * h) - loss(v, -2 * h)) / (4 * h);
    CHECK_CLOSE(gradient.get(v), (4 * narrow - wide) / 3, 5e-5, 0);
  }
}

void nothing_counts() {
  Case c({2, 3, 40, RRFT_BF16, Layout::kDense, true});
  for (uint8_t& m : c.mask) m = 0;
  for (int64_t v = 0; v < c.logits.size(); ++v) c.logits.set(v, kNaN);
  const rrft_fused_policy_loss_args args = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  CHECK_OK(rrft_cpu_fused_policy_loss(&args));
  CHECK(same_bits(c.metrics, rrft_policy_metrics{}));
  for (int64_t v = 0; v < c.grad_logits.size(); ++v) CHECK(c.grad_logits.get(v) == 0);
  Case empty({0, 3, 40});
  const rrft_fused_policy_loss_args none = empty.fused(options(RRFT_REDUCE_SEQUENCE_MEAN));
  CHECK_OK(rrft_cpu_fused_policy_loss(&none));
  CHECK(same_bits(empty.metrics, rrft_policy_metrics{}));
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  cpu_matches_reference();
  equals_its_parts();
  evaluation_without_gradient();
  on_policy();
  finite_differences();
  nothing_counts();
  return report();
}
