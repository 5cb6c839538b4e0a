// Reductions over a block, in an order that depends on the block's size alone.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/device.cuh"

namespace rrft::cuda {

constexpr int kWarp = 32;
constexpr int kMaximumThreads = 1024;
constexpr unsigned kAllLanes = 0xffffffffu;

struct Sum {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

// Ignores NaN, as fmaxf does.
struct Larger {
  __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

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
  RRFT_SHARED(parts, T[kWarp]);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  value = warp_reduce(value, combine);
  __syncthreads();  // parts may still be read from the call before
  if (lane == 0) parts[warp] = value;
  __syncthreads();
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  return warp_reduce(lane < warps ? parts[lane] : identity, combine);
}

}  // namespace rrft::cuda
