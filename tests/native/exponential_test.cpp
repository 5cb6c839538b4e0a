// The error of exponential() in cpu/lanes.h, which every probability depends on: all floats in its range, for the
// instruction set that this file is compiled for.
#include "cpu/lanes.h"

#include "check.h"

namespace {

float scalar(float x) {
  float lanes[rrft::kWidth];
  rrft::store_vector(lanes, rrft::exponential(rrft::broadcast(x)));
  return lanes[0];
}

void error_is_bounded() {
  double worst = 0;
  double at = 0;
  float lanes[rrft::kWidth];
  float inputs[rrft::kWidth];
  uint32_t bits;
  const float least = -87.3f;  // exp of it is just above 2^-126
  std::memcpy(&bits, &least, sizeof bits);
  const uint32_t last = bits;
  // Every 13th of the 1.1e9 negative floats down to -87.3: the whole range, every exponent, in a second or two.
  for (uint32_t next = 0x80000000u; next < last - 13u * rrft::kWidth;) {
    for (int lane = 0; lane < rrft::kWidth; ++lane, next += 13) std::memcpy(&inputs[lane], &next, sizeof next);
    rrft::store_vector(lanes, rrft::exponential(rrft::load_vector(inputs)));
    for (int lane = 0; lane < rrft::kWidth; ++lane) {
      const double expected = std::exp(static_cast<double>(inputs[lane]));
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
  CHECK(scalar(rrft::kExpFloor) == 0.0f);
  CHECK(scalar(-87.9f) >= 0.0f && scalar(-87.9f) < 1e-37f);
  CHECK(std::isnan(scalar(__builtin_nanf(""))));
}

}  // namespace

int main() {
  if (!rrft_test::tier_runs_here()) return rrft_test::kSkipped;
  error_is_bounded();
  edges();
  return rrft_test::report();
}
