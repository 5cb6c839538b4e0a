// What CUDA has and C++ does not, one line each, with a twin for compilers that are not nvcc: tests compile the device code
// as plain C++ and run it on the processor (tests/native/simt).
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace rrft::cuda {

template <typename T>
using Same = T;

// Shared memory of a block: RRFT_SHARED(parts, double[32]) declares `parts`.
#ifdef __CUDACC__
#define RRFT_SHARED(name, ...) __shared__ ::rrft::cuda::Same<__VA_ARGS__> name
#define RRFT_NOINLINE __noinline__
#else
#define RRFT_NOINLINE __attribute__((noinline))
#define RRFT_SHARED(name, ...) auto& name = simt::shared<::rrft::cuda::Same<__VA_ARGS__>>([] {})
#endif

}  // namespace rrft::cuda
