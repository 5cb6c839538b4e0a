// The numerics of a row's softmax: sums of exponentials, and what log-prob, entropy and gradient make of them.
//
// With m the largest logit and s = log2(e) / temperature in float32, x_v = (logit_v - m) s, and the sums are those of
// 2^x_v and of 2^x_v x_v: one subtraction, one product and one exponential per logit, none of which overflows. A thread
// adds in float32, threads are added up in double. That s is rounded acts like a slightly different temperature, which
// the log-prob corrects to first order by what the second sum says: d log_prob / d log s = z_y - E[z].
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "reasonrft/cuda/block.cuh"
#include "reasonrft/cuda/device.cuh"

namespace rrft::cuda {

constexpr float kLowest = -3.402823466e+38f;  // unlike -inf it can be subtracted from -inf without a NaN
// 2^x is 0 here and below, so that a logit of -inf weighs nothing, also in sums of 2^x x.
constexpr float kExponentFloor = -160.0f;
constexpr double kLog2E = 1.4426950408889634;
constexpr double kLn2 = 0.6931471805599453;

__device__ inline float exponent(float logit, float maximum, float scale) {
  return larger_or_nan((logit - maximum) * scale, kExponentFloor);
}

// Sums of what has been seen so far.
struct RowSums {
  float maximum;
  double sum;
  double weighted_sum;
};
__device__ inline RowSums no_sums() { return {kLowest, 0, 0}; }

class OnlineSums {
 public:
  __device__ explicit OnlineSums(float scale) : scale_(scale) {}

  __device__ float maximum() const { return maximum_; }
  __device__ float sum() const { return sum_; }
  __device__ float weighted_sum() const { return weighted_sum_; }

  // Measures everything so far from a maximum at least as large.
  __device__ void raise(float maximum) {
    if (!(maximum > maximum_)) return;
    const float shift = exponent(maximum_, maximum, scale_);
    const float factor = fast_exp2(shift);
    weighted_sum_ = factor * (weighted_sum_ + shift * sum_);
    sum_ *= factor;
    maximum_ = maximum;
  }

  __device__ void add(float logit) {
    const float x = exponent(logit, maximum_, scale_);
    const float power = fast_exp2(x);
    sum_ += power;
    weighted_sum_ = fmaf(power, x, weighted_sum_);
  }

  template <size_t kCount>
  __device__ void add(const float (&logits)[kCount]) {
    float largest = logits[0];
    RRFT_UNROLL
    for (size_t i = 1; i < kCount; ++i) largest = fmaxf(largest, logits[i]);
    raise(largest);
    RRFT_UNROLL
    for (size_t i = 0; i < kCount; ++i) add(logits[i]);
  }

 private:
  const float scale_;
  float maximum_ = kLowest;
  float sum_ = 0;
  float weighted_sum_ = 0;
};

// Both parts measured from the larger maximum.
__device__ inline RowSums merged(const RowSums& a, const RowSums& b, float scale) {
  const float maximum = fmaxf(a.maximum, b.maximum);
  const float x_a = exponent(a.maximum, maximum, scale), x_b = exponent(b.maximum, maximum, scale);
  const double shift_a = x_a, shift_b = x_b, factor_a = fast_exp2(x_a), factor_b = fast_exp2(x_b);
  return {maximum, factor_a * a.sum + factor_b * b.sum,
          factor_a * (a.weighted_sum + shift_a * a.sum) + factor_b * (b.weighted_sum + shift_b * b.sum)};
}

// Sums over the lanes of a warp, for all of them.
__device__ inline RowSums warp_merge(RowSums own, float scale) {
  const float maximum = warp_reduce(own.maximum, Larger{});
  const float x = exponent(own.maximum, maximum, scale);
  const double shift = x, factor = fast_exp2(x);
  return {maximum, warp_reduce(factor * own.sum, Sum{}),
          warp_reduce(factor * (own.weighted_sum + shift * own.sum), Sum{})};
}

// Sums over the row by all threads of its blocks. True in the thread of each block that gets them. leave_row() has to
// follow, at the end.
__device__ inline bool sum_row(const OnlineSums& own, float scale, RowSums* row) {
  RRFT_SHARED(parts, RowSums[kMaximumWarps]);
  RRFT_SHARED(block, RowSums);
  const RowSums warp = warp_merge({own.maximum(), own.sum(), own.weighted_sum()}, scale);
  if (lane_index() == 0) parts[warp_index()] = warp;
  __syncthreads();
  if (warp_index() == 0) *row = warp_merge(lane_index() < warp_count() ? parts[lane_index()] : no_sums(), scale);
  if (cluster_blocks() > 1) {
    if (threadIdx.x == 0) block = *row;
    cluster_arrive();
    cluster_wait();
    if (threadIdx.x == 0) {
      *row = *in_block(&block, 0);
      for (unsigned rank = 1; rank < cluster_blocks(); ++rank) *row = merged(*row, *in_block(&block, rank), scale);
    }
    cluster_arrive();
  }
  return threadIdx.x == 0;
}

// The blocks of a cluster read each other's part of the sums until all have come here.
__device__ inline void leave_row() {
  if (cluster_blocks() > 1) cluster_wait();
}

// gradient_v = 2^x_v (scale + slope x_v), and at_token for v = token.
struct RowGradient {
  float maximum;
  float scale;
  float slope;
  float at_token;
};

// What one thread makes of the sums.
struct RowSoftmax {
  double inverse_temperature;
  float maximum;
  double sum;
  double log_sum;     // as the sums are, at the rounded scale
  double correction;  // of log_sum, to the temperature itself
  double entropy;
  double log_prob;  // of the token; NaN when its id is no token

  __device__ double log_sum_exp() const {
    return static_cast<double>(maximum) * inverse_temperature + log_sum + correction;
  }

  // (grad_log_prob (1[v == y] - p_v) - grad_entropy p_v (log p_v + H)) / temperature
  __device__ RowGradient gradient(double grad_log_prob, double grad_entropy) const {
    const double direct = grad_log_prob * inverse_temperature;
    const double through_entropy = grad_entropy * inverse_temperature;
    const double probability = exp(log_prob);
    const double surprise = probability > 0 ? probability * (log_prob + entropy) : 0.0 * probability;
    return {maximum, static_cast<float>(-(direct + through_entropy * (entropy - log_sum)) / sum),
            static_cast<float>(-through_entropy * kLn2 / sum),
            static_cast<float>(direct * -expm1(log_prob) - through_entropy * surprise)};
  }
};

__device__ inline RowSoftmax row_softmax(const RowSums& row, float temperature, float scale, float token_logit) {
  const double inverse = 1.0 / static_cast<double>(temperature), log_sum = log(row.sum);
  const double mean = kLn2 * (row.weighted_sum / row.sum);  // E[z], from z of the maximum
  const double correction = mean * (kLog2E * inverse / static_cast<double>(scale) - 1.0);
  const double token = (static_cast<double>(token_logit) - static_cast<double>(row.maximum)) * inverse;
  return {inverse, row.maximum, row.sum, log_sum, correction, log_sum - mean, token - log_sum - correction};
}

}  // namespace rrft::cuda
