// One row of logits: softmax statistics in one sweep, the gradient in another. Compiled once per tier; RRFT_TIER_TABLE
// names the table that this copy defines.
//
// Passes over memory: `statistics` reads the row once, in blocks that stay in the first-level cache between finding the
// block's maximum and summing its exponentials. `gradient` reads it again, from the second-level cache where V = 151,936
// float32 (608 KB) fits there, and writes as many bytes.
// Numerics: sums of a block are float32 in 2 * kPair lanes, folded as a tree; blocks are added in double. The order
// depends on V and on the tier alone, so a row's result does not depend on where it lies or who computes it. There is one
// compiled copy of each loop per element type: variants could be contracted to FMA differently and break that.
#include "row_kernels.h"

#include "lanes.h"

namespace rrft {
namespace {

constexpr int64_t kBlock = 4096;  // elements; 16 KiB of float32, half of a small first-level cache
constexpr float kLowest = -0x1.fffffep127f;  // -FLT_MAX: unlike -inf it can be subtracted from -inf without a NaN
constexpr float kNegativeInfinity = -__builtin_inff();

// The last `count` < kPair elements, padded with -inf, which neither raises the maximum nor adds to a sum.
RRFT_INLINE Pair load_tail(const float* from, int64_t count) {
  float padded[kPair];
  for (int lane = 0; lane < kPair; ++lane) padded[lane] = lane < count ? from[lane] : kNegativeInfinity;
  return load(padded);
}

RRFT_INLINE Pair load_tail(const uint16_t* from, int64_t count) {
  uint16_t padded[kPair];
  for (int lane = 0; lane < kPair; ++lane) padded[lane] = lane < count ? from[lane] : 0xff80u;
  return load(padded);
}

template <typename Element>
RRFT_INLINE void store_tail(Element* to, Pair value, int64_t count) {
  Element padded[kPair];
  store(padded, value);
  for (int lane = 0; lane < count; ++lane) to[lane] = padded[lane];
}

// Calls body(pair, part) over a block; part 0 or 1 names the accumulators, of which there are enough to hide the latency
// of an addition: two of two vectors each.
template <typename Element, typename Body>
RRFT_INLINE void for_each_pair(const Element* block, int64_t size, Body&& body) {
  int64_t v = 0;
  for (; v + 2 * kPair <= size; v += 2 * kPair) {
    body(load(block + v), 0);
    body(load(block + v + kPair), 1);
  }
  for (; v + kPair <= size; v += kPair) body(load(block + v), 0);
  if (v < size) body(load_tail(block + v, size - v), 0);
}

RRFT_INLINE float fold_sum(const Pair (&parts)[2]) {
  float lanes[kWidth];
  store_vector(lanes, (parts[0].first + parts[0].second) + (parts[1].first + parts[1].second));
  for (int half = kWidth / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

template <typename Element>
RRFT_INLINE float block_maximum(const Element* block, int64_t size, float maximum) {
  const Floats start = broadcast(maximum);
  Pair parts[2] = {{start, start}, {start, start}};
  for_each_pair(block, size, [&](Pair logits, int part) __attribute__((always_inline)) {
    parts[part].first = larger(parts[part].first, logits.first);
    parts[part].second = larger(parts[part].second, logits.second);
  });
  float lanes[kWidth];
  store_vector(lanes, larger(larger(parts[0].first, parts[0].second), larger(parts[1].first, parts[1].second)));
  for (int lane = 0; lane < kWidth; ++lane) maximum = lanes[lane] > maximum ? lanes[lane] : maximum;
  return maximum;
}

template <typename Element>
RRFT_INLINE void add_block(const Element* block, int64_t size, float inverse_temperature, RowStatistics& row) {
  const Floats maximum = broadcast(row.maximum);
  const Floats inverse = broadcast(inverse_temperature);
  Pair sum[2] = {};
  Pair weighted[2] = {};
  const auto add = [&](Floats logit, Floats& to_sum, Floats& to_weighted) __attribute__((always_inline)) {
    const Floats x = centred(logit, maximum, inverse);
    const Floats e = exponential(x);
    to_sum += e;
    to_weighted += e * x;
  };
  for_each_pair(block, size, [&](Pair logits, int part) __attribute__((always_inline)) {
    add(logits.first, sum[part].first, weighted[part].first);
    add(logits.second, sum[part].second, weighted[part].second);
  });
  row.sum += static_cast<double>(fold_sum(sum));
  row.weighted_sum += static_cast<double>(fold_sum(weighted));
}

template <typename Element>
RRFT_INLINE RowStatistics statistics(const Element* row, int64_t size, float inverse_temperature) {
  RowStatistics result = {kLowest, 0.0, 0.0};
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    const int64_t count = size - begin < kBlock ? size - begin : kBlock;
    const float maximum = block_maximum(row + begin, count, result.maximum);
    if (maximum > result.maximum) {
      // Everything so far was measured from the old maximum: exp(x + s) = exp(x) exp(s), and x becomes x + s.
      const double shift =
          (static_cast<double>(result.maximum) - static_cast<double>(maximum)) * static_cast<double>(inverse_temperature);
      const double factor = __builtin_exp(shift);
      if (result.sum != 0) {
        result.weighted_sum = factor > 0 ? factor * (result.weighted_sum + shift * result.sum) : 0.0 * result.weighted_sum;
        result.sum *= factor;
      }
      result.maximum = maximum;
    }
    add_block(row + begin, count, inverse_temperature, result);
  }
  return result;
}

template <typename Element>
RRFT_INLINE void gradient(const Element* row, Element* out, int64_t size, const RowGradient& parameters) {
  const Floats maximum = broadcast(parameters.maximum);
  const Floats inverse = broadcast(parameters.inverse_temperature);
  const Floats scale = broadcast(canonical_nan(parameters.scale));
  const Floats slope = broadcast(canonical_nan(parameters.slope));
  const auto value = [&](Floats logit) __attribute__((always_inline)) {
    const Floats x = centred(logit, maximum, inverse);
    return exponential(x) * (slope * x + scale);
  };
  const auto values = [&](Pair logits) __attribute__((always_inline)) {
    return Pair{value(logits.first), value(logits.second)};
  };
  int64_t v = 0;
  for (; v + 2 * kPair <= size; v += 2 * kPair) {
    store(out + v, values(load(row + v)));
    store(out + v + kPair, values(load(row + v + kPair)));
  }
  for (; v + kPair <= size; v += kPair) store(out + v, values(load(row + v)));
  if (v < size) store_tail(out + v, values(load_tail(row + v, size - v)), size - v);
}

RowStatistics statistics_f32(const float* row, int64_t size, float inverse_temperature) {
  return statistics(row, size, inverse_temperature);
}

RowStatistics statistics_bf16(const uint16_t* row, int64_t size, float inverse_temperature) {
  return statistics(row, size, inverse_temperature);
}

void gradient_f32(const float* row, float* out, int64_t size, const RowGradient& parameters) {
  gradient(row, out, size, parameters);
}

void gradient_bf16(const uint16_t* row, uint16_t* out, int64_t size, const RowGradient& parameters) {
  gradient(row, out, size, parameters);
}

void exponentials_f64(const double* x, double* value, double* minus_one, int64_t size) {
  int64_t i = 0;
  for (; i + kDoubleWidth <= size; i += kDoubleWidth) {
    const Exponentials result = exponentials(*reinterpret_cast<const UnalignedDoubles*>(x + i));
    *reinterpret_cast<UnalignedDoubles*>(value + i) = result.value;
    *reinterpret_cast<UnalignedDoubles*>(minus_one + i) = result.minus_one;
  }
  if (i < size) {
    const int64_t count = size - i;
    double padded[3][kDoubleWidth] = {};
    for (int lane = 0; lane < count; ++lane) padded[0][lane] = x[i + lane];
    const Exponentials result = exponentials(*reinterpret_cast<const UnalignedDoubles*>(padded[0]));
    *reinterpret_cast<UnalignedDoubles*>(padded[1]) = result.value;
    *reinterpret_cast<UnalignedDoubles*>(padded[2]) = result.minus_one;
    for (int lane = 0; lane < count; ++lane) {
      value[i + lane] = padded[1][lane];
      minus_one[i + lane] = padded[2][lane];
    }
  }
}

}  // namespace

#define RRFT_JOIN(a, b) a##b
#define RRFT_GROUPS_OF(table) RRFT_JOIN(groups_of_, table)
extern const GroupKernels RRFT_GROUPS_OF(RRFT_TIER_TABLE);

extern const RowKernels RRFT_TIER_TABLE;
const RowKernels RRFT_TIER_TABLE = {RRFT_TIER_NAME, statistics_f32, statistics_bf16, gradient_f32, gradient_bf16,
                                    exponentials_f64, &RRFT_GROUPS_OF(RRFT_TIER_TABLE)};

}  // namespace rrft
