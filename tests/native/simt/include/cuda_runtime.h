// Stands in for CUDA's header of this name where device code is compiled as plain C++ (simt.h): the keywords, the
// built-in variables and functions that our kernels use, and the part of the runtime that launches them. Device memory
// is memory of the heap, so AddressSanitizer knows where it ends; streams run at once; a fault is
// cudaErrorLaunchFailure.
#pragma once

#include <math.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "simt.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) alignas(bytes)

inline const simt::Index &threadIdx = simt::thread_index, &blockIdx = simt::block_index;
inline const simt::Index &blockDim = simt::block_size, &gridDim = simt::grid_size;

using dim3 = simt::Index;

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
  return {x, y, z, w};
}
inline uint2 make_uint2(unsigned x, unsigned y) {
  return {x, y};
}

// ---- Synchronisation

#define SIMT_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(SIMT_HERE) {
  simt::block_barrier({file, line, "__syncthreads"});
}
inline void __syncwarp(unsigned mask = 0xffffffffu, SIMT_HERE) {
  simt::warp_barrier(mask, {file, line, "__syncwarp"});
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int = 32, SIMT_HERE) {
  return simt::warp_shuffle_value(mask, value, source, {file, line, "__shfl_sync"});
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int = 32, SIMT_HERE) {
  return simt::warp_shuffle_value(mask, value, simt::lane() ^ lanes, {file, line, "__shfl_xor_sync"});
}
// A lane without a neighbour that far away gets its own value.
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int = 32, SIMT_HERE) {
  const int source = simt::lane() + static_cast<int>(distance);
  return simt::warp_shuffle_value(mask, value, source < simt::kWarp ? source : simt::lane(),
                                  {file, line, "__shfl_down_sync"});
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int = 32, SIMT_HERE) {
  const int source = simt::lane() - static_cast<int>(distance);
  return simt::warp_shuffle_value(mask, value, source >= 0 ? source : simt::lane(), {file, line, "__shfl_up_sync"});
}

inline unsigned __ballot_sync(unsigned mask, int predicate, SIMT_HERE) {
  return simt::warp_ballot(mask, predicate != 0, {file, line, "__ballot_sync"});
}
inline int __any_sync(unsigned mask, int predicate, SIMT_HERE) {
  return simt::warp_ballot(mask, predicate != 0, {file, line, "__any_sync"}) != 0;
}
inline int __all_sync(unsigned mask, int predicate, SIMT_HERE) {
  return simt::warp_ballot(mask, predicate != 0, {file, line, "__all_sync"}) == mask;
}
inline unsigned __reduce_add_sync(unsigned mask, unsigned value, SIMT_HERE) {
  return simt::warp_fold(mask, value, [](uint32_t a, uint32_t b) { return a + b; }, {file, line, "__reduce_add_sync"});
}

// One thread runs at a time, so that memory is always coherent.
inline void __threadfence() {}
template <typename T>
T atomicAdd(T* address, T value) {
  const T before = *address;
  *address = before + value;
  return before;
}

// ---- Loads and stores with cache hints, conversions

template <typename T>
T __ldg(const T* address) {
  return *address;
}
template <typename T>
T __ldcg(const T* address) {
  return *address;
}
template <typename T>
T __ldcs(const T* address) {
  return *address;
}
template <typename T>
void __stcs(T* address, T value) {
  *address = value;
}

inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline int __popc(unsigned bits) {
  return __builtin_popcount(bits);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((uint64_t{high} << 32 | low) >> (shift % 32));
}

// ---- The runtime

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorUnsupportedPtxVersion = 222,
  cudaErrorLaunchFailure = 719,
  cudaErrorSystemDriverMismatch = 803,
  cudaErrorCompatNotSupportedOnDevice = 804,
};
inline const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorLaunchFailure ? simt::last_fault()
         : error == cudaSuccess          ? "no error"
                                         : "refused by the stand-in";
}

struct CUstream_st;
using cudaStream_t = CUstream_st*;

enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
// Filled with NaN, aligned as CUDA's.
inline cudaError_t cudaMalloc(void** memory, size_t bytes) {
  if (posix_memalign(memory, 256, bytes > 0 ? bytes : 1) != 0) return cudaErrorInvalidValue;
  std::memset(*memory, 0xff, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaFree(void* memory) {
  std::free(memory);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind) {
  if (bytes > 0) std::memcpy(to, from, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  return cudaMemcpy(to, from, bytes, kind);
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t = nullptr) {
  std::memset(memory, value, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaDeviceSynchronize() {
  return cudaSuccess;
}

inline cudaError_t cudaGetDeviceCount(int* count) {
  return *count = 1, cudaSuccess;
}
inline cudaError_t cudaGetDevice(int* device) {
  return *device = 0, cudaSuccess;
}
inline cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : cudaErrorInvalidDevice;
}

enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97,
};
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  const simt::Machine& machine = simt::machine();
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:
      *value = machine.multiprocessors;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = machine.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = machine.minor;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(machine.shared_bytes_per_block);
      break;
  }
  return cudaSuccess;
}

// What a kernel has been allowed beyond the 48 KB of dynamic shared memory that every kernel has.
inline std::map<const void*, size_t>& simt_dynamic_limits() {
  static std::map<const void*, size_t> limits;
  return limits;
}
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
template <typename Kernel>
cudaError_t cudaFuncSetAttribute(Kernel* kernel, cudaFuncAttribute, int value) {
  if (value < 0 || static_cast<size_t>(value) > simt::machine().shared_bytes_per_block) return cudaErrorInvalidValue;
  simt_dynamic_limits()[reinterpret_cast<const void*>(kernel)] = static_cast<size_t>(value);
  return cudaSuccess;
}

enum cudaLaunchAttributeID { cudaLaunchAttributeClusterDimension = 4 };
union cudaLaunchAttributeValue {
  struct {
    unsigned x, y, z;
  } clusterDim;
};
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  cudaLaunchAttributeValue val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim;
  dim3 blockDim;
  size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
  cudaLaunchAttribute* attrs = nullptr;
  unsigned numAttrs = 0;
};

template <typename... Parameters, typename... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* configuration, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  constexpr size_t kDefaultDynamic = 48 * 1024;
  simt::Launch launch{configuration->gridDim, configuration->blockDim, 1, configuration->dynamicSmemBytes};
  for (unsigned i = 0; i < configuration->numAttrs; ++i) {
    if (configuration->attrs[i].id != cudaLaunchAttributeClusterDimension) return cudaErrorInvalidValue;
    launch.cluster = configuration->attrs[i].val.clusterDim.x;
    if (simt::machine().major < 9 || launch.cluster < 1 || launch.cluster > 8 || launch.grid.x % launch.cluster != 0)
      return cudaErrorInvalidConfiguration;
  }
  const auto limit = simt_dynamic_limits().find(reinterpret_cast<const void*>(kernel));
  if (launch.dynamic_shared_bytes > (limit == simt_dynamic_limits().end() ? kDefaultDynamic : limit->second))
    return cudaErrorInvalidValue;
  const uint64_t threads = launch.block.count();
  if (threads < 1 || threads > 1024 || launch.grid.x < 1 || launch.grid.x > 0x7fffffffu || launch.grid.y < 1 ||
      launch.grid.y > 65535 || launch.grid.z < 1 || launch.grid.z > 65535)
    return cudaErrorInvalidConfiguration;
  const std::tuple<Parameters...> values(std::forward<Arguments>(arguments)...);
  return simt::launch(launch, [&] { std::apply(kernel, values); }) ? cudaSuccess : cudaErrorLaunchFailure;
}
