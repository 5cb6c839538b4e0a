// Vectors as wide as the tier's registers, and 2^x on them. Included by files that are compiled once per tier, so it
// must not pull in headers with inline functions of external linkage: the linker would keep one copy, perhaps that of a
// higher tier. The headers of intrinsics hold none.
#pragma once

#include <stdint.h>

#if defined(__SSE2__)
#if defined(__GNUC__) && !defined(__clang__)
// Some intrinsics start from a register that is deliberately left undefined.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

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

// Elements are handled two vectors at a time, the natural unit of 16-bit types: a register holds that many of them.
constexpr int kPair = 2 * kWidth;

typedef float Floats __attribute__((vector_size(4 * kWidth)));
typedef uint32_t Words __attribute__((vector_size(4 * kWidth)));
// Rows start at any element, so loads and stores assume the alignment of one.
typedef float UnalignedFloats __attribute__((vector_size(4 * kWidth), aligned(4), may_alias));
typedef uint32_t UnalignedWords __attribute__((vector_size(4 * kWidth), aligned(2), may_alias));

// binary16; plain uint16_t stands for bf16.
struct Half {
  uint16_t bits;
};

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

// Stores past the caches, for outputs that they could not hold: a line then goes to memory without being read first.
// `to` is a multiple of kStreamAlignment bytes. fence() comes before anyone else may look.
#if defined(__SSE2__)
constexpr bool kStreams = true;
#else
constexpr bool kStreams = false;
#endif
constexpr int kStreamAlignment = 4 * kWidth;

template <typename Vector>
RRFT_INLINE void stream_vector(void* to, Vector value) {
#if defined(__AVX512F__)
  _mm512_stream_si512(static_cast<__m512i*>(to), (__m512i)value);
#elif defined(__AVX2__)
  _mm256_stream_si256(static_cast<__m256i*>(to), (__m256i)value);
#elif defined(__SSE2__)
  _mm_stream_si128(static_cast<__m128i*>(to), (__m128i)value);
#else
  *static_cast<Vector*>(to) = value;
#endif
}

RRFT_INLINE void fence() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

RRFT_INLINE void stream(float* to, Pair value) {
  stream_vector(to, value.first);
  stream_vector(to + kWidth, value.second);
}

RRFT_INLINE void stream(uint16_t* to, Pair value) {
  stream_vector(to, (round_to_bf16(value.first) >> 16) | (round_to_bf16(value.second) & 0xffff0000u));
}

// NaN without a payload. Arithmetic passes payloads on, so it is enough to treat what enters it as float32: bf16 inputs
// have zeros below, and the NaNs that the processor makes have no payload.
RRFT_INLINE float canonical_nan(float value) { return value == value ? value : __builtin_nanf(""); }

// binary16 to float32 and back, contiguous halves of a pair. Widening is exact; narrowing goes to the nearest, in a tie
// to the one that ends in 0, to infinity from 65520 on, and keeps NaN.
#if defined(__AVX512F__)
RRFT_INLINE Floats widen(const Half* from) {
  return (Floats)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(from)));
}
RRFT_INLINE void narrow(Half* to, Floats value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i_u*>(to),
                      _mm512_cvtps_ph((__m512)value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
#elif defined(__AVX2__) && defined(__F16C__)
RRFT_INLINE Floats widen(const Half* from) {
  return (Floats)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i_u*>(from)));
}
RRFT_INLINE void narrow(Half* to, Floats value) {
  _mm_storeu_si128(reinterpret_cast<__m128i_u*>(to), _mm256_cvtps_ph((__m256)value, _MM_FROUND_TO_NEAREST_INT));
}
#elif defined(__aarch64__)
RRFT_INLINE Floats widen(const Half* from) {
  return (Floats)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(&from->bits)));
}
RRFT_INLINE void narrow(Half* to, Floats value) {
  vst1_u16(&to->bits, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)value)));
}
#else
typedef uint16_t HalfWords __attribute__((vector_size(2 * kWidth)));
typedef uint16_t UnalignedHalfWords __attribute__((vector_size(2 * kWidth), aligned(2), may_alias));
typedef int32_t Integers __attribute__((vector_size(4 * kWidth)));

// The exponent's bias changes by a multiplication, which is exact for subnormal numbers too.
RRFT_INLINE Floats widen(const Half* from) {
  const HalfWords halves = *reinterpret_cast<const UnalignedHalfWords*>(from);
  const Words words = __builtin_convertvector(halves, Words);
  const Words magnitude = (words & 0x7fffu) << 13;
  const Words special = reinterpret_cast<Words>(reinterpret_cast<Integers>(magnitude) >= 0x0f800000);
  const Words finite = reinterpret_cast<Words>(reinterpret_cast<Floats>(magnitude) * 0x1p112f);
  return reinterpret_cast<Floats>(finite | (special & 0x7f800000u) | ((words & 0x8000u) << 16));
}

RRFT_INLINE void narrow(Half* to, Floats value) {
  const Words bits = reinterpret_cast<Words>(value);
  const Words magnitude = bits & 0x7fffffffu;
  const Integers order = reinterpret_cast<Integers>(magnitude);
  // Below 2^-14 the sum's last place is that of subnormal numbers, 2^-24, and the addition itself rounds.
  const Words subnormal = reinterpret_cast<Words>(reinterpret_cast<Floats>(magnitude) + 0.5f) - 0x3f000000u;
  const Words normal = (magnitude + 0xc8000fffu + ((magnitude >> 13) & 1u)) >> 13;
  const Words is_subnormal = reinterpret_cast<Words>(order < 0x38800000);
  const Words is_infinite = reinterpret_cast<Words>(order >= 0x477ff000);
  const Words is_nan = reinterpret_cast<Words>(order > 0x7f800000);
  Words result = (subnormal & is_subnormal) | (normal & ~is_subnormal);
  result = (result & ~is_infinite) | (is_infinite & 0x7c00u) | (is_nan & 0x0200u) | ((bits >> 16) & 0x8000u);
  *reinterpret_cast<UnalignedHalfWords*>(to) = __builtin_convertvector(result, HalfWords);
}
#endif

RRFT_INLINE Pair load(const Half* from) { return {widen(from), widen(from + kWidth)}; }

RRFT_INLINE void store(Half* to, Pair value) {
  narrow(to, value.first);
  narrow(to + kWidth, value.second);
}

RRFT_INLINE void stream(Half* to, Pair value) {
#if defined(__AVX512F__)
  const int rounding = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtps_ph((__m512)value.first, rounding));
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to + kWidth), _mm512_cvtps_ph((__m512)value.second, rounding));
#elif defined(__AVX2__) && defined(__F16C__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph((__m256)value.first, _MM_FROUND_TO_NEAREST_INT));
  _mm_stream_si128(reinterpret_cast<__m128i*>(to + kWidth),
                   _mm256_cvtps_ph((__m256)value.second, _MM_FROUND_TO_NEAREST_INT));
#else
  store(to, value);
#endif
}

// The larger; `b` where either is NaN.
RRFT_INLINE Floats larger(Floats a, Floats b) {
#if defined(__AVX512F__)
  return (Floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (Floats)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
  return (Floats)_mm_max_ps((__m128)a, (__m128)b);
#else
  return a > b ? a : b;
#endif
}

// Whether a lane of `a` is larger than that of `b`; not where either is NaN.
RRFT_INLINE bool any_larger(Floats a, Floats b) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_GT_OQ)) != 0;
#elif defined(__SSE2__)
  return _mm_movemask_ps(_mm_cmpgt_ps((__m128)a, (__m128)b)) != 0;
#else
  const Words larger_lanes = reinterpret_cast<Words>(a > b);
  uint32_t any = 0;
  for (int lane = 0; lane < kWidth; ++lane) any |= larger_lanes[lane];
  return any != 0;
#endif
}

// exp2_below_one(x) = 2^x of x in [kExponentFloor, 0]: exactly 1 at 0, exactly 0 at the floor, NaN of NaN. Relative
// error at most 2^-23; results below 2^-126 may be flushed to 0. Polynomials: own minimax fits, exact at 0.
#if defined(__AVX512F__)
constexpr float kExponentFloor = -160.0f;  // less than half the smallest subnormal number

// x = n + f with f in [0, 1); relative error of the polynomial 2^-28.8. The instruction that scales rounds x down.
RRFT_INLINE Floats exp2_below_one(Floats x) {
  const Floats f = (Floats)_mm512_reduce_ps((__m512)x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  Floats p = f * 0x1.c4456ep-13f + 0x1.47373ap-10f;
  p = p * f + 0x1.3cfd82p-7f;
  p = p * f + 0x1.c68af6p-5f;
  p = p * f + 0x1.ebfd3ap-3f;
  p = p * f + 0x1.62e42cp-1f;
  p = p * f + 1.0f;
  return (Floats)_mm512_scalef_ps((__m512)p, (__m512)x);
}
#else
constexpr float kExponentFloor = -127.0f;  // gives 2^n the exponent field 0

// x = n + f with |f| <= 1/2; relative error of the polynomial 2^-28.3.
RRFT_INLINE Floats exp2_below_one(Floats x) {
  const Floats shifter = broadcast(12582912.0f + 127.0f);  // 1.5 * 2^23 rounds to an integer; 127 is the exponent bias
  const Floats shifted = x + shifter;
  const Floats f = x - (shifted - shifter);
  Floats p = f * 0x1.416b52p-13f + 0x1.5f082ep-10f;
  p = p * f + 0x1.3b2de0p-7f;
  p = p * f + 0x1.c6af7cp-5f;
  p = p * f + 0x1.ebfbdcp-3f;
  p = p * f + 0x1.62e430p-1f;
  p = p * f + 1.0f;
  return p * reinterpret_cast<Floats>(reinterpret_cast<Words>(shifted) << 23);
}
#endif

// The binary logarithm of a weight, (logit - maximum) scale with scale = log2(e) / temperature, from kExponentFloor up:
// an entry of -inf (a masked vocabulary entry) then weighs exactly 0 in sums of 2^x x, where -inf would make it NaN.
// NaN stays NaN.
RRFT_INLINE Floats exponent(Floats logit, Floats maximum, Floats scale) {
  return larger(broadcast(kExponentFloor), (logit - maximum) * scale);
}

// The same in double, for the few numbers per token that a loss is made of.
constexpr int kDoubleWidth = kWidth / 2;

typedef double Doubles __attribute__((vector_size(8 * kDoubleWidth)));
typedef uint64_t LongWords __attribute__((vector_size(8 * kDoubleWidth)));
typedef decltype(Doubles{} < Doubles{}) Truths;  // 0 or -1
typedef double UnalignedDoubles __attribute__((vector_size(8 * kDoubleWidth), aligned(8), may_alias));
// As many floats.
typedef float HalfFloats __attribute__((vector_size(4 * kDoubleWidth)));
typedef float UnalignedHalfFloats __attribute__((vector_size(4 * kDoubleWidth), aligned(4), may_alias));

RRFT_INLINE Doubles doubles(double value) { return value - Doubles{}; }

// Compilers widen a whole register of a vector type in pieces, hence intrinsics.
RRFT_INLINE Doubles load_doubles(const float* from) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_cvtps_pd(_mm256_loadu_ps(from));
#elif defined(__AVX2__)
  return (Doubles)_mm256_cvtps_pd(_mm_loadu_ps(from));
#else
  return __builtin_convertvector(*reinterpret_cast<const UnalignedHalfFloats*>(from), Doubles);
#endif
}

RRFT_INLINE Doubles load_doubles(const double* from) { return *reinterpret_cast<const UnalignedDoubles*>(from); }

RRFT_INLINE void store_doubles(float* to, Doubles value) {
  *reinterpret_cast<UnalignedHalfFloats*>(to) = __builtin_convertvector(value, HalfFloats);
}

RRFT_INLINE void store_doubles(double* to, Doubles value) { *reinterpret_cast<UnalignedDoubles*>(to) = value; }

// Where bytes are not 0.
RRFT_INLINE Truths load_truths(const uint8_t* from) {
#if defined(__AVX512F__)
  return (Truths)_mm512_cvtepu8_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i_u*>(from))) != 0;
#elif defined(__AVX2__)
  return (Truths)_mm256_cvtepu8_epi64(_mm_loadu_si32(from)) != 0;
#else
  Truths words;
  for (int lane = 0; lane < kDoubleWidth; ++lane) words[lane] = from[lane];
  return words != 0;
#endif
}

// `b` where either is NaN.
RRFT_INLINE Doubles larger(Doubles a, Doubles b) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX2__)
  return (Doubles)_mm256_max_pd((__m256d)a, (__m256d)b);
#elif defined(__SSE2__)
  return (Doubles)_mm_max_pd((__m128d)a, (__m128d)b);
#else
  return a > b ? a : b;
#endif
}
RRFT_INLINE Doubles smaller(Doubles a, Doubles b) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_min_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX2__)
  return (Doubles)_mm256_min_pd((__m256d)a, (__m256d)b);
#elif defined(__SSE2__)
  return (Doubles)_mm_min_pd((__m128d)a, (__m128d)b);
#else
  return a < b ? a : b;
#endif
}

RRFT_INLINE Doubles square_root(Doubles x) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_sqrt_pd((__m512d)x);
#elif defined(__AVX2__)
  return (Doubles)_mm256_sqrt_pd((__m256d)x);
#elif defined(__SSE2__)
  return (Doubles)_mm_sqrt_pd((__m128d)x);
#elif defined(__aarch64__)
  return (Doubles)vsqrtq_f64((float64x2_t)x);
#else
  for (int lane = 0; lane < kDoubleWidth; ++lane) x[lane] = __builtin_sqrt(x[lane]);
  return x;
#endif
}

// The sum of the lanes, in the same order always.
RRFT_INLINE double fold(Doubles lanes) {
  double values[kDoubleWidth];
  __builtin_memcpy(values, &lanes, sizeof lanes);
  for (int half = kDoubleWidth / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) values[lane] += values[lane + half];
  return values[0];
}

struct Exponentials {
  Doubles value;      // exp(x)
  Doubles minus_one;  // exp(x) - 1 without cancellation for small x; exactly 0 at 0
};

// Relative errors of a few 2^-53. 0 and -1 below -708.8, infinity above 709.78; NaN of NaN.
RRFT_INLINE Exponentials exponentials(Doubles unbounded) {
  const Doubles x = larger(doubles(-709.0), unbounded);  // n >= -1023, whose exponent field is that of 0
  // As above, with 52 bits of mantissa. For larger x a larger r overflows.
  const Doubles shifter = doubles(6755399441055744.0 + 1023.0);
  const Doubles shifted = smaller(shifter + 1023.0, x * 1.4426950408889634 + shifter);
  const Doubles n = shifted - shifter;
  Doubles r = x - n * 6.93147180369123816490e-01;  // 33 significant bits: exact times any n here
  r = r - n * 1.90821492927058770002e-10;
  // exp(r) - 1 = r + r^2 q(r), |r| <= ln2 / 2: own minimax fit, 2^-54.9 of the left side. Even and odd terms apart, so
  // that fewer wait for one another.
  const Doubles r2 = r * r;
  Doubles even = r2 * 0x1.28a7e776d2021p-22 + 0x1.a019a15cc4b50p-16;
  Doubles odd = r2 * 0x1.b044e996a11afp-26 + 0x1.71dd8855cb30dp-19;
  even = even * r2 + 0x1.6c16c180e354bp-10;
  odd = odd * r2 + 0x1.a01a01d35c5fcp-13;
  even = even * r2 + 0x1.5555555551aa5p-5;
  odd = odd * r2 + 0x1.111111110b6b4p-7;
  even = even * r2 + 0x1.0000000000006p-1;
  odd = odd * r2 + 0x1.5555555555560p-3;
  const Doubles p = (odd * r + even) * r2 + r;
  const Doubles scale = reinterpret_cast<Doubles>(reinterpret_cast<LongWords>(shifted) << 52);
  return {p * scale + scale, p * scale + (scale - 1.0)};
}

}  // namespace
}  // namespace rrft
