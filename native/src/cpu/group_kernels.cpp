// Loops over a block of groups (group_kernels.h). Compiled once per tier; RRFT_TIER_TABLE names the row kernels of this
// tier, whose table points to this one.
//
// Double precision. Contraction to FMA is off in effect: no sum here has a product whose rounding matters to equality of
// contiguous and scattered groups, since both go through these loops.
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
    put(block->std, 0, v, count > one ? variance : zero);
  }
  for (int lane = 0; lane < kBlockGroups; ++lane) block->std[lane] = __builtin_sqrt(block->std[lane]);
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

void gather(const float* rewards, int64_t size, double* values) {
  for (int64_t j = 0; j < size; ++j)
    for (int lane = 0; lane < kBlockGroups; ++lane)
      values[j * kBlockGroups + lane] = static_cast<double>(rewards[lane * size + j]);
}

void scatter(const double* values, int64_t size, float* advantages) {
  for (int64_t j = 0; j < size; ++j)
    for (int lane = 0; lane < kBlockGroups; ++lane) {
      const double value = values[j * kBlockGroups + lane];
      advantages[lane * size + j] = value == value ? static_cast<float>(value) : 0.0f;
    }
}

}  // namespace

#define RRFT_JOIN(a, b) a##b
#define RRFT_GROUPS_OF(table) RRFT_JOIN(groups_of_, table)
extern const GroupKernels RRFT_GROUPS_OF(RRFT_TIER_TABLE);
const GroupKernels RRFT_GROUPS_OF(RRFT_TIER_TABLE) = {measure, centre, gather, scatter};

}  // namespace rrft
