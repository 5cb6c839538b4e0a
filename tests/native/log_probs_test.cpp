// log_probs: the reference against closed forms and finite differences, the CPU backend against the reference.
#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

// The statistics of a row carry a relative error of a few 1e-7 (float32 lanes), whatever V is. 16-bit gradients are
// rounded on both sides, which can put them one unit apart.
constexpr double kLogProbError = 6e-7;
constexpr double kRelative = 2.4e-7;  // two units in the last place of a float32 result

void compare(Shape shape) {
  Case expected(shape);
  Case actual(shape);
  const rrft_log_probs_args reference = expected.rows();
  const rrft_log_probs_args cpu = actual.rows(2);
  CHECK_OK(rrft_reference_log_probs_forward(&reference));
  CHECK_OK(rrft_cpu_log_probs_forward(&cpu));
  CHECK_OK(rrft_reference_log_probs_backward(&reference));
  CHECK_OK(rrft_cpu_log_probs_backward(&cpu));
  double worst[4] = {};
  for (size_t n = 0; n < expected.log_probs.size(); ++n) {
    const double errors[3] = {
        std::fabs(actual.log_probs[n] - expected.log_probs[n]) - kRelative * std::fabs(expected.log_probs[n]),
        std::fabs(actual.log_sum_exp[n] - expected.log_sum_exp[n]) - kRelative * std::fabs(expected.log_sum_exp[n]),
        std::fabs(actual.entropy[n] - expected.entropy[n]) - kRelative * std::fabs(expected.entropy[n])};
    for (int i = 0; i < 3; ++i) worst[i] = std::fmax(worst[i], std::isnan(errors[i]) ? INFINITY : errors[i]);
    CHECK(std::isfinite(actual.log_probs[n]) && actual.log_probs[n] <= 0);
    if (!expected.mask[n]) CHECK(actual.log_probs[n] == 0 && actual.log_sum_exp[n] == 0 && actual.entropy[n] == 0);
  }
  const double resolution = std::fmax(relative_step(shape.dtype), 2e-6);
  bool padding_untouched = true;
  std::vector<uint8_t> inside(static_cast<size_t>(expected.grad_logits.size()));
  for (int64_t i = 0; i < shape.batch; ++i)
    for (int64_t t = 0; t < shape.tokens; ++t)
      std::memset(inside.data() + expected.offset(i, t), 1, static_cast<size_t>(shape.vocabulary));
  for (int64_t v = 0; v < expected.grad_logits.size(); ++v) {
    const double want = expected.grad_logits.get(v);
    const double got = actual.grad_logits.get(v);
    if (!inside[static_cast<size_t>(v)]) {
      padding_untouched = padding_untouched && got == static_cast<double>(kGuard);
      continue;
    }
    const double error = std::fabs(got - want) - resolution * std::fabs(want) - absolute_step(shape.dtype);
    worst[3] = std::fmax(worst[3], std::isnan(error) ? INFINITY : error);
  }
  CHECK(padding_untouched);
  // Gradients are at most about 2 / temperature; the smallest are compared with that in mind.
  const bool good =
      worst[0] <= kLogProbError && worst[1] <= kLogProbError && worst[2] <= 4 * kLogProbError && worst[3] <= 4e-7;
  CHECK_THAT(
      good,
      "V=%lld dtype=%d layout=%d masked=%d temperature=%g: errors log_prob %.2g lse %.2g entropy %.2g gradient %.2g",
      static_cast<long long>(shape.vocabulary), shape.dtype, static_cast<int>(shape.layout), shape.masked,
      static_cast<double>(shape.temperature), worst[0], worst[1], worst[2], worst[3]);
}

void cpu_matches_reference() {
  uint64_t seed = 0;
  for (const int64_t vocabulary : kVocabularies)
    for (const int32_t dtype : kLogitTypes)
      for (const Layout layout : kLayouts)
        for (const bool masked : {false, true})
          for (const float temperature : {0.6f, 1.0f, 1.3f}) {
            const int64_t tokens = vocabulary > 10000 ? 1 : 3;
            Shape shape{2,     tokens, vocabulary, dtype, layout, masked, temperature, seed % 2 ? RRFT_I32 : RRFT_I64,
                        ++seed};
            shape.own_temperatures = temperature == 1.3f;
            compare(shape);
          }
}

void empty_batches_do_nothing() {
  for (const Shape& shape : {Shape{0, 4, 5}, Shape{4, 0, 5}}) {
    Case empty(shape);
    const rrft_log_probs_args args = empty.rows();
    CHECK_OK(rrft_cpu_log_probs_forward(&args));
    CHECK_OK(rrft_cpu_log_probs_backward(&args));
    CHECK_OK(rrft_reference_log_probs_forward(&args));
    CHECK_OK(rrft_reference_log_probs_backward(&args));
  }
}

using Operation = rrft_status (*)(const rrft_log_probs_args*);

void closed_forms(Operation forward, Operation backward) {
  // Equal logits: log_prob = -log V and entropy = log V, at any temperature and offset.
  for (const float level : {0.0f, 1e4f, -1e4f}) {
    Case uniform({1, 1, 1000, RRFT_F32, Layout::kDense, false, 0.6f});
    for (int64_t v = 0; v < 1000; ++v) uniform.logits.set(v, level);
    uniform.grad_log_probs = {1};
    uniform.grad_entropy = {0};
    const rrft_log_probs_args args = uniform.rows();
    CHECK_OK(forward(&args));
    CHECK_CLOSE(uniform.log_probs[0], -std::log(1000.0), 1e-6, 0);
    CHECK_CLOSE(uniform.entropy[0], std::log(1000.0), 1e-6, 0);
    CHECK_CLOSE(uniform.log_sum_exp[0], level / 0.6 + std::log(1000.0), 1e-6, 1e-7);
    CHECK_OK(backward(&args));
    CHECK_CLOSE(uniform.grad_logits.get(uniform.ids64[0]), (1 - 0.001) / 0.6, 1e-6, 0);
    CHECK_CLOSE(uniform.grad_logits.get(uniform.ids64[0] == 0), -0.001 / 0.6, 1e-9, 1e-6);
  }
  // Two logits a, b: p = sigmoid((a - b) / temperature).
  Case two({1, 1, 2, RRFT_F32, Layout::kDense, false, 2.0f});
  two.logits.set(0, 3.0f);
  two.logits.set(1, 1.0f);
  two.ids64 = {1};
  two.grad_log_probs = {0};
  two.grad_entropy = {1};
  const rrft_log_probs_args args = two.rows();
  CHECK_OK(forward(&args));
  CHECK_OK(backward(&args));
  const double p = 1 / (1 + std::exp(1.0)), q = 1 - p;
  CHECK_CLOSE(two.log_probs[0], std::log(p), 1e-6, 0);
  CHECK_CLOSE(two.entropy[0], -p * std::log(p) - q * std::log(q), 1e-6, 0);
  CHECK_CLOSE(two.grad_logits.get(1), p * q * std::log(q / p) / 2, 1e-6, 0);  // dH/dz = p q log(q / p)
  CHECK_CLOSE(two.grad_logits.get(0), -p * q * std::log(q / p) / 2, 1e-6, 0);
}

// Central differences of the reference with Richardson extrapolation; steps are exact in float32.
void finite_differences() {
  for (const float temperature : {0.6f, 1.0f, 1.3f}) {
    Case c({2, 3, 17, RRFT_F32, Layout::kDense, false, temperature, RRFT_I64, 7, 1.0f});
    for (int64_t v = 0; v < c.logits.size(); ++v)
      c.logits.set(v, std::ldexp(std::round(std::ldexp(c.logits.get(v), 10)), -10));
    const rrft_log_probs_args args = c.rows();
    CHECK_OK(rrft_reference_log_probs_backward(&args));
    const auto scalar = [&](int64_t v, float step) {
      const float before = c.logits.get(v);
      c.logits.set(v, before + step);
      CHECK_OK(rrft_reference_log_probs_forward(&args));
      c.logits.set(v, before);
      double sum = 0;
      for (size_t n = 0; n < c.log_probs.size(); ++n)
        sum += static_cast<double>(c.grad_log_probs[n]) * c.log_probs[n] +
               static_cast<double>(c.grad_entropy[n]) * c.entropy[n];
      return sum;
    };
    for (int64_t v = 0; v < c.logits.size(); ++v) {
      const float h = 0x1p-5f;
      const double narrow = (scalar(v, h) - scalar(v, -h)) / (2 * h);
      const double wide = (scalar(v, 2 * h) - scalar(v, -2 * h)) / (4 * h);
      CHECK_CLOSE(c.grad_logits.get(v), (4 * narrow - wide) / 3, 5e-5, 0);
    }
  }
}

// Masked vocabulary entries, in a way that leaves whole blocks of the row without a finite logit.
void minus_infinity_is_a_masked_entry(int32_t dtype) {
  Shape shape{1, 2, 32003, dtype};
  Case expected(shape);
  for (int64_t t = 0; t < 2; ++t) {
    for (int64_t v = 0; v < 20000; ++v) expected.logits.set(t * 32003 + v, -kInfinity);
    for (int64_t v = 20000; v < 32003; v += 3)
      expected.logits.set(t * 32003 + v, dtype == RRFT_F16 ? -65504.0f : -std::numeric_limits<float>::max());
  }
  expected.ids64 = {30001, 5};  // one token that is possible, one that is not
  Case actual = expected;
  const rrft_log_probs_args reference = expected.rows();
  const rrft_log_probs_args cpu = actual.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&reference));
  CHECK_OK(rrft_cpu_log_probs_forward(&cpu));
  for (size_t n = 0; n < 2; ++n) {
    CHECK_CLOSE(actual.log_probs[n], expected.log_probs[n], 1e-6, 1e-6);
    CHECK_CLOSE(actual.log_sum_exp[n], expected.log_sum_exp[n], 1e-6, 1e-6);
    CHECK_CLOSE(actual.entropy[n], expected.entropy[n], 1e-6, 1e-6);
    CHECK(std::isfinite(actual.entropy[n]));
  }
  CHECK(actual.log_probs[1] == -kInfinity);
  CHECK_OK(rrft_reference_log_probs_backward(&reference));
  CHECK_OK(rrft_cpu_log_probs_backward(&cpu));
  for (int64_t v = 0; v < 2 * 32003; ++v)
    CHECK_CLOSE(actual.grad_logits.get(v), expected.grad_logits.get(v), 1e-7 + absolute_step(dtype),
                std::fmax(relative_step(dtype), 1e-5));
  for (const int64_t v : {int64_t{0}, int64_t{19999}}) CHECK(actual.grad_logits.get(v) == 0);
}

void extreme_logits(int32_t dtype) {
  Shape shape{2, 3, 1000, dtype, Layout::kDense, false, 0.6f};
  Case expected(shape);
  for (int64_t v = 0; v < expected.logits.size(); ++v)
    expected.logits.set(v, v % 3 == 0 ? 1e4f : v % 3 == 1 ? -1e4f : 9990.0f);
  Case actual = expected;
  const rrft_log_probs_args reference = expected.rows(), cpu = actual.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&reference));
  CHECK_OK(rrft_cpu_log_probs_forward(&cpu));
  CHECK_OK(rrft_reference_log_probs_backward(&reference));
  CHECK_OK(rrft_cpu_log_probs_backward(&cpu));
  for (size_t n = 0; n < actual.log_probs.size(); ++n) {
    CHECK_CLOSE(actual.log_probs[n], expected.log_probs[n], 1e-6, 2e-7);
    CHECK_CLOSE(actual.entropy[n], expected.entropy[n], 2e-6, 0);
  }
  for (int64_t v = 0; v < actual.grad_logits.size(); ++v)
    CHECK_CLOSE(actual.grad_logits.get(v), expected.grad_logits.get(v), 1e-7 + absolute_step(dtype),
                std::fmax(relative_step(dtype), 1e-5));
}

// What IEEE arithmetic makes of NaN and +inf stays in its row.
void nan_and_infinity_stay_in_their_row(int32_t dtype) {
  Shape shape{1, 4, 5000, dtype};
  Case clean(shape);
  Case broken(shape);
  broken.logits.set(1 * 5000 + 4999, kNaN);
  broken.logits.set(2 * 5000, kInfinity);
  for (int64_t v = 0; v < 5000; ++v) broken.logits.set(3 * 5000 + v, -kInfinity);
  const rrft_log_probs_args a = clean.rows(), b = broken.rows();
  CHECK_OK(rrft_cpu_log_probs_forward(&a));
  CHECK_OK(rrft_cpu_log_probs_backward(&a));
  CHECK_OK(rrft_cpu_log_probs_forward(&b));
  CHECK_OK(rrft_cpu_log_probs_backward(&b));
  CHECK(broken.log_probs[0] == clean.log_probs[0]);
  for (size_t n = 1; n < 4; ++n) CHECK(std::isnan(broken.log_probs[n]) && std::isnan(broken.entropy[n]));
  for (int64_t v = 0; v < 5000; ++v) {
    CHECK(broken.grad_logits.get(v) == clean.grad_logits.get(v));
    CHECK(std::isnan(broken.grad_logits.get(5000 + v)));
  }
}

// A NaN that comes in through the float32 gradients must not lose its nature when it is rounded to 16 bits.
void nan_gradients_survive_rounding(int32_t dtype) {
  Case c({1, 1, 70, dtype});
  const uint32_t all_ones = 0x7fffffffu;
  std::memcpy(&c.grad_log_probs[0], &all_ones, 4);
  const rrft_log_probs_args args = c.rows();
  CHECK_OK(rrft_cpu_log_probs_backward(&args));
  for (int64_t v = 0; v < 70; ++v) CHECK(std::isnan(c.grad_logits.get(v)));
}

void a_constant_changes_nothing() {
  Case c({2, 2, 1000});
  Case shifted({2, 2, 1000});
  for (int64_t v = 0; v < c.logits.size(); ++v) {
    c.logits.set(v, std::ldexp(std::round(std::ldexp(c.logits.get(v), 8)), -8));
    shifted.logits.set(v, c.logits.get(v) + 64.0f);  // exact
  }
  const rrft_log_probs_args a = c.rows(), b = shifted.rows();
  CHECK_OK(rrft_cpu_log_probs_forward(&a));
  CHECK_OK(rrft_cpu_log_probs_forward(&b));
  CHECK_OK(rrft_cpu_log_probs_backward(&a));
  CHECK_OK(rrft_cpu_log_probs_backward(&b));
  CHECK(same_bits(c.log_probs, shifted.log_probs));
  CHECK(same_bits(c.grad_logits.bytes(), shifted.grad_logits.bytes()));
}

// A row with a temperature of its own gives what a call at that temperature gives.
void own_temperatures_are_those_of_single_rows() {
  for (const int32_t dtype : kLogitTypes) {
    Shape shape{2, 3, 1000, dtype, Layout::kLastDropped, true, 0.8f};
    shape.own_temperatures = true;
    Case own(shape);
    const rrft_log_probs_args args = own.rows(2);
    CHECK_OK(rrft_cpu_log_probs_forward(&args));
    CHECK_OK(rrft_cpu_log_probs_backward(&args));
    for (size_t n = 0; n < own.mask.size(); ++n) {
      if (!own.mask[n]) continue;
      Case all(shape);
      rrft_log_probs_args plain = all.rows();
      plain.temperatures = nullptr;
      plain.temperature = own.temperatures[n];
      CHECK_OK(rrft_cpu_log_probs_forward(&plain));
      CHECK_OK(rrft_cpu_log_probs_backward(&plain));
      CHECK(own.log_probs[n] == all.log_probs[n] && own.entropy[n] == all.entropy[n]);
      const int64_t offset = own.offset(static_cast<int64_t>(n) / 3, static_cast<int64_t>(n) % 3);
      for (int64_t v = offset; v < offset + 1000; ++v) CHECK(own.grad_logits.get(v) == all.grad_logits.get(v));
    }
  }
}

// Gradients too large for the caches are stored past them; the bits must be those of a row by itself, which is not.
void outputs_past_the_caches() {
  for (const int32_t dtype : kLogitTypes) {
    const int64_t width = dtype == RRFT_F32 ? 4 : 2;
    const int64_t vocabulary = 151935;  // odd: rows begin at every alignment
    const int64_t tokens = (int64_t{33} << 20) / (vocabulary * width) + 1;
    Case large({1, tokens, vocabulary, dtype});
    const rrft_log_probs_args args = large.rows(2);
    CHECK_OK(rrft_cpu_log_probs_backward(&args));
    for (int64_t t = 0; t < tokens; t += 9) {
      Elements row(dtype, vocabulary, kGuard);
      rrft_log_probs_args one = args;
      one.tokens = 1;
      one.logits = static_cast<const uint8_t*>(args.logits) + t * vocabulary * width;
      one.token_ids = &large.ids64[static_cast<size_t>(t)];
      one.grad_log_probs = &large.grad_log_probs[static_cast<size_t>(t)];
      one.grad_entropy = &large.grad_entropy[static_cast<size_t>(t)];
      one.grad_logits = row.data();
      CHECK_OK(rrft_cpu_log_probs_backward(&one));
      CHECK(std::memcmp(row.data(), static_cast<const uint8_t*>(args.grad_logits) + t * vocabulary * width,
                        static_cast<size_t>(vocabulary * width)) == 0);
    }
  }
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  closed_forms(rrft_reference_log_probs_forward, rrft_reference_log_probs_backward);
  closed_forms(rrft_cpu_log_probs_forward, rrft_cpu_log_probs_backward);
  finite_differences();
  cpu_matches_reference();
  empty_batches_do_nothing();
  for (const int32_t dtype : kLogitTypes) {
    minus_infinity_is_a_masked_entry(dtype);
    extreme_logits(dtype);
    nan_and_infinity_stay_in_their_row(dtype);
    nan_gradients_survive_rounding(dtype);
  }
  own_temperatures_are_those_of_single_rows();
  if (!kOnExecutionLayer) outputs_past_the_caches();
  a_constant_changes_nothing();
  return report();
}
