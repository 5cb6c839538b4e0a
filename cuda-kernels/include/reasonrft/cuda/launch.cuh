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

// Rows of a launch, one block each; RRFT_ERROR_SHAPE beyond what a grid can have.
rrft_status check_grid(const char* operation, int64_t blocks);

template <typename... Parameters, typename... Arguments>
rrft_status launch(const char* operation, void (*kernel)(Parameters...), int64_t blocks, int threads, void* stream,
                   const Arguments&... arguments) {
  cudaLaunchConfig_t configuration{};
  configuration.gridDim = dim3(static_cast<unsigned>(blocks));
  configuration.blockDim = dim3(static_cast<unsigned>(threads));
  configuration.stream = static_cast<cudaStream_t>(stream);
  return check(operation, "kernel launch", cudaLaunchKernelEx(&configuration, kernel, Parameters(arguments)...));
}

// Threads of a block for rows of this many 16-byte chunks: one chunk each while that fills no more than a block. It
// depends on the row's size alone, and so do the sums.
inline int threads_for(int64_t chunks) {
  const int64_t whole_warps = (chunks + 31) / 32 * 32;
  return static_cast<int>(whole_warps < 1024 ? whole_warps : 1024);
}

// The instance of a kernel for the rows' element type, on one block per row.
template <typename Kernel, typename... Arguments>
rrft_status launch_rows(const char* operation, const rrft_log_probs_args& rows, Kernel f32, Kernel bf16, Kernel f16, void* stream,
                        const Arguments&... arguments) {
  const bool is_f32 = rows.logits_dtype == RRFT_F32;
  const int threads = threads_for(rows.vocabulary / (is_f32 ? 4 : 8) + 1);
  return launch(operation, is_f32 ? f32 : (rows.logits_dtype == RRFT_BF16 ? bf16 : f16), rows.batch * rows.tokens, threads,
                stream, arguments...);
}

}  // namespace rrft::cuda
