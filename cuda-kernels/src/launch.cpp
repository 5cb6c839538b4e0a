#include "reasonrft/cuda/launch.cuh"

#include "reasonrft/kernels_cuda.h"
#include "status.h"

namespace rrft::cuda {

rrft_status check(const char* operation, const char* call, cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return RRFT_OK;
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
      return fail(RRFT_ERROR_UNAVAILABLE, operation, "CUDA cannot run here: %s", cudaGetErrorString(error));
    default:
      return fail(RRFT_ERROR_INTERNAL, operation, "%s failed with CUDA error %d: %s", call, static_cast<int>(error),
                  cudaGetErrorString(error));
  }
}

rrft_status check_grid(const char* operation, int64_t blocks) {
  constexpr int64_t kMaximumBlocks = 2147483647;
  if (blocks <= kMaximumBlocks) return RRFT_OK;
  return fail(RRFT_ERROR_SHAPE, operation, "the call has %lld rows, wanted at most %lld", static_cast<long long>(blocks),
              static_cast<long long>(kMaximumBlocks));
}

rrft_status check_workspace(const char* operation, const void* workspace, int64_t bytes, int64_t wanted) {
  if (wanted == 0) return RRFT_OK;
  if (workspace == nullptr)
    return fail(RRFT_ERROR_NULL_POINTER, operation, "workspace is NULL, wanted a pointer to %lld bytes", static_cast<long long>(wanted));
  if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0)
    return fail(RRFT_ERROR_VALUE, operation, "workspace is at address 0x%llx, wanted a multiple of 256 bytes",
                static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(workspace)));
  if (bytes < wanted)
    return fail(RRFT_ERROR_SHAPE, operation, "workspace_bytes is %lld, wanted at least %lld", static_cast<long long>(bytes),
                static_cast<long long>(wanted));
  return RRFT_OK;
}

DeviceScope::DeviceScope(const char* operation, int32_t device) {
  int count = 0;
  status_ = check(operation, "cudaGetDeviceCount", cudaGetDeviceCount(&count));
  if (status_ != RRFT_OK) return;
  if (device < 0 || device >= count) {
    status_ = fail(RRFT_ERROR_VALUE, operation, "device is %d, wanted 0 to %d", device, count - 1);
    return;
  }
  status_ = check(operation, "cudaGetDevice", cudaGetDevice(&previous_));
  if (status_ == RRFT_OK && previous_ != device) status_ = check(operation, "cudaSetDevice", cudaSetDevice(device));
}

DeviceScope::~DeviceScope() {
  int current = -1;
  if (previous_ >= 0 && cudaGetDevice(&current) == cudaSuccess && current != previous_) cudaSetDevice(previous_);
}

}  // namespace rrft::cuda

const char* rrft_cuda_last_error(void) { return rrft::last_error(); }

int32_t rrft_cuda_version(void) { return RRFT_VERSION; }

int32_t rrft_cuda_device_count(void) {
  int count = 0;
  const rrft_status status = rrft::cuda::check("rrft_cuda_device_count", "cudaGetDeviceCount", cudaGetDeviceCount(&count));
  if (status != RRFT_OK) return status;
  if (count == 0) return rrft::fail(RRFT_ERROR_UNAVAILABLE, "rrft_cuda_device_count", "there is no CUDA device");
  return count;
}
