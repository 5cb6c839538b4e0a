// The loops over one row of logits, and over the tokens of a loss, compiled once per instruction set (tier) from row_kernels.cpp.
#pragma once

#include <stdint.h>

namespace rrft {

struct GroupKernels;

// With x_v = (logit_v - maximum) / temperature:
struct RowStatistics {
  float maximum;          // largest logit that is not NaN, at least -FLT_MAX
  double sum;             // sum_v exp(x_v)
  double weighted_sum;    // sum_v exp(x_v) x_v
};

// gradient_v = exp(x_v) (scale + slope x_v)
struct RowGradient {
  float maximum;
  float inverse_temperature;
  float scale;
  float slope;
};

struct RowKernels {
  const char* tier;
  RowStatistics (*statistics_f32)(const float* row, int64_t size, float inverse_temperature);
  RowStatistics (*statistics_bf16)(const uint16_t* row, int64_t size, float inverse_temperature);
  // `out` is `row` itself or does not overlap it.
  void (*gradient_f32)(const float* row, float* out, int64_t size, const RowGradient& gradient);
  void (*gradient_bf16)(const uint16_t* row, uint16_t* out, int64_t size, const RowGradient& gradient);
  // exp(x) and exp(x) - 1 of `size` numbers; an element's result does not depend on its place.
  void (*exponentials)(const double* x, double* value, double* minus_one, int64_t size);
  const GroupKernels* groups;  // group_kernels.h
};

}  // namespace rrft
