// What CUDA has and C++ does not, one line each, with a twin for compilers that are not nvcc: tests compile the device
// code as plain C++ and run it on the processor (tests/native/simt).
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#ifndef __CUDACC__
#include <cfloat>

#include "element.h"
#endif

namespace rrft::cuda {

template <typename T>
using Same = T;

#ifdef __CUDACC__

// Shared memory of a block: RRFT_SHARED(parts, double[32]) declares `parts`.
#define RRFT_SHARED(name, ...) __shared__ ::rrft::cuda::Same<__VA_ARGS__> name
#define RRFT_NOINLINE __noinline__
#define RRFT_UNROLL _Pragma("unroll")

__device__ inline uint4* dynamic_shared() {
  extern __shared__ uint4 rrft_dynamic_shared[];
  return rrft_dynamic_shared;
}

// Thread-block clusters: Hopper and later. On other GPUs a block is alone in its cluster.
#if __CUDA_ARCH__ >= 900
__device__ inline unsigned cluster_rank() {
  unsigned rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
__device__ inline unsigned cluster_blocks() {
  unsigned blocks;
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(blocks));
  return blocks;
}
// Not ".aligned", which would need the threads of a warp side by side: one of them may still be at work on its own.
__device__ inline void cluster_arrive() { asm volatile("barrier.cluster.arrive.release;" ::: "memory"); }
__device__ inline void cluster_wait() { asm volatile("barrier.cluster.wait.acquire;" ::: "memory"); }
template <typename T>
__device__ const T* in_block(const T* shared, unsigned rank) {
  uint64_t mapped;
  asm("mapa.u64 %0, %1, %2;" : "=l"(mapped) : "l"(shared), "r"(rank));
  return reinterpret_cast<const T*>(mapped);
}
#else
__device__ inline unsigned cluster_rank() { return 0; }
__device__ inline unsigned cluster_blocks() { return 1; }
__device__ inline void cluster_arrive() {}
__device__ inline void cluster_wait() {}
template <typename T>
__device__ const T* in_block(const T* shared, unsigned) {
  return shared;
}
#endif

// 2^x, at most 2 units in the last place off; 0 for what float32 can only hold as a subnormal number.
__device__ inline float fast_exp2(float x) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}
// The larger one; NaN if either is.
__device__ inline float larger_or_nan(float a, float b) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}

// Two numbers of 16 bits in a word, rounded to nearest even.
__device__ inline uint32_t pack_bf16(float low, float high) {
  uint32_t word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
}
__device__ inline uint32_t pack_f16(float low, float high) {
  uint32_t word;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
}
__device__ inline float from_f16(uint32_t bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(static_cast<uint16_t>(bits)));
  return value;
}

// A flag that one block raises over what it wrote before, and others wait for.
__device__ inline void raise_flag(unsigned* flag) {
  asm volatile("st.release.gpu.u32 [%0], 1;" ::"l"(flag) : "memory");
}
__device__ inline void await_flag(const unsigned* flag) {
  unsigned up = 0;
  while (up == 0) asm volatile("ld.acquire.gpu.u32 %0, [%1];" : "=r"(up) : "l"(flag) : "memory");
}

#else

#define RRFT_SHARED(name, ...) auto& name = simt::shared<::rrft::cuda::Same<__VA_ARGS__>>([] {})
#define RRFT_NOINLINE __attribute__((noinline))
#define RRFT_UNROLL

inline uint4* dynamic_shared() { return static_cast<uint4*>(simt::dynamic_shared()); }

inline unsigned cluster_rank() { return simt::cluster_rank(); }
inline unsigned cluster_blocks() { return simt::cluster_blocks(); }
inline void cluster_arrive() { simt::cluster_arrive({__FILE__, __LINE__, "cluster_arrive"}); }
inline void cluster_wait() { simt::cluster_wait({__FILE__, __LINE__, "cluster_wait"}); }
template <typename T>
const T* in_block(const T* shared, unsigned rank) {
  return static_cast<const T*>(simt::map_shared(shared, rank));
}

inline float fast_exp2(float x) {
  const float result = exp2f(x);
  return result < FLT_MIN ? 0.0f : result;  // NaN stays
}
inline float larger_or_nan(float a, float b) { return a > b || a != a ? a : b; }

inline uint32_t pack_bf16(float low, float high) { return to_bf16(low).bits | uint32_t{to_bf16(high).bits} << 16; }
inline uint32_t pack_f16(float low, float high) { return to_f16(low).bits | uint32_t{to_f16(high).bits} << 16; }
inline float from_f16(uint32_t bits) { return to_float(f16{static_cast<uint16_t>(bits)}); }

inline void raise_flag(unsigned* flag) { *flag = 1; }
inline void await_flag(const unsigned* flag) {
  while (*flag == 0) simt::pause({__FILE__, __LINE__, "await_flag"});
}

#endif

}  // namespace rrft::cuda
