// Host side of an operation: on the right device, with every CUDA error turned into a status.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "reasonrft/kernels.h"

namespace rrft::cuda {

// Makes a device current and goes back: the caller's framework has a current device of its own.
class DeviceScope {
 public:
  DeviceScope(const char* operation, int32_t device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;
  rrft_status status() const { return status_; }

 private:
  rrft_status status_;
  int previous_ = -1;
};

rrft_status check(const char* operation, const char* call, cudaError_t error);

// Blocks of a launch; RRFT_ERROR_SHAPE beyond what a grid can have.
rrft_status check_grid(const char* operation, int64_t blocks);

// Whether a call has the workspace that it asked for.
rrft_status check_workspace(const char* operation, const void* workspace, int64_t bytes, int64_t wanted);

struct Grid {
  int64_t blocks;
  int threads;
  int cluster = 1;
  int64_t shared_bytes = 0;  // dynamic
};

template <typename... Parameters, typename... Arguments>
rrft_status launch(const char* operation, void (*kernel)(Parameters...), const Grid& grid, void* stream,
                   const Arguments&... arguments) {
  if (const rrft_status status = check_grid(operation, grid.blocks)) return status;
  constexpr int64_t kSharedWithoutAsking = 48 * 1024;
  if (grid.shared_bytes > kSharedWithoutAsking)
    if (const rrft_status status = check(operation, "cudaFuncSetAttribute",
                                         cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                              static_cast<int>(grid.shared_bytes))))
      return status;
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {static_cast<unsigned>(grid.cluster), 1, 1};
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = dim3(static_cast<unsigned>(grid.blocks));
  configuration.blockDim = dim3(static_cast<unsigned>(grid.threads));
  configuration.dynamicSmemBytes = static_cast<size_t>(grid.shared_bytes);
  configuration.stream = static_cast<cudaStream_t>(stream);
  configuration.attrs = &cluster;
  configuration.numAttrs = grid.cluster > 1 ? 1 : 0;
  return check(operation, "kernel launch", cudaLaunchKernelEx(&configuration, kernel, Parameters(arguments)...));
}

}  // namespace rrft::cuda
