// Element types of the ABI as C++ types, and reading them.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

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

struct f16 {
  uint16_t bits;
};

inline float to_float(f16 value) {
  const int exponent = (value.bits >> 10) & 0x1f;
  const int fraction = value.bits & 0x3ff;
  float magnitude;
  if (exponent == 0x1f) {
    magnitude = fraction != 0 ? NAN : INFINITY;
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(0x400 + fraction), exponent - 25);
  }
  return (value.bits & 0x8000u) != 0 ? -magnitude : magnitude;
}

// As to_bf16; infinity from 65520 on.
inline f16 to_f16(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000u : 0;
  const float magnitude = std::fabs(value);
  if (value != value) return {static_cast<uint16_t>(sign | 0x7e00u)};
  if (magnitude >= 65520.0f) return {static_cast<uint16_t>(sign | 0x7c00u)};
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  if (exponent < -13 || magnitude == 0) exponent = -13;  // subnormal numbers share the smallest exponent
  // In units of the last place, 2^(exponent - 11); a carry moves on into the exponent field.
  const uint32_t units = static_cast<uint32_t>(std::nearbyint(std::ldexp(magnitude, 11 - exponent)));
  return {static_cast<uint16_t>(sign | ((static_cast<uint32_t>(exponent + 13) << 10) + units))};
}

// The n-th element of an array of logits.
inline float logit(const void* logits, int32_t dtype, int64_t n) {
  switch (dtype) {
    case RRFT_BF16: return to_float(static_cast<const bf16*>(logits)[n]);
    case RRFT_F16: return to_float(static_cast<const f16*>(logits)[n]);
    default: return static_cast<const float*>(logits)[n];
  }
}

inline void set_logit(void* logits, int32_t dtype, int64_t n, float value) {
  switch (dtype) {
    case RRFT_BF16: static_cast<bf16*>(logits)[n] = to_bf16(value); break;
    case RRFT_F16: static_cast<f16*>(logits)[n] = to_f16(value); break;
    default: static_cast<float*>(logits)[n] = value;
  }
}

inline size_t element_size(int32_t dtype) {
  switch (dtype) {
    case RRFT_BF16:
    case RRFT_F16: return 2;
    case RRFT_I64: return 8;
    default: return 4;
  }
}

// Where the n-th element of an array of logits is.
template <typename Memory>
Memory* element_address(Memory* logits, int32_t dtype, int64_t n) {
  using Byte = std::conditional_t<std::is_const_v<Memory>, const char, char>;
  return static_cast<Byte*>(logits) + n * static_cast<int64_t>(element_size(dtype));
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

// What the logits of a row are divided by.
inline float row_temperature(const rrft_log_probs_args& rows, int64_t sequence, int64_t token) {
  return rows.temperatures != nullptr ? rows.temperatures[sequence * rows.tokens + token] : rows.temperature;
}

inline int64_t grad_logits_offset(const rrft_log_probs_args& rows, int64_t sequence, int64_t token) {
  return sequence * rows.grad_logits_batch_stride + token * rows.grad_logits_token_stride;
}

}  // namespace rrft
