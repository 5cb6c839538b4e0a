/*
 * The CUDA backend: the operations of kernels.h with the same argument structs, in a library of its own
 * (libreasonrft_cuda), which loads on machines without a GPU and then says so.
 *
 * What differs from the CPU backend
 *  - Every pointer in a struct, metrics and zero_spread_fraction included, is memory of the device.
 *  - A call enqueues on the stream and returns; it never waits, allocates or changes the thread's current device. A status
 *    therefore covers what the struct shows. What only the arrays show comes out as numbers: a token id outside [0, V) in a
 *    counting row gives log-prob and gradient NaN, a temperature that is none gives what it makes of the arithmetic, an infinite
 *    reward gives its group NaN.
 *  - policy_loss and fused_policy_loss have the clipped objective with ratios of tokens, advantages of sequences and the k3
 *    estimate; options and arrays beyond it are refused with RRFT_ERROR_UNAVAILABLE, and the metrics that follow
 *    token_count are 0.
 *  - `threads` is checked and otherwise ignored.
 *  - group_advantages takes one reward per completion in groups of neighbours, the baselines GROUP_MEAN, LEAVE_ONE_OUT and
 *    NONE and no whitening; RRFT_ERROR_UNAVAILABLE for the rest.
 *  - fused_policy_loss needs rows.entropy (it is the memory from which the mean entropy is made).
 *  - Results are bitwise the same from run to run and for any batch around a row, per GPU architecture.
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

/* Memory of a device and what is needed to see a result, for callers that bring no CUDA runtime of their own. These, unlike
 * the operations, may wait for the device. */
/* bytes > 0; *memory is left alone when the call fails. */
RRFT_API rrft_status rrft_cuda_allocate(int64_t bytes, int32_t device, void** memory);
/* NULL is fine. */
RRFT_API rrft_status rrft_cuda_release(void* memory, int32_t device);
/* Copies to or from the device after what the stream has to do, and waits for both. Faults of earlier calls show here. */
RRFT_API rrft_status rrft_cuda_read(void* host, const void* memory, int64_t bytes, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_write(void* memory, const void* host, int64_t bytes, void* stream, int32_t device);

/* stream: a cudaStream_t of the device; NULL: its default stream. device: its ordinal. */
RRFT_API rrft_status rrft_cuda_log_probs_forward(const rrft_log_probs_args* args, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_log_probs_backward(const rrft_log_probs_args* args, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_group_advantages(const rrft_group_advantages_args* args, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_policy_loss(const rrft_policy_loss_args* args, void* stream, int32_t device);
RRFT_API rrft_status rrft_cuda_fused_policy_loss(const rrft_fused_policy_loss_args* args, void* stream, int32_t device);

#ifdef __cplusplus
}
#endif
#endif
