// Stands in for CUDA's header of this name (cuda_runtime.h beside it).
#pragma once

#include "element.h"

struct __half {
  rrft::f16 value;
};

inline float __half2float(__half half) {
  return rrft::to_float(half.value);
}
inline __half __float2half_rn(float value) {
  return {rrft::to_f16(value)};
}
