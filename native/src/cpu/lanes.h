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

// Elements are handled two vectors at a time, the natural unit of bf16: a register holds that many of them.
constexpr int kPair = 2 * kWidth;

typedef float Floats __attribute__((vector_size(4 * kWidth)));
typedef uint32_t Words __attribute__((vector_size(4 * kWidth)));
// Rows start at any element, so loads and stores assume the alignment of one.
typedef float UnalignedFloats __attribute__((vector_size(4 * kWidth), aligned(4), may_alias));
typedef uint32_t UnalignedWords __attribute__((vector_size(4 * kWidth), aligned(2), may_alias));

struct Pair {
  Floats first;
  Floats second;
};

RRFT_INLINE Floats broadcast(float value) { return value - Floats{}; }

RRFT_INLINE Floats load_vector(const float* from) { return *reinterpret_cast<const UnalignedFloats*>(from); }

RRFT_INLINE void store_vector(float* to, Floats value) { *reinterpret_cast<UnalignedFloats*>(to) = value; }

RRFT_INLINE Pair load(const float* from) { return {load_vector(from), load_vector(from + kWidth)}; }

RRFT_INLINE void store(float* to, Pair value) {
  store_vector(to, value.first);
  store_vector(to + kWidth, value.second);
}

// bf16 is the upper half of a float. Even elements are the lower halves of 32-bit words and odd ones the upper halves
// (all targets are little-endian), so widening is a shift and a mask rather than a shuffle.
RRFT_INLINE Pair load(const uint16_t* from) {
  const Words words = *reinterpret_cast<const UnalignedWords*>(from);
  return {reinterpret_cast<Floats>(words << 16), reinterpret_cast<Floats>(words & 0xffff0000u)};
}

// The bits of a float with its upper half rounded to nearest, ties to even. A NaN must have a clear bit among its upper
// 15 payload bits or zeros below them, or the carry would turn it into a number; see canonical_nan.
RRFT_INLINE Words round_to_bf16(Floats value) {
  const Words bits = reinterpret_cast<Words>(value);
  return bits + 0x7fffu + ((bits >> 16) & 1u);
}

RRFT_INLINE void store(uint16_t* to, Pair value) {
  *reinterpret_cast<UnalignedWords*>(to) =
      (round_to_bf16(value.first) >> 16) | (round_to_bf16(value.second) & 0xffff0000u);
}

// NaN without a payload. Arithmetic passes payloads on, so it is enough to treat what enters it as float32: bf16 inputs
// have zeros below, and the NaNs that the processor makes have no payload.
RRFT_INLINE float canonical_nan(float value) { return value == value ? value : __builtin_nanf(""); }

// The larger; `a` where either is NaN.
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
  return larger((logit - maximum) * inverse_temperature, broadcast(kExpFloor));
}

// The same in double, for the few numbers per token that a loss is made of.
constexpr int kDoubleWidth = kWidth / 2;

typedef double Doubles __attribute__((vector_size(8 * kDoubleWidth)));
typedef uint64_t LongWords __attribute__((vector_size(8 * kDoubleWidth)));
typedef double UnalignedDoubles __attribute__((vector_size(8 * kDoubleWidth), aligned(8), may_alias));

struct Exponentials {
  Doubles value;      // exp(x)
  Doubles minus_one;  // exp(x) - 1 without cancellation for small x; exactly 0 at 0
};

// Relative errors of a few 2^-53. 0 and -1 below -708, infinity above 709; NaN of NaN.
RRFT_INLINE Exponentials exponentials(Doubles unbounded) {
  const Doubles zero = {};
  const Doubles lowest = zero - 708.0;
  const Doubles highest = zero + 709.0;
  Doubles x = lowest > unbounded ? lowest : unbounded;
  x = highest < x ? highest : x;
  const Doubles shifter = zero + (6755399441055744.0 + 1023.0);  // as above, with 52 bits of mantissa
  const Doubles shifted = x * 1.4426950408889634 + shifter;
  const Doubles n = shifted - shifter;
  Doubles r = x - n * 6.93147180369123816490e-01;  // 33 significant bits: exact times any n here
  r = r - n * 1.90821492927058770002e-10;
  // exp(r) - 1 = r + r^2 (1/2! + r/3! + ...): the terms left out are below 2^-56 of r for |r| <= ln2 / 2.
  constexpr double kInverseFactorials[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                           1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                                           1.0 / 120,        1.0 / 24,        1.0 / 6,        1.0 / 2};
  Doubles q = zero;
  for (const double coefficient : kInverseFactorials) q = q * r + coefficient;
  const Doubles p = q * (r * r) + r;
  const Doubles scale = reinterpret_cast<Doubles>(reinterpret_cast<LongWords>(shifted) << 52);
  const Doubles infinity = zero + __builtin_inf();
  Exponentials result = {p * scale + scale, p * scale + (scale - 1.0)};
  result.value = unbounded < lowest ? zero : (unbounded > highest ? infinity : result.value);
  result.minus_one = unbounded < lowest ? zero - 1.0 : (unbounded > highest ? infinity : result.minus_one);
  return result;
}

}  // namespace
}  // namespace rrft
