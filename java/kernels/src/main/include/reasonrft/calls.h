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

#endif
