// Mean and variance over a batch, by one block, that do not depend on the order of the numbers.
//
// Floating-point sums depend on their order because each addition rounds. Here numbers are first cut at a power of two,
// fine enough for the mantissa of a double to hold any sum of the pieces: those additions are exact. What was cut off
// gets the same treatment once more, after which less than 2^-70 of the largest number is lost (for batches of up to
// 2^16). The CPU backend does the same (native/src/cpu/group_kernels.cpp).
#pragma once

#include <cstdint>

#include "reasonrft/cuda/block.cuh"

namespace rrft::cuda {

class ExactSum {
 public:
  // No term is larger in magnitude than `bound`.
  __device__ ExactSum(double bound, int64_t count) {
    int bound_exponent = 0;
    int count_exponent = 0;
    (void)frexp(bound, &bound_exponent);
    (void)frexp(static_cast<double>(count) + 2.0, &count_exponent);
    // Adding a power of two and taking it off again rounds to a multiple of its last place.
    cut_ = ldexp(1.0, bound_exponent + count_exponent);
    fine_cut_ = ldexp(cut_, count_exponent - 53);
  }

  __device__ void add(double term) {
    const double upper = (cut_ + term) - cut_;
    upper_ += upper;
    lower_ += (fine_cut_ + (term - upper)) - fine_cut_;
  }

  // Over the block, for every thread.
  __device__ double value() const { return block_reduce(upper_, Sum{}, 0.0) + block_reduce(lower_, Sum{}, 0.0); }

 private:
  double cut_, fine_cut_;
  double upper_ = 0;
  double lower_ = 0;
};

struct BatchSpread {
  double mean;  // NaN of nothing
  double variance;
};

// Of value(i) for i in [0, count) where it is no NaN, each as often as weight(i) says: a whole number.
template <typename Value, typename Weight>
__device__ BatchSpread batch_spread(int64_t count, bool biased, const Value& value, const Weight& weight) {
  const int64_t first = static_cast<int64_t>(threadIdx.x), step = static_cast<int64_t>(blockDim.x);
  double low = kInfinity, high = -kInfinity, total = 0, heaviest = 0;
  for (int64_t i = first; i < count; i += step) {
    const double x = value(i);
    if (isnan(x)) continue;
    low = fmin(low, x);
    high = fmax(high, x);
    total += weight(i);  // whole numbers: exact
    heaviest = fmax(heaviest, weight(i));
  }
  low = block_reduce(low, Smaller{}, kInfinity);
  high = block_reduce(high, Larger{}, -kInfinity);
  total = block_reduce(total, Sum{}, 0.0);
  heaviest = block_reduce(heaviest, Larger{}, 0.0);
  if (!(total > 0)) return {NAN, 0.0};

  ExactSum sum(heaviest * fmax(-low, high), count);
  for (int64_t i = first; i < count; i += step) {
    const double x = value(i);
    if (!isnan(x)) sum.add(x * weight(i));
  }
  // Rounding must not take the mean out of the range of the numbers: those that are all equal equal their mean.
  const double mean = fmin(fmax(sum.value() / total, low), high);
  if (total < 2) return {mean, 0.0};

  ExactSum squares(heaviest * ((high - low) * (high - low)), count);
  for (int64_t i = first; i < count; i += step) {
    const double deviation = value(i) - mean;
    if (!isnan(deviation)) squares.add(deviation * deviation * weight(i));
  }
  return {mean, squares.value() / (biased ? total : total - 1.0)};
}

}  // namespace rrft::cuda
