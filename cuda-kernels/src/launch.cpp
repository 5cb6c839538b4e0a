#include "reasonrft/cuda/launch.cuh"

#include "reasonrft/kernels_cuda.h"
#include "status.h"

namespace rrft::cuda {

rrft_status check(const char* operation, const char* call, cudaError_t error) {
  switch (error) {
    case cudaSuccess: return RRFT_OK;
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
  return fail(RRFT_ERROR_SHAPE, operation, "the call has %lld rows, wanted at most %lld",
              static_cast<long long>(blocks), static_cast<long long>(kMaximumBlocks));
}

rrft_status check_workspace(const char* operation, const void* workspace, int64_t bytes, int64_t wanted) {
  if (wanted == 0) return RRFT_OK;
  if (workspace == nullptr)
    return fail(RRFT_ERROR_NULL_POINTER, operation, "workspace is NULL, wanted a pointer to %lld bytes",
                static_cast<long long>(wanted));
  if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0)
    return fail(RRFT_ERROR_VALUE, operation, "workspace is at address 0x%llx, wanted a multiple of 256 bytes",
                static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(workspace)));
  if (bytes < wanted)
    return fail(RRFT_ERROR_SHAPE, operation, "workspace_bytes is %lld, wanted at least %lld",
                static_cast<long long>(bytes), static_cast<long long>(wanted));
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
  const rrft_status status =
      rrft::cuda::check("rrft_cuda_device_count", "cudaGetDeviceCount", cudaGetDeviceCount(&count));
  if (status != RRFT_OK) return status;
  if (count == 0) return rrft::fail(RRFT_ERROR_UNAVAILABLE, "rrft_cuda_device_count", "there is no CUDA device");
  return count;
}

namespace {

using rrft::cuda::check;

rrft_status copy(const char* operation, void* to, const void* from, int64_t bytes, cudaMemcpyKind kind, void* stream,
                 int32_t device) {
  return rrft::guarded(operation, [&] {
    if (bytes < 0)
      return rrft::fail(RRFT_ERROR_SHAPE, operation, "bytes is %lld, wanted at least 0", static_cast<long long>(bytes));
    if (bytes > 0 && (to == nullptr || from == nullptr))
      return rrft::fail(RRFT_ERROR_NULL_POINTER, operation, "host or memory is NULL, wanted %lld bytes in both",
                        static_cast<long long>(bytes));
    const rrft::cuda::DeviceScope scope(operation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    const cudaStream_t queue = static_cast<cudaStream_t>(stream);
    if (const rrft_status status =
            check(operation, "cudaMemcpyAsync", cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), kind, queue)))
      return status;
    return check(operation, "cudaStreamSynchronize", cudaStreamSynchronize(queue));
  });
}

}  // namespace

rrft_status rrft_cuda_allocate(int64_t bytes, int32_t device, void** memory) {
  constexpr const char* kOperation = "rrft_cuda_allocate";
  return rrft::guarded(kOperation, [&] {
    if (memory == nullptr)
      return rrft::fail(RRFT_ERROR_NULL_POINTER, kOperation, "memory is NULL, wanted where the address goes");
    if (bytes <= 0)
      return rrft::fail(RRFT_ERROR_SHAPE, kOperation, "bytes is %lld, wanted at least 1",
                        static_cast<long long>(bytes));
    const rrft::cuda::DeviceScope scope(kOperation, device);
    if (scope.status() != RRFT_OK) return scope.status();
    void* allocated = nullptr;
    const rrft_status status = check(kOperation, "cudaMalloc", cudaMalloc(&allocated, static_cast<size_t>(bytes)));
    if (status == RRFT_OK) *memory = allocated;
    return status;
  });
}

rrft_status rrft_cuda_release(void* memory, int32_t device) {
  constexpr const char* kOperation = "rrft_cuda_release";
  return rrft::guarded(kOperation, [&] {
    const rrft::cuda::DeviceScope scope(kOperation, device);
    return scope.status() != RRFT_OK ? scope.status() : check(kOperation, "cudaFree", cudaFree(memory));
  });
}

rrft_status rrft_cuda_read(void* host, const void* memory, int64_t bytes, void* stream, int32_t device) {
  return copy("rrft_cuda_read", host, memory, bytes, cudaMemcpyDeviceToHost, stream, device);
}

rrft_status rrft_cuda_write(void* memory, const void* host, int64_t bytes, void* stream, int32_t device) {
  return copy("rrft_cuda_write", memory, host, bytes, cudaMemcpyHostToDevice, stream, device);
}
