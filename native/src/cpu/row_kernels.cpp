// One row of logits: softmax statistics in one sweep, the gradient in another. Compiled once per tier; RRFT_TIER_TABLE
// names the table that this copy defines.
//
// Passes over memory: `statistics` reads the row once, in blocks that stay in the first-level cache between finding the
// block's maximum and summing its exponentials; while it sums one block it asks for the next, so that memory does not
// wait for arithmetic. `gradient` reads the row again, from the second-level cache where V = 151,936 float32 (608 KB)
// fits there, and writes as many bytes.
// Numerics: sums of a block are float32 in 2 * kPair lanes, added up over blocks in double lanes and folded at the end.
// The order depends on V and on the tier alone, so a row's result does not depend on where it lies or who computes it.
#include "row_kernels.h"

#include "lanes.h"

namespace rrft {
namespace {

constexpr int64_t kBlock = 4096;  // RRFT_TILE_ALIGNMENT elements; 16 KiB of float32, half of a small first-level cache
constexpr int64_t kLine = 64;     // bytes of a cache line, or a divisor of it
constexpr float kLowest = -0x1.fffffep127f;  // -FLT_MAX: unlike -inf it can be subtracted from -inf without a NaN

RRFT_INLINE float negative_infinity(const float*) { return -__builtin_inff(); }
RRFT_INLINE uint16_t negative_infinity(const uint16_t*) { return 0xff80u; }
RRFT_INLINE Half negative_infinity(const Half*) { return {0xfc00u}; }

// The last `count` < kPair elements, padded with -inf, which neither raises the maximum nor adds to a sum.
template <typename Element>
RRFT_INLINE Pair load_tail(const Element* from, int64_t count) {
  Element padded[kPair];
  for (int lane = 0; lane < kPair; ++lane) padded[lane] = lane < count ? from[lane] : negative_infinity(from);
  return load(padded);
}

template <typename Element>
RRFT_INLINE void store_tail(Element* to, Pair value, int64_t count) {
  Element padded[kPair];
  store(padded, value);
  for (int lane = 0; lane < count; ++lane) to[lane] = padded[lane];
}

// Calls body(pair, part) over a block; part 0 or 1 names the accumulators, of which there are enough to hide the
// latency of an addition: two of two vectors each. `before(v)` runs ahead of each step of 2 * kPair elements.
template <typename Element, typename Before, typename Body>
RRFT_INLINE void for_each_pair(const Element* block, int64_t size, Before&& before, Body&& body) {
  int64_t v = 0;
  for (; v + 2 * kPair <= size; v += 2 * kPair) {
    before(v);
    body(load(block + v), 0);
    body(load(block + v + kPair), 1);
  }
  for (; v + kPair <= size; v += kPair) body(load(block + v), 0);
  if (v < size) body(load_tail(block + v, size - v), 0);
}

// Lanes of double that float32 vectors are added to.
class Accumulator {
 public:
  RRFT_INLINE void add(const Pair (&parts)[2]) {
    const Floats all = (parts[0].first + parts[0].second) + (parts[1].first + parts[1].second);
    HalfFloats halves[2];
    __builtin_memcpy(halves, &all, sizeof all);
    lanes[0] += __builtin_convertvector(halves[0], Doubles);
    lanes[1] += __builtin_convertvector(halves[1], Doubles);
  }

  RRFT_INLINE double total() const { return fold(lanes[0] + lanes[1]); }

  RRFT_INLINE void load_from(const double* from) { __builtin_memcpy(lanes, from, sizeof lanes); }
  RRFT_INLINE void store_to(double* to) const { __builtin_memcpy(to, lanes, sizeof lanes); }

  Doubles lanes[2] = {};
};

static_assert(2 * kDoubleWidth <= RowSums::kLanes, "RowSums holds the lanes of any tier");

// The larger of `maximum` and the block's logits.
template <typename Element>
RRFT_INLINE float block_maximum(const Element* block, int64_t size, float maximum) {
  const Floats start = broadcast(maximum);
  Pair parts[2] = {{start, start}, {start, start}};
  for_each_pair(
      block, size, [](int64_t) {},
      [&](Pair logits, int part) __attribute__((always_inline)) {
        parts[part].first = larger(logits.first, parts[part].first);
        parts[part].second = larger(logits.second, parts[part].second);
      });
  const Floats all = larger(larger(parts[0].first, parts[0].second), larger(parts[1].first, parts[1].second));
  if (!any_larger(all, start)) return maximum;  // nearly always, after the first blocks
  float lanes[kWidth];
  store_vector(lanes, all);
  for (int lane = 0; lane < kWidth; ++lane) maximum = lanes[lane] > maximum ? lanes[lane] : maximum;
  return maximum;
}

// `ahead` is asked for meanwhile, as many bytes as the block has; nullptr: nothing is.
template <typename Element>
RRFT_INLINE void add_block(const Element* block, int64_t size, const Element* ahead, float maximum_logit, float scale,
                           Accumulator& sum, Accumulator& weighted_sum) {
  const Floats maximum = broadcast(maximum_logit);
  const Floats scales = broadcast(scale);
  // Without anything ahead the same line is asked for again and again, which costs less than a branch.
  const char* const prefetched = reinterpret_cast<const char*>(ahead != nullptr ? ahead : block);
  const int64_t step = ahead != nullptr ? static_cast<int64_t>(sizeof(Element)) : 0;
  Pair sums[2] = {};
  Pair weighted[2] = {};
  const auto add = [&](Floats logit, Floats& to_sum, Floats& to_weighted) __attribute__((always_inline)) {
    const Floats y = exponent(logit, maximum, scales);
    const Floats e = exp2_below_one(y);
    to_sum += e;
    to_weighted += e * y;
  };
  for_each_pair(
      block, size,
      [&](int64_t v) __attribute__((always_inline)) {
        constexpr int64_t kBytes = 2 * kPair * static_cast<int64_t>(sizeof(Element));
        for (int64_t byte = 0; byte < kBytes; byte += kLine) __builtin_prefetch(prefetched + v * step + byte);
      },
      [&](Pair logits, int part) __attribute__((always_inline)) {
        add(logits.first, sums[part].first, weighted[part].first);
        add(logits.second, sums[part].second, weighted[part].second);
      });
  sum.add(sums);
  weighted_sum.add(weighted);
}

RowSums no_sums() {
  RowSums sums = {};
  sums.maximum = static_cast<double>(kLowest);
  return sums;
}

template <typename Element>
void merge(const void* first, int64_t size, float scale, RowSums* sums) {
  const Element* const piece = static_cast<const Element*>(first);
  float maximum = static_cast<float>(sums->maximum);
  Accumulator sum;
  Accumulator weighted_sum;
  sum.load_from(sums->sum);
  weighted_sum.load_from(sums->weighted_sum);
  for (int64_t begin = 0; begin < size; begin += kBlock) {
    const int64_t count = size - begin < kBlock ? size - begin : kBlock;
    const float raised = block_maximum(piece + begin, count, maximum);
    if (raised > maximum) {
      // Everything so far was measured from the old maximum: 2^(y + s) = 2^y 2^s, and y becomes y + s.
      const double shift = (static_cast<double>(maximum) - static_cast<double>(raised)) * static_cast<double>(scale);
      const double factor = __builtin_exp2(shift);
      for (int part = 0; part < 2; ++part) {
        weighted_sum.lanes[part] = (weighted_sum.lanes[part] + sum.lanes[part] * shift) * factor;
        sum.lanes[part] *= factor;
      }
      maximum = raised;
    }
    const Element* const ahead = begin + 2 * kBlock <= size ? piece + begin + kBlock : nullptr;
    add_block(piece + begin, count, ahead, maximum, scale, sum, weighted_sum);
  }
  sums->maximum = static_cast<double>(maximum);
  sum.store_to(sums->sum);
  weighted_sum.store_to(sums->weighted_sum);
}

RowStatistics totals(const RowSums& sums) {
  Accumulator sum;
  Accumulator weighted_sum;
  sum.load_from(sums.sum);
  weighted_sum.load_from(sums.weighted_sum);
  return {static_cast<float>(sums.maximum), sum.total(), weighted_sum.total()};
}

template <typename Element>
RowStatistics statistics(const void* row, int64_t size, float scale) {
  RowSums sums = no_sums();
  merge<Element>(row, size, scale, &sums);
  return totals(sums);
}

template <bool kSlope, typename Element>
RRFT_INLINE void write_gradient(const Element* row, Element* out, int64_t size, const RowGradient& parameters) {
  const Floats maximum = broadcast(parameters.maximum);
  const Floats scale = broadcast(parameters.scale);
  const Floats factor = broadcast(canonical_nan(parameters.factor));
  const Floats slope = broadcast(canonical_nan(parameters.slope));
  const auto value = [&](Floats logit) __attribute__((always_inline)) {
    const Floats y = exponent(logit, maximum, scale);
    return exp2_below_one(y) * (kSlope ? slope * y + factor : factor);
  };
  const auto values = [&](Pair logits) __attribute__((always_inline)) {
    return Pair{value(logits.first), value(logits.second)};
  };
  int64_t v = 0;
  if (kStreams && parameters.streams) {
    const int64_t past = static_cast<int64_t>(reinterpret_cast<uintptr_t>(out) % kStreamAlignment);
    const int64_t head = past == 0 ? 0 : (kStreamAlignment - past) / static_cast<int64_t>(sizeof(Element));
    if (head > 0 && head <= size) {
      store_tail(out, values(load_tail(row, head)), head);
      v = head;
    }
    if (head <= size) {
      for (; v + 2 * kPair <= size; v += 2 * kPair) {
        stream(out + v, values(load(row + v)));
        stream(out + v + kPair, values(load(row + v + kPair)));
      }
      fence();
    }
  }
  for (; v + 2 * kPair <= size; v += 2 * kPair) {
    store(out + v, values(load(row + v)));
    store(out + v + kPair, values(load(row + v + kPair)));
  }
  for (; v + kPair <= size; v += kPair) store(out + v, values(load(row + v)));
  if (v < size) store_tail(out + v, values(load_tail(row + v, size - v)), size - v);
}

template <typename Element>
void gradient(const void* row, void* out, int64_t size, const RowGradient& parameters) {
  if (parameters.slope == 0) {
    write_gradient<false>(static_cast<const Element*>(row), static_cast<Element*>(out), size, parameters);
  } else {
    write_gradient<true>(static_cast<const Element*>(row), static_cast<Element*>(out), size, parameters);
  }
}

}  // namespace

#define RRFT_JOIN(a, b) a##b
#define RRFT_GROUPS_OF(table) RRFT_JOIN(groups_of_, table)
#define RRFT_MATRICES_OF(table) RRFT_JOIN(matrices_of_, table)
#define RRFT_POLICY_OF(table) RRFT_JOIN(policy_of_, table)
extern const GroupKernels RRFT_GROUPS_OF(RRFT_TIER_TABLE);
extern const MatrixKernels RRFT_MATRICES_OF(RRFT_TIER_TABLE);
extern const PolicyKernels RRFT_POLICY_OF(RRFT_TIER_TABLE);

extern const RowKernels RRFT_TIER_TABLE;
const RowKernels RRFT_TIER_TABLE = {RRFT_TIER_NAME,
                                    {statistics<float>, statistics<uint16_t>, statistics<Half>},
                                    {merge<float>, merge<uint16_t>, merge<Half>},
                                    no_sums,
                                    totals,
                                    {gradient<float>, gradient<uint16_t>, gradient<Half>},
                                    &RRFT_GROUPS_OF(RRFT_TIER_TABLE),
                                    &RRFT_MATRICES_OF(RRFT_TIER_TABLE),
                                    &RRFT_POLICY_OF(RRFT_TIER_TABLE)};

}  // namespace rrft
