// The loops over one row of logits, compiled once per instruction set (tier) from row_kernels.cpp, and the table of all
// that is compiled so.
#pragma once

#include <stdint.h>

namespace rrft {

struct GroupKernels;
struct MatrixKernels;
struct PolicyKernels;

// With y_v = (logit_v - maximum) scale, scale = log2(e) / temperature, so that 2^y_v is
// exp((logit_v - maximum) / temperature):
struct RowStatistics {
  float maximum;        // largest logit, at least -FLT_MAX; unspecified where one is NaN
  double sum;           // sum_v 2^y_v
  double weighted_sum;  // sum_v 2^y_v y_v
};

// The same of a row that arrives in pieces, in the lanes of the tier. Pieces of whole blocks (RRFT_TILE_ALIGNMENT
// elements, the last one any number) leave the bits that the row in one piece leaves.
struct RowSums {
  static constexpr int kLanes = 16;  // of the widest tier
  double maximum;
  double sum[kLanes];
  double weighted_sum[kLanes];
};

// gradient_v = 2^y_v (factor + slope y_v)
struct RowGradient {
  float maximum;
  float scale;
  float factor;
  float slope;
  bool streams;  // past the caches: the gradient is too large for them, and not in place
};

// Arrays are indexed by element type: RRFT_F32, RRFT_BF16, RRFT_F16.
struct RowKernels {
  const char* tier;
  RowStatistics (*statistics[3])(const void* row, int64_t size, float scale);
  void (*merge[3])(const void* piece, int64_t size, float scale, RowSums* sums);
  RowSums (*no_sums)();  // before the first piece
  RowStatistics (*totals)(const RowSums& sums);
  // `out` is `row` itself or does not overlap it.
  void (*gradient[3])(const void* row, void* out, int64_t size, const RowGradient& gradient);
  const GroupKernels* groups;    // group_kernels.h
  const MatrixKernels* matrices; // matrix_kernels.h
  const PolicyKernels* policy;   // policy_kernels.h
};

}  // namespace rrft
