// Loops over a block of groups and over a batch (group_kernels.h). Compiled once per tier; RRFT_TIER_TABLE names the
// row kernels of this tier, whose table points to this one. There is one loop for each step and no tail, so that a
// number is treated the same (contracted to FMA the same) wherever it stands.
//
// Sums over a batch. Floating-point sums depend on their order because each addition rounds. Here numbers are first cut
// at a power of two, fine enough for the mantissa of a double to hold any sum of the pieces: those additions are exact,
// and so may be made in lanes. What was cut off gets the same treatment once more, after which less than 2^-70 of the
// largest number is lost (for batches of up to 2^16).
#include "group_kernels.h"

#include "lanes.h"
#include "reasonrft/kernels.h"

namespace rrft {
namespace {

constexpr int kVectors = kBlockGroups / kDoubleWidth;

RRFT_INLINE Doubles get(const double* from, int64_t member, int vector) {
  return *reinterpret_cast<const UnalignedDoubles*>(from + member * kBlockGroups + vector * kDoubleWidth);
}

RRFT_INLINE void put(double* to, int64_t member, int vector, Doubles value) {
  *reinterpret_cast<UnalignedDoubles*>(to + member * kBlockGroups + vector * kDoubleWidth) = value;
}

RRFT_INLINE Doubles at(const double* from, int64_t place) {
  return *reinterpret_cast<const UnalignedDoubles*>(from + place);
}

// Rounding must not take a mean out of the range of the rewards: equal ones equal their mean.
RRFT_INLINE Doubles within(Doubles mean, Doubles smallest, Doubles largest) {
  mean = mean < smallest ? smallest : mean;
  return mean > largest ? largest : mean;
}

void measure(GroupBlock* block, bool biased) {
  const double* const values = block->values;
  const Doubles zero = {};
  const Doubles one = zero + 1.0;
  for (int v = 0; v < kVectors; ++v) {
    Doubles sum = zero, count = zero, squares = zero;
    Doubles smallest = zero + __builtin_inf(), largest = zero - __builtin_inf();
    for (int64_t j = 0; j < block->size; ++j) {
      const Doubles x = get(values, j, v);
      sum += x == x ? x : zero;
      count += x == x ? one : zero;
      smallest = x < smallest ? x : smallest;
      largest = x > largest ? x : largest;
    }
    const Doubles mean = within(sum / count, smallest, largest);
    for (int64_t j = 0; j < block->size; ++j) {
      const Doubles deviation = get(values, j, v) - mean;
      squares += deviation == deviation ? deviation * deviation : zero;
    }
    put(block->mean, 0, v, mean);
    put(block->count, 0, v, count);
    put(block->smallest, 0, v, smallest);
    put(block->largest, 0, v, largest);
    const Doubles variance = squares / (biased ? count : count - 1.0);
    put(block->std, 0, v, square_root(count > one ? variance : zero));
  }
}

int report(const GroupBlock* block, int groups, double bound, float* mean, float* std) {
  float means[kBlockGroups], stds[kBlockGroups];
  int64_t below[kBlockGroups];
  for (int v = 0; v < kVectors; ++v) {
    const Doubles deviation = get(block->std, 0, v);
    const Truths is_below = deviation < bound;
    __builtin_memcpy(below + v * kDoubleWidth, &is_below, sizeof is_below);
    store_doubles(means + v * kDoubleWidth, get(block->mean, 0, v));
    store_doubles(stds + v * kDoubleWidth, deviation);
  }
  int64_t result = 0;
  for (int lane = 0; lane < groups; ++lane) result -= below[lane];
  for (int lane = 0; mean != nullptr && lane < groups; ++lane) mean[lane] = means[lane];
  for (int lane = 0; std != nullptr && lane < groups; ++lane) std[lane] = stds[lane];
  return static_cast<int>(result);
}

// NaN where no scored completion has a token.
RRFT_INLINE Doubles length_weighted_mean(const GroupBlock& block, int v) {
  const Doubles zero = {};
  Doubles sum = zero, total = zero;
  for (int64_t j = 0; j < block.size; ++j) {
    const Doubles x = get(block.values, j, v);
    const Doubles length = get(block.lengths, j, v);
    sum += x == x ? length * x : zero;
    total += x == x ? length : zero;
  }
  return within(sum / total, get(block.smallest, 0, v), get(block.largest, 0, v));
}

// The best member's lead over the second best; 0 where two are best, or nobody is second.
RRFT_INLINE void lead_of_best(const GroupBlock& block, int v, Doubles scale) {
  const Doubles zero = {};
  const Doubles best = get(block.largest, 0, v);
  Doubles first = zero - __builtin_inf(), second = first;
  for (int64_t j = 0; j < block.size; ++j) {
    const Doubles x = get(block.values, j, v);
    const Doubles lesser = x > first ? first : x;  // NaN of NaN, which is above nothing
    second = lesser > second ? lesser : second;
    first = x > first ? x : first;
  }
  second = get(block.count, 0, v) > zero + 1.0 ? second : best;
  for (int64_t j = 0; j < block.size; ++j) {
    const Doubles x = get(block.values, j, v);
    const Doubles lead = (x - second) * scale;
    put(block.values, j, v, x < best ? zero : lead);
  }
}

void centre(const GroupBlock* block, const Centring& centring) {
  const Doubles zero = {};
  const Doubles one = zero + 1.0;
  for (int v = 0; v < kVectors; ++v) {
    Doubles scale = zero + centring.factor;
    if (centring.by_std) {
      const Doubles divisor = get(block->std, 0, v) + centring.epsilon;
      scale = divisor > zero ? scale / divisor : zero;
    }
    if (centring.baseline == RRFT_BASELINE_SECOND_BEST) {
      lead_of_best(*block, v, scale);
      continue;
    }
    Doubles base = centring.baseline == RRFT_BASELINE_NONE ? zero : get(block->mean, 0, v);
    if (centring.baseline == RRFT_BASELINE_LEAVE_ONE_OUT) {
      const Doubles count = get(block->count, 0, v);
      scale = count > one ? scale * (count / (count - 1.0)) : zero;
    }
    if (centring.baseline == RRFT_BASELINE_LENGTH_WEIGHTED) {
      base = length_weighted_mean(*block, v);
      scale = base == base ? scale : zero;
      base = base == base ? base : zero;
    }
    for (int64_t j = 0; j < block->size; ++j) put(block->values, j, v, (get(block->values, j, v) - base) * scale);
  }
}

// Groups and members trade places in squares of four.
constexpr int kQuad = 4;
typedef float Quad __attribute__((vector_size(4 * kQuad)));
typedef float UnalignedQuad __attribute__((vector_size(4 * kQuad), aligned(4), may_alias));
typedef double QuadOfDoubles __attribute__((vector_size(8 * kQuad)));
typedef double UnalignedQuadOfDoubles __attribute__((vector_size(8 * kQuad), aligned(8), may_alias));

RRFT_INLINE void transpose(Quad (&rows)[kQuad]) {
#if defined(__SSE2__)
  __m128 a = (__m128)rows[0], b = (__m128)rows[1], c = (__m128)rows[2], d = (__m128)rows[3];
  _MM_TRANSPOSE4_PS(a, b, c, d);
  rows[0] = (Quad)a, rows[1] = (Quad)b, rows[2] = (Quad)c, rows[3] = (Quad)d;
#else
  for (int i = 0; i < kQuad; ++i)
    for (int j = 0; j < i; ++j) {
      const float upper = rows[j][i];
      rows[j][i] = rows[i][j];
      rows[i][j] = upper;
    }
#endif
}

RRFT_INLINE void store_widened(double* to, Quad x) {
#if defined(__AVX2__)
  _mm256_storeu_pd(to, _mm256_cvtps_pd((__m128)x));  // in one piece
#else
  *reinterpret_cast<UnalignedQuadOfDoubles*>(to) = __builtin_convertvector(x, QuadOfDoubles);
#endif
}

void gather(const float* rewards, int64_t size, double* values) {
  for (int lane = 0; lane < kBlockGroups; lane += kQuad) {
    const float* const from = rewards + lane * size;
    double* const to = values + lane;
    int64_t j = 0;
    for (; j + kQuad <= size; j += kQuad) {
      Quad rows[kQuad];
      for (int i = 0; i < kQuad; ++i) rows[i] = *reinterpret_cast<const UnalignedQuad*>(from + i * size + j);
      transpose(rows);
      for (int i = 0; i < kQuad; ++i) store_widened(to + (j + i) * kBlockGroups, rows[i]);
    }
    for (; j < size; ++j)
      for (int i = 0; i < kQuad; ++i) to[j * kBlockGroups + i] = static_cast<double>(from[i * size + j]);
  }
}

void scatter(const double* values, int64_t size, float* advantages) {
  for (int lane = 0; lane < kBlockGroups; lane += kQuad) {
    const double* const from = values + lane;
    float* const to = advantages + lane * size;
    int64_t j = 0;
    for (; j + kQuad <= size; j += kQuad) {
      Quad rows[kQuad];
      for (int i = 0; i < kQuad; ++i) {
        const QuadOfDoubles value = *reinterpret_cast<const UnalignedQuadOfDoubles*>(from + (j + i) * kBlockGroups);
        rows[i] = __builtin_convertvector(value == value ? value : QuadOfDoubles{}, Quad);
      }
      transpose(rows);
      for (int i = 0; i < kQuad; ++i) *reinterpret_cast<UnalignedQuad*>(to + i * size + j) = rows[i];
    }
    for (; j < size; ++j)
      for (int i = 0; i < kQuad; ++i) {
        const double value = from[j * kBlockGroups + i];
        to[i * size + j] = value == value ? static_cast<float>(value) : 0.0f;
      }
  }
}

// On bits and without a way out of the loop, so that it becomes vector instructions.
bool any_infinite(const float* rewards, int64_t count) {
  uint32_t infinite = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    __builtin_memcpy(&bits, rewards + i, sizeof bits);
    infinite |= (bits & 0x7fffffffu) == 0x7f800000u ? 1u : 0u;
  }
  return infinite != 0;
}

// What an order-free sum adds to.
class ExactSum {
 public:
  // No term is larger in magnitude than `bound`.
  RRFT_INLINE ExactSum(double bound, int64_t count) {
    int bound_exponent = 0;
    int count_exponent = 0;
    (void)__builtin_frexp(bound, &bound_exponent);
    (void)__builtin_frexp(static_cast<double>(count) + 2.0, &count_exponent);
    // Adding a power of two and taking it off again rounds to a multiple of its last place.
    const double cut = __builtin_ldexp(1.0, bound_exponent + count_exponent);
    cut_ = Doubles{} + cut;
    fine_cut_ = Doubles{} + __builtin_ldexp(cut, count_exponent - 53);
  }

  RRFT_INLINE void add(Doubles term) {
    const Doubles upper = (cut_ + term) - cut_;
    const Doubles lower = (fine_cut_ + (term - upper)) - fine_cut_;
    upper_ += upper;
    lower_ += lower;
  }

  RRFT_INLINE double value() const {
    double upper = 0;
    double lower = 0;
    for (int lane = 0; lane < kDoubleWidth; ++lane) {
      upper += upper_[lane];
      lower += lower_[lane];
    }
    return upper + lower;
  }

 private:
  Doubles cut_, fine_cut_;
  Doubles upper_ = {}, lower_ = {};
};

template <bool kWeighted>
RRFT_INLINE BatchSpread spread_of(const double* values, const double* weights, int64_t count, bool biased) {
  const Doubles zero = {};
  const Doubles one = zero + 1.0;
  const auto weight_at = [=](int64_t i) { return kWeighted ? at(weights, i) : one; };
  Doubles lows = zero + __builtin_inf(), highs = zero - __builtin_inf();
  Doubles totals = zero, heaviest = zero;
  for (int64_t i = 0; i < count; i += kDoubleWidth) {
    const Doubles x = at(values, i);
    const Doubles weight = x == x ? weight_at(i) : zero;
    lows = x < lows ? x : lows;
    highs = x > highs ? x : highs;
    totals += weight;  // whole numbers: exact
    heaviest = weight > heaviest ? weight : heaviest;
  }
  double low = lows[0], high = highs[0], total = totals[0], weight = heaviest[0];
  for (int lane = 1; lane < kDoubleWidth; ++lane) {
    low = lows[lane] < low ? lows[lane] : low;
    high = highs[lane] > high ? highs[lane] : high;
    weight = heaviest[lane] > weight ? heaviest[lane] : weight;
    total += totals[lane];
  }
  if (!(total > 0)) return {__builtin_nan(""), 0.0};

  ExactSum sum(weight * (-low > high ? -low : high), count);
  for (int64_t i = 0; i < count; i += kDoubleWidth) {
    const Doubles x = at(values, i);
    sum.add(x == x ? x * weight_at(i) : zero);
  }
  // Rounding must not take the mean out of the range of the numbers: those that are all equal equal their mean.
  double mean = sum.value() / total;
  mean = mean < low ? low : (mean > high ? high : mean);
  if (total < 2) return {mean, 0.0};

  ExactSum squares(weight * ((high - low) * (high - low)), count);
  for (int64_t i = 0; i < count; i += kDoubleWidth) {
    const Doubles deviation = at(values, i) - mean;
    squares.add(deviation == deviation ? deviation * deviation * weight_at(i) : zero);
  }
  return {mean, squares.value() / (biased ? total : total - 1.0)};
}

BatchSpread spread(const double* values, const double* weights, int64_t count, bool biased) {
  if (weights == nullptr) return spread_of<false>(values, nullptr, count, biased);
  return spread_of<true>(values, weights, count, biased);
}

}  // namespace

#define RRFT_JOIN(a, b) a##b
#define RRFT_GROUPS_OF(table) RRFT_JOIN(groups_of_, table)
extern const GroupKernels RRFT_GROUPS_OF(RRFT_TIER_TABLE);
const GroupKernels RRFT_GROUPS_OF(RRFT_TIER_TABLE) = {measure, report, centre, gather, scatter, any_infinite, spread};

}  // namespace rrft
