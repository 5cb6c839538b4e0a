/*
 * The CUDA backend: the operations of kernels.h with the same argument structs, in a library of its own
 * (libreasonrft_cuda), which loads on machines without a GPU and then says so.
 *
 * What differs from the CPU backend
 *  - Every pointer in a struct, metrics and zero_spread_fraction included, is memory of the device.
 *  - A call enqueues on the stream and returns; it never waits, allocates or changes the thread's current device. A
 *    status therefore covers what the struct shows. What only the arrays show comes out as numbers: a token id outside
 *    [0, V) in a counting row gives log-prob and gradient NaN, and so does a temperature that is none; an infinite
 *    reward gives its group NaN, a length out of range counts as it is, and a missing tile of linear_log_probs makes
 *    its rows NaN.
 *  - Calls with a workspace need that much memory of the device until they are done, in any state, at a multiple of 256
 *    bytes, apart from all arrays and from the workspaces of calls that may run at the same time.
 *  - `threads` is checked and otherwise ignored. A call has at most 2^28 rows of at most 2^31 - 1 logits,
 *    and at most 2^31 - 1 completions with group_ids.
 *  - Results are bitwise the same from run to run and for any batch around a row, per GPU architecture. Tiles of
 *    linear_log_probs give the numbers of log_probs, but not its bits, whatever their sizes.
 *
 * REASONRFT_CUDA_ROWS decides, for comparisons, where a row is kept between the sweeps for its sums and its gradient:
 * cache, shared, cluster-2, cluster-4 or cluster-8 (cuda-kernels/README.md). The environment is read once.
 */
#ifndef REASONRFT_KERNELS_CUDA_H
#define REASONRFT_KERNELS_CUDA_H

#include "reasonrft/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Text of the calling thread's last failed call into this library. Never NULL. */
RRFT_API const char* rrft_cuda_last_error(void);
/* RRFT_VERSION of the header that this library was built from. */
RRFT_API int32_t rrft_cuda_version(void);
/* Number of devices, at least 1; RRFT_ERROR_UNAVAILABLE without a driver or a device. */
RRFT_API int32_t rrft_cuda_device_count(void);

/* Memory of a device and what is needed to see a result, for callers that bring no CUDA runtime of their own. These,
 * unlike the operations, may wait for the device. */
/* bytes > 0; *memory is left alone when the call fails. */
RRFT_API rrft_status rrft_cuda_allocate(int64_t bytes, int32_t device, void** memory);
/* NULL is fine. */
RRFT_API rrft_status rrft_cuda_release(void* memory, int32_t device);
/* Copies to or from the device after what the stream has to do, and waits for both. Faults of earlier calls show
 * here. */
RRFT_API rrft_status rrft_cuda_read(void* host, const void* memory, int64_t bytes, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_write(void* memory, const void* host, int64_t bytes, void* stream, int32_t device);

/* stream: a cudaStream_t of the device; NULL: its default stream. device: its ordinal. */
RRFT_API rrft_status rrft_cuda_log_probs_forward(const rrft_log_probs_args* args, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_log_probs_backward(const rrft_log_probs_args* args, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_linear_log_probs_merge(const rrft_linear_log_probs_args* args, void* stream,
                                                      int32_t device);
RRFT_API rrft_status rrft_cuda_linear_log_probs_finish(const rrft_linear_log_probs_args* args, void* stream,
                                                       int32_t device);
RRFT_API rrft_status rrft_cuda_linear_log_probs_backward(const rrft_linear_log_probs_args* args, void* stream,
                                                         int32_t device);
RRFT_API rrft_status rrft_cuda_group_advantages(const rrft_group_advantages_args* args, void* workspace,
                                                int64_t workspace_bytes, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_policy_loss(const rrft_policy_loss_args* args, void* workspace, int64_t workspace_bytes,
                                           void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_fused_policy_loss(const rrft_fused_policy_loss_args* args, void* workspace,
                                                 int64_t workspace_bytes, void* stream, int32_t device);

/* Bytes of the workspace of such a call, or its status (negative). They depend on sizes, options and which pointers are
 * NULL, grow with the sizes, and are, but for a few multiples of 256: 8 to 13 per completion; 180 per sequence; in a
 * fused call 4 per row without `entropy`, and with a gradient and options that couple rows 28 to 32 more. */
RRFT_API int64_t rrft_cuda_group_advantages_workspace(const rrft_group_advantages_args* args);
RRFT_API int64_t rrft_cuda_policy_loss_workspace(const rrft_policy_loss_args* args);
RRFT_API int64_t rrft_cuda_fused_policy_loss_workspace(const rrft_fused_policy_loss_args* args);

#ifdef __cplusplus
}
#endif
#endif
