// How rows of logits are laid out over blocks: a function of the row's size and the GPU alone, so that a row's bits do
// not depend on the batch around it.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/launch.cuh"
#include "reasonrft/kernels.h"

namespace rrft::cuda {

struct RowPlan {
  int threads;  // of a block
  int cluster;  // blocks of a row
  int kept;     // chunks of 16 bytes that each thread keeps in shared memory between its two sweeps

  Grid grid(int64_t rows) const { return {rows * cluster, threads, cluster, int64_t{16} * kept * threads}; }
};

// Whether a launch can have as many rows, and chunks of a row can be counted in 32 bits.
rrft_status check_rows(const char* operation, const rrft_log_probs_args& rows);

// A block for each row, which keeps nothing: for rows whose sums are known or go into those of a tile.
RowPlan one_block(const rrft_log_probs_args& rows);

// For two sweeps, the second of which writes a gradient if one is wanted. Whoever sums a row by this plan gets the same
// bits, whatever is kept. On the current device; REASONRFT_CUDA_ROWS decides where it is set:
//   cache      the second sweep reads the row again, through the second-level cache
//   shared     as much of it as fits is kept in the shared memory of one block
//   cluster-N  N blocks of a cluster, N = 2, 4 or 8, keep a part each: compute capability 9.0 and later
// The status says what is wrong with it.
rrft_status plan_rows(const char* operation, const rrft_log_probs_args& rows, RowPlan* plan);

}  // namespace rrft::cuda
