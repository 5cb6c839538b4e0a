// cpu/lanes.h for the instruction set that this file is compiled for: the errors of exp2_below_one() and
// exponentials(), which every probability and every ratio depends on, and conversion to and from 16-bit types.
#include <initializer_list>

#include "cpu/lanes.h"

#include "cases.h"
#include "check.h"

namespace {

float scalar(float x) {
  float lanes[rrft::kWidth];
  rrft::store_vector(lanes, rrft::exp2_below_one(rrft::broadcast(x)));
  return lanes[0];
}

void error_is_bounded() {
  double worst = 0;
  double at = 0;
  float lanes[rrft::kWidth];
  float inputs[rrft::kWidth];
  uint32_t bits;
  const float least = -126.0f;
  std::memcpy(&bits, &least, sizeof bits);
  const uint32_t last = bits;
  // Every 13th of the 1.1e9 negative floats down to -126: the whole range, every exponent, in a second or two.
  for (uint32_t next = 0x80000000u; next < last - 13u * rrft::kWidth;) {
    for (int lane = 0; lane < rrft::kWidth; ++lane, next += 13) std::memcpy(&inputs[lane], &next, sizeof next);
    rrft::store_vector(lanes, rrft::exp2_below_one(rrft::load_vector(inputs)));
    for (int lane = 0; lane < rrft::kWidth; ++lane) {
      const double expected = std::exp2(static_cast<double>(inputs[lane]));
      const double error = std::fabs(static_cast<double>(lanes[lane]) / expected - 1.0);
      if (!(error <= worst)) {
        worst = error;
        at = static_cast<double>(inputs[lane]);
      }
    }
    if (next < 0xb0000000u) next += 0x40000u;  // below 1e-9 the result is 1
  }
  std::printf("width %d: largest relative error 2^%.2f at %.9g\n", rrft::kWidth, std::log2(worst), at);
  CHECK_THAT(worst <= 0x1p-23, "error %.3g at %.9g, wanted at most 2^-23", worst, at);
}

void edges() {
  CHECK(scalar(0.0f) == 1.0f);
  CHECK(scalar(rrft::kExponentFloor) == 0.0f);
  CHECK(scalar(-126.9f) >= 0.0f && scalar(-126.9f) < 1e-37f);
  CHECK(std::isnan(scalar(__builtin_nanf(""))));
}

rrft::Exponentials of(double x) { return rrft::exponentials(rrft::Doubles{} + x); }

void double_error_is_bounded() {
  double worst_value = 0;
  double worst_minus_one = 0;
  // Both signs, magnitudes from 1e-12 to 708.
  for (double magnitude = 1e-12; magnitude < 708; magnitude *= 1.00013) {
    for (const double x : {magnitude, -magnitude}) {
      const rrft::Exponentials result = of(x);
      const long double value = std::exp(static_cast<long double>(x));
      const long double minus_one = std::expm1(static_cast<long double>(x));
      worst_value = std::fmax(worst_value, static_cast<double>(std::fabs(result.value[0] / value - 1)));
      worst_minus_one = std::fmax(worst_minus_one, static_cast<double>(std::fabs(result.minus_one[0] / minus_one - 1)));
    }
  }
  std::printf("double: largest relative error of exp 2^%.2f, of exp - 1 2^%.2f\n", std::log2(worst_value),
              std::log2(worst_minus_one));
  CHECK_THAT(worst_value <= 0x1p-51, "error of exp %.3g, wanted at most 2^-51", worst_value);
  CHECK_THAT(worst_minus_one <= 0x1p-50, "error of exp - 1 %.3g, wanted at most 2^-50", worst_minus_one);
}

void double_edges() {
  CHECK(of(0).value[0] == 1 && of(0).minus_one[0] == 0);
  CHECK(of(-1e30).value[0] == 0 && of(-1e30).minus_one[0] == -1);
  CHECK(of(-__builtin_inf()).value[0] == 0 && of(-__builtin_inf()).minus_one[0] == -1);
  CHECK(of(710).value[0] == __builtin_inf() && of(__builtin_inf()).minus_one[0] == __builtin_inf());
  CHECK(std::isnan(of(__builtin_nan("")).value[0]) && std::isnan(of(__builtin_nan("")).minus_one[0]));
}

// Widening is exact; narrowing goes to the nearest, in a tie to the one that ends in 0.
void bf16_conversion() {
  constexpr int kPair = rrft::kPair;
  for (uint32_t upper = 0; upper < 0x10000u; upper += kPair) {
    uint16_t halves[kPair];
    float widened[kPair];
    for (int lane = 0; lane < kPair; ++lane) halves[lane] = static_cast<uint16_t>(upper + static_cast<uint32_t>(lane));
    rrft::store(widened, rrft::load(halves));
    for (int lane = 0; lane < kPair; ++lane) {
      // Even elements come first, odd ones after them.
      const uint32_t wanted = (upper + static_cast<uint32_t>(lane < rrft::kWidth ? 2 * lane : 2 * lane - kPair + 1))
                              << 16;
      uint32_t bits;
      std::memcpy(&bits, &widened[lane], sizeof bits);
      CHECK(bits == wanted);
    }
    for (const uint32_t lower : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
      uint16_t rounded[kPair];
      rrft::Words first = {};
      rrft::Words second = {};
      for (int lane = 0; lane < rrft::kWidth; ++lane) {
        first[lane] = ((upper + 2u * static_cast<uint32_t>(lane)) << 16) | lower;
        second[lane] = ((upper + 2u * static_cast<uint32_t>(lane) + 1) << 16) | lower;
      }
      rrft::store(rounded, rrft::Pair{reinterpret_cast<rrft::Floats>(first), reinterpret_cast<rrft::Floats>(second)});
      for (int lane = 0; lane < kPair; ++lane) {
        const uint32_t half = upper + static_cast<uint32_t>(lane);
        if ((half & 0x7fffu) >= 0x7f80u) continue;  // infinity and NaN, below
        const bool up = lower > 0x8000u || (lower == 0x8000u && (half & 1u) != 0);
        CHECK(rounded[lane] == half + up);
      }
    }
  }
  for (const float special : {__builtin_inff(), -__builtin_inff(), rrft::canonical_nan(__builtin_nanf("0x3fffff"))}) {
    uint16_t rounded[kPair];
    rrft::store(rounded, rrft::Pair{rrft::broadcast(special), rrft::broadcast(special)});
    uint32_t bits;
    std::memcpy(&bits, &special, sizeof bits);
    for (const uint16_t half : rounded) CHECK(half == bits >> 16);
  }
}

// All 65,536 numbers one way; the other way every number, its neighbours in float32 and the middles between two.
void f16_conversion() {
  constexpr int kPair = rrft::kPair;
  for (uint32_t first = 0; first < 0x10000u; first += kPair) {
    rrft::Half halves[kPair];
    float widened[kPair];
    for (int lane = 0; lane < kPair; ++lane)
      halves[lane].bits = static_cast<uint16_t>(first + static_cast<uint32_t>(lane));
    rrft::store(widened, rrft::load(halves));
    for (int lane = 0; lane < kPair; ++lane) {
      const float wanted = rrft_test::f16_value(halves[lane].bits);
      CHECK(std::isnan(wanted) ? std::isnan(widened[lane])
                               : widened[lane] == wanted && std::signbit(widened[lane]) == std::signbit(wanted));
    }
    for (const int kind : {-1, 0, 1, 2, 3, 4}) {
      float values[kPair];
      for (int lane = 0; lane < kPair; ++lane) {
        const uint16_t half = halves[lane].bits;
        const float value = rrft_test::f16_value(half);
        float next = rrft_test::f16_value(static_cast<uint16_t>(half + 1));
        if ((half & 0x7fffu) == 0x7bffu) next = std::copysign(65536.0f, value);  // where infinity begins to be nearer
        const float middle = 0.5f * (value + next);
        values[lane] = kind < 2 ? (kind == 0 ? value : std::nextafter(value, value * static_cast<float>(2 + 2 * kind)))
                                : (kind == 3 ? middle : std::nextafter(middle, kind == 2 ? value : next));
      }
      rrft::Half rounded[kPair];
      rrft::store(rounded, rrft::load(values));
      for (int lane = 0; lane < kPair; ++lane) {
        const bool right = std::isnan(values[lane]) ? std::isnan(rrft_test::f16_value(rounded[lane].bits))
                                                    : rounded[lane].bits == rrft_test::f16_bits(values[lane]);
        CHECK_THAT(right, "%.9g became 0x%04x", static_cast<double>(values[lane]), rounded[lane].bits);
      }
    }
  }
}

}  // namespace

int main() {
  if (!rrft_test::backend_runs_here()) return rrft_test::kSkipped;
  error_is_bounded();
  edges();
  double_error_is_bounded();
  double_edges();
  bf16_conversion();
  f16_conversion();
  return rrft_test::report();
}
