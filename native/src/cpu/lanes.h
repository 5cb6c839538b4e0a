// Vectors as wide as the tier's registers, and exp on them. Included by files that are compiled once per tier, so it
// must not pull in headers with inline functions: the linker would keep one copy, perhaps that of a higher tier.
#pragma once

#include <stdint.h>

namespace rrft {
namespace {

#define RRFT_INLINE inline __attribute__((always_inline))

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX2__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;  // SSE2, NEON
#endif

typedef float Floats __attribute__((vector_size(4 * kWidth)));
typedef uint32_t Words __attribute__((vector_size(4 * kWidth)));
typedef uint16_t Halves __attribute__((vector_size(2 * kWidth)));
// Rows start at any element, so loads and stores assume the alignment of one.
typedef float UnalignedFloats __attribute__((vector_size(4 * kWidth), aligned(4), may_alias));
typedef uint16_t UnalignedHalves __attribute__((vector_size(2 * kWidth), aligned(2), may_alias));

RRFT_INLINE Floats broadcast(float value) { return value - Floats{}; }

RRFT_INLINE Floats load(const float* from) { return *reinterpret_cast<const UnalignedFloats*>(from); }

// bf16 is the upper half of a float.
RRFT_INLINE Floats load(const uint16_t* from) {
  const Halves halves = *reinterpret_cast<const UnalignedHalves*>(from);
  return reinterpret_cast<Floats>(__builtin_convertvector(halves, Words) << 16);
}

RRFT_INLINE void store(float* to, Floats value) { *reinterpret_cast<UnalignedFloats*>(to) = value; }

// To bf16: nearest, ties to even; NaN stays NaN.
RRFT_INLINE void store(uint16_t* to, Floats value) {
  const Words bits = reinterpret_cast<Words>(value);
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Words quiet = (bits >> 16) | 0x40u;
  *reinterpret_cast<UnalignedHalves*>(to) = __builtin_convertvector(value == value ? rounded : quiet, Halves);
}

// The larger; `a` where b is NaN.
RRFT_INLINE Floats larger(Floats a, Floats b) { return b > a ? b : a; }

// Below this, 2^n in exponential() has the exponent field 0, which makes the result exactly 0.
constexpr float kExpFloor = -88.0f;

// exp(x) of x in [kExpFloor, 0]; NaN of NaN. Relative error at most 2^-23; results below 2^-126 may be flushed to 0.
// x = n ln2 + r with |r| <= ln2 / 2; exp(r) by a minimax polynomial (own fit, relative error 3.1e-9, exact at 0).
RRFT_INLINE Floats exponential(Floats x) {
  const Floats shifter = broadcast(12582912.0f + 127.0f);  // 1.5 * 2^23 rounds to an integer; 127 is the exponent bias
  const Floats shifted = x * 1.44269504f + shifter;
  const Floats n = shifted - shifter;
  // ln2 in two parts; the first has 9 significant bits, so that its product with n is exact without FMA as well.
  Floats r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  Floats p = r * 0x1.6a23d0p-10f + 0x1.123a20p-7f;
  p = p * r + 0x1.5558f2p-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffcp-2f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * reinterpret_cast<Floats>(reinterpret_cast<Words>(shifted) << 23);
}

// (logit - maximum) / temperature, from kExpFloor up: an entry of -inf (a masked vocabulary entry) then weighs exactly 0
// in sums of exp(x) x, where -inf would make it NaN. NaN stays NaN.
RRFT_INLINE Floats centred(Floats logit, Floats maximum, Floats inverse_temperature) {
  const Floats x = (logit - maximum) * inverse_temperature;
  const Floats floor = broadcast(kExpFloor);
  return x < floor ? floor : x;
}

}  // namespace
}  // namespace rrft
