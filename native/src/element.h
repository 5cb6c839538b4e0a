// Element types of the ABI as C++ types, and reading them.
#pragma once

#include <cstdint>
#include <cstring>

#include "reasonrft/kernels.h"

namespace rrft {

struct bf16 {
  uint16_t bits;
};

inline float to_float(float value) { return value; }

inline float to_float(bf16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// Round to nearest, ties to even; NaN stays NaN.
inline bf16 to_bf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return {static_cast<uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

inline size_t element_size(int32_t dtype) {
  switch (dtype) {
    case RRFT_BF16: return 2;
    case RRFT_I64: return 8;
    default: return 4;
  }
}

// An optional array from its n-th element on.
template <typename T>
const T* at(const T* array, int64_t n) {
  return array != nullptr ? array + n : nullptr;
}

inline bool counts(const uint8_t* mask, int64_t token) { return mask == nullptr || mask[token] != 0; }

inline int64_t token_id(const rrft_log_probs_args& rows, int64_t sequence, int64_t token) {
  const int64_t offset = sequence * rows.token_ids_batch_stride + token;
  return rows.token_ids_dtype == RRFT_I64 ? static_cast<const int64_t*>(rows.token_ids)[offset]
                                          : static_cast<const int32_t*>(rows.token_ids)[offset];
}

inline int64_t logits_offset(const rrft_log_probs_args& rows, int64_t sequence, int64_t token) {
  return sequence * rows.logits_batch_stride + token * rows.logits_token_stride;
}

inline int64_t grad_logits_offset(const rrft_log_probs_args& rows, int64_t sequence, int64_t token) {
  return sequence * rows.grad_logits_batch_stride + token * rows.grad_logits_token_stride;
}

}  // namespace rrft
