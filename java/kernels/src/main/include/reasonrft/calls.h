/*
 * Calls of functions by address: libreasonrft_cuda is looked up at run time, because a build without CUDA has nothing to
 * link the binding against. Part of the binding, not of the C ABI.
 */
#ifndef REASONRFT_CALLS_H
#define REASONRFT_CALLS_H

#include <stdint.h>

/* For rrft_cuda_device_count. */
static inline int32_t rrft_call_count(void* function) { return ((int32_t(*)(void))function)(); }

/* For rrft_cuda_last_error. */
static inline const char* rrft_call_text(void* function) { return ((const char* (*)(void))function)(); }

/* For rrft_cuda_<op>. */
static inline int32_t rrft_call_operation(void* function, const void* args, int64_t stream, int32_t device) {
  return ((int32_t(*)(const void*, void*, int32_t))function)(args, (void*)(intptr_t)stream, device);
}

/* For rrft_cuda_<op> with a workspace, and for rrft_cuda_<op>_workspace. */
static inline int32_t rrft_call_in_workspace(void* function, const void* args, int64_t workspace, int64_t bytes,
                                             int64_t stream, int32_t device) {
  return ((int32_t(*)(const void*, void*, int64_t, void*, int32_t))function)(
      args, (void*)(intptr_t)workspace, bytes, (void*)(intptr_t)stream, device);
}
static inline int64_t rrft_call_workspace(void* function, const void* args) {
  return ((int64_t(*)(const void*))function)(args);
}

/* For rrft_cuda_allocate; the address, or 0 when the call failed. */
static inline int64_t rrft_call_allocate(void* function, int64_t bytes, int32_t device) {
  void* memory = 0;
  ((int32_t(*)(int64_t, int32_t, void**))function)(bytes, device, &memory);
  return (int64_t)(intptr_t)memory;
}

/* For rrft_cuda_release. */
static inline int32_t rrft_call_release(void* function, int64_t memory, int32_t device) {
  return ((int32_t(*)(void*, int32_t))function)((void*)(intptr_t)memory, device);
}

/* For rrft_cuda_read and rrft_cuda_write. */
static inline int32_t rrft_call_copy(void* function, int64_t to, int64_t from, int64_t bytes, int64_t stream,
                                     int32_t device) {
  return ((int32_t(*)(void*, const void*, int64_t, void*, int32_t))function)(
      (void*)(intptr_t)to, (const void*)(intptr_t)from, bytes, (void*)(intptr_t)stream, device);
}

#endif
