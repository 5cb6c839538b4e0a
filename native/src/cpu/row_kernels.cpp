// One row of logits: softmax statistics in one sweep, the gradient in another. Compiled once per tier; RRFT_TIER_TABLE
// names the table that this copy defines.
//
// Passes over memory: `statistics` reads the row once, in blocks that stay in the first-level cache between finding the
// block's maximum and summing its exponentials. `gradient` reads it again, from the second-level cache where V = 151,936
// float32 (608 KB) fits there, and writes as many bytes.
// Numerics: sums of a block are float32 in 4 * kWidth lanes, folded as a tree; blocks are added in double. The order
// depends on V and on the tier alone, so a row's result does not depend on where it lies or who computes it. There is one
// compiled copy of each loop per element type: variants could be contracted to FMA differently and break that.
#include "row_kernels.h"

#include "lanes.h"

namespace rrft {
namespace {

constexpr int kUnroll = 4;        // independent accumulators: hides the 4 cycles of an addition
constexpr int64_t kBlock = 4096;  // elements; 16 KiB of float32, half of a small first-level cache
constexpr float kLowest = -0x1.fffffep127f;  // -FLT_MAX: unlike -inf it can be subtracted from -inf without a NaN
constexpr float kNegativeInfinity = -__builtin_inff();

// The last `count` < kWidth elements, padded with -inf, which neither raises the maximum nor adds to a sum.
RRFT_INLINE Floats load_tail(const float* from, int64_t count) {
  float padded[kWidth];
  for (int lane = 0; lane < kWidth; ++lane) padded[lane] = lane < count ? from[lane] : kNegativeInfinity;
  return load(padded);
}

RRFT_INLINE Floats load_tail(const uint16_t* from, int64_t count) {
  uint16_t padded[kWidth];
  for (int lane = 0; lane < kWidth; ++lane) padded[lane] = lane < count ? from[lane] : 0xff80u;
  return load(padded);
}

template <typename Element>
RRFT_INLINE void store_tail(Element* to, Floats value, int64_t count) {
  Element padded[kWidth];
  store(padded, value);
  for (int lane = 0; lane < count; ++lane) to[lane] = padded[lane];
}

RRFT_INLINE float fold_sum(const Floats (&parts)[kUnroll]) {
  float lanes[kWidth];
  store(lanes, (parts[0] + parts[1]) + (parts[2] + parts[3]));
  for (int half = kWidth / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

template <typename Element>
RRFT_INLINE float block_maximum(const Element* block, int64_t size, float maximum) {
  Floats parts[kUnroll];
  for (Floats& part : parts) part = broadcast(maximum);
  int64_t v = 0;
  for (; v + kUnroll * kWidth <= size; v += kUnroll * kWidth)
    for (int u = 0; u < kUnroll; ++u) parts[u] = larger(parts[u], load(block + v + u * kWidth));
  for (; v + kWidth <= size; v += kWidth) parts[0] = larger(parts[0], load(block + v));
  if (v < size) parts[0] = larger(parts[0], load_tail(block + v, size - v));
  float lanes[kWidth];
  store(lanes, larger(larger(parts[0], parts[1]), larger(parts[2], parts[3])));
  for (int lane = 0; lane < kWidth; ++lane) maximum = lanes[lane] > maximum ? lanes[lane] : maximum;
  return maximum;
}

template <typename Element>
RRFT_INLINE void add_block(const Element* block, int64_t size, float inverse_temperature, RowStatistics& row) {
  const Floats maximum = broadcast(row.maximum);
  const Floats inverse = broadcast(inverse_temperature);
  Floats sum[kUnroll] = {};
  Floats weighted[kUnroll] = {};
  const auto add = [&](Floats logit, int u) __attribute__((always_inline)) {
    const Floats x = centred(logit, maximum, inverse);
    const Floats e = exponential(x);
    sum[u] += e;
    weighted[u] += e * x;
  };
  int64_t v = 0;
  for (; v + kUnroll * kWidth <= size; v += kUnroll * kWidth)
    for (int u = 0; u < kUnroll; ++u) add(load(block + v + u * kWidth), u);
  for (; v + kWidth <= size; v += kWidth) add(load(block + v), 0);
  if (v < size) add(load_tail(block + v, size - v), 0);
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
  const Floats scale = broadcast(parameters.scale);
  const Floats slope = broadcast(parameters.slope);
  const auto value = [&](Floats logit) __attribute__((always_inline)) {
    const Floats x = centred(logit, maximum, inverse);
    return exponential(x) * (slope * x + scale);
  };
  int64_t v = 0;
  for (; v + kUnroll * kWidth <= size; v += kUnroll * kWidth)
    for (int u = 0; u < kUnroll; ++u) store(out + v + u * kWidth, value(load(row + v + u * kWidth)));
  for (; v + kWidth <= size; v += kWidth) store(out + v, value(load(row + v)));
  if (v < size) store_tail(out + v, value(load_tail(row + v, size - v)), size - v);
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

}  // namespace

extern const RowKernels RRFT_TIER_TABLE;
const RowKernels RRFT_TIER_TABLE = {RRFT_TIER_NAME, statistics_f32, statistics_bf16, gradient_f32, gradient_bf16};

}  // namespace rrft
