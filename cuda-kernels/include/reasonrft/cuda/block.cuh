// Reductions over a block, in an order that depends on the block's size alone.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/device.cuh"

namespace rrft::cuda {

constexpr int kWarp = 32;
constexpr int kMaximumThreads = 512;  // of a block; 64 registers each leave room for two on a multiprocessor
constexpr int kMaximumWarps = kMaximumThreads / kWarp;
constexpr unsigned kAllLanes = 0xffffffffu;
constexpr double kInfinity = HUGE_VAL;
constexpr double kNaN = NAN;

__device__ inline int lane_index() { return static_cast<int>(threadIdx.x) % kWarp; }
__device__ inline int warp_index() { return static_cast<int>(threadIdx.x) / kWarp; }
__device__ inline int warp_count() { return static_cast<int>(blockDim.x) / kWarp; }

struct Sum {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

// Ignores NaN, as fmaxf does.
struct Larger {
  __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
  __device__ double operator()(double a, double b) const { return fmax(a, b); }
};
struct Smaller {
  __device__ double operator()(double a, double b) const { return fmin(a, b); }
  __device__ unsigned operator()(unsigned a, unsigned b) const { return a < b ? a : b; }
};

__device__ inline double larger_or_nan(double a, double b) { return a > b || isnan(a) ? a : b; }
__device__ inline double smaller_or_nan(double a, double b) { return a < b || isnan(a) ? a : b; }

// Butterfly: every lane ends with the same bits, because a + b and b + a are the same number.
template <typename T, typename Combine>
__device__ T warp_reduce(T value, Combine combine) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2)
    value = combine(value, __shfl_xor_sync(kAllLanes, value, distance));
  return value;
}

// Every thread of the block calls this and gets the result. `identity` is combine's.
template <typename T, typename Combine>
__device__ T block_reduce(T value, Combine combine, T identity) {
  RRFT_SHARED(parts, T[kMaximumWarps]);
  value = warp_reduce(value, combine);
  __syncthreads();  // parts may still be read from the call before
  if (lane_index() == 0) parts[warp_index()] = value;
  __syncthreads();
  return warp_reduce(lane_index() < warp_count() ? parts[lane_index()] : identity, combine);
}

// What thread 0 has, for every thread of the block.
template <typename T>
__device__ T from_first_thread(T value) {
  RRFT_SHARED(shared, T);
  __syncthreads();
  if (threadIdx.x == 0) shared = value;
  __syncthreads();
  return shared;
}

}  // namespace rrft::cuda
