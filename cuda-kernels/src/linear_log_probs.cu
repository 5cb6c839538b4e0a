// linear_log_probs: log_probs of logits that exist one vocabulary tile at a time. The matrix products are the caller's.
//
// merge: one block per row, which reads its part of the tile once and adds the sums to the row's state. backward: one
// block per row, which reads the tile once and writes it once, the sums being known. finish: one thread per row. Both
// are meant to find the tile in the second-level cache, right after the product that made it.
#include "reasonrft/cuda/log_probs.cuh"
#include "reasonrft/cuda/row_plan.cuh"
#include "reasonrft/cuda/row_sweeps.cuh"
#include "reasonrft/kernels_cuda.h"
#include "status.h"
#include "validate.h"

namespace rrft::cuda {
namespace {

struct RowState {
  int64_t columns;  // entries of the vocabulary that were merged
  double sum;       // as in RowSums
  double weighted_sum;
  float maximum;
  float token_logit;  // NaN until the token's tile was there
};
static_assert(sizeof(RowState) <= RRFT_TILE_STATE_BYTES, "the state of a row is too large");

// Where a tile lies in the vocabulary, and what is known of its rows.
struct Tile {
  int64_t begin;
  int64_t size;
  int64_t vocabulary;
  void* states;

  __device__ RowState* state(int64_t row) const {
    return reinterpret_cast<RowState*>(static_cast<char*>(states) + row * RRFT_TILE_STATE_BYTES);
  }
  // Of `columns` entries. The host cannot see whether a tile was left out; here it makes the row NaN.
  __device__ RowState state_of(int64_t columns, int64_t row) const {
    RowState found = *state(row);
    if (found.columns != columns) found.sum = kNaN, found.token_logit = NAN;
    return found;
  }
};

__device__ inline RowSums sums_of(const RowState& state) { return {state.maximum, state.sum, state.weighted_sum}; }

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads, 2)
    linear_log_probs_merge(const __grid_constant__ rrft_log_probs_args rows, const Tile tile) {
  const Row<Element> row(rows, tile.begin);
  RowSums sums = no_sums();
  const bool chosen =
      row.counts ? sum_row(RowSweeps<Element>(row.logits, 0).sums(row.scale), row.scale, &sums) : threadIdx.x == 0;
  if (!chosen) return;
  float token_logit = row.token_logit;
  if (tile.begin > 0) {
    const RowState before = tile.state_of(tile.begin, row.index);
    sums = merged(sums_of(before), sums, row.scale);
    if (row.token < 0) token_logit = before.token_logit;
  }
  *tile.state(row.index) = {tile.begin + tile.size, sums.sum, sums.weighted_sum, sums.maximum, token_logit};
}

__global__ void linear_log_probs_finish(const __grid_constant__ rrft_log_probs_args rows, const Tile tile) {
  const int64_t n = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (n >= rows.tokens) return;
  float log_prob = 0;
  float log_sum_exp = 0;
  float entropy = 0;
  if (rows.mask == nullptr || rows.mask[n] != 0) {
    const RowState state = tile.state_of(tile.vocabulary, n);
    const float temperature = row_temperature(rows, n);
    const RowSoftmax softmax = row_softmax(sums_of(state), temperature, row_scale(temperature), state.token_logit);
    log_prob = static_cast<float>(softmax.log_prob);
    log_sum_exp = static_cast<float>(softmax.log_sum_exp());
    entropy = static_cast<float>(softmax.entropy);
  }
  rows.log_probs[n] = log_prob;
  if (rows.log_sum_exp != nullptr) rows.log_sum_exp[n] = log_sum_exp;
  if (rows.entropy != nullptr) rows.entropy[n] = entropy;
}

template <typename Element>
__global__ void __launch_bounds__(kMaximumThreads, 2)
    linear_log_probs_backward(const __grid_constant__ rrft_log_probs_args rows, const Tile tile) {
  RRFT_SHARED(between, RowBetween);
  const Row<Element> row(rows, tile.begin);
  const RowSweeps<Element> sweeps(row.logits, 0);
  if (!row.counts) return sweeps.clear(row.gradient);
  if (threadIdx.x == 0) {
    const RowState state = tile.state_of(tile.vocabulary, row.index);
    between.sums = sums_of(state);
    between.token = row.token;
    between.token_logit = state.token_logit;
    between.temperature = row.temperature;
    between.grad_log_prob = static_cast<double>(rows.grad_log_probs[row.index]);
    between.grad_entropy = rows.grad_entropy != nullptr ? static_cast<double>(rows.grad_entropy[row.index]) : 0.0;
    take_softmax(&between);
    take_gradient(&between);
  }
  __syncthreads();
  sweeps.write_gradient(row.gradient, between);
}

// A tile as the N tokens of one sequence.
rrft_log_probs_args rows_of(const rrft_linear_log_probs_args& args) {
  rrft_log_probs_args rows{};
  rows.struct_size = sizeof rows;
  rows.batch = 1;
  rows.tokens = args.rows;
  rows.vocabulary = args.tile_size;
  rows.logits = args.logits;
  rows.logits_dtype = args.logits_dtype;
  rows.logits_token_stride = args.logits_stride;
  rows.token_ids = args.token_ids;
  rows.token_ids_dtype = args.token_ids_dtype;
  rows.mask = args.mask;
  rows.temperature = args.temperature;
  rows.temperatures = args.temperatures;
  rows.log_probs = args.log_probs;
  rows.log_sum_exp = args.log_sum_exp;
  rows.entropy = args.entropy;
  rows.grad_log_probs = args.grad_log_probs;
  rows.grad_entropy = args.grad_entropy;
  rows.grad_logits = args.grad_logits;
  rows.grad_logits_token_stride = args.grad_logits_stride;
  return rows;
}

rrft_status launch_step(const char* operation, const rrft_linear_log_probs_args& args, TileStep step, void* stream) {
  const rrft_log_probs_args rows = rows_of(args);
  const Tile tile = {args.tile_begin, args.tile_size, args.vocabulary, args.state};
  if (step == TileStep::kFinish) {
    constexpr int kThreads = 128;
    return launch(operation, linear_log_probs_finish, {(args.rows + kThreads - 1) / kThreads, kThreads}, stream, rows,
                  tile);
  }
  const auto kernel = step == TileStep::kMerge
                          ? for_element(args.logits_dtype, linear_log_probs_merge<Float32>,
                                        linear_log_probs_merge<Bfloat16>, linear_log_probs_merge<Float16>)
                          : for_element(args.logits_dtype, linear_log_probs_backward<Float32>,
                                        linear_log_probs_backward<Bfloat16>, linear_log_probs_backward<Float16>);
  return launch(operation, kernel, one_block(rows).grid(args.rows), stream, rows, tile);
}

rrft_status run(const char* operation, const rrft_linear_log_probs_args* args, TileStep step, void* stream,
                int32_t device) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_linear_log_probs_arguments(operation, args, step)) return status;
    if (const rrft_status status = check_grid(operation, args->rows)) return status;
    const DeviceScope scope(operation, device);
    if (scope.status() != RRFT_OK || args->rows == 0) return scope.status();
    return launch_step(operation, *args, step, stream);
  });
}

}  // namespace
}  // namespace rrft::cuda

rrft_status rrft_cuda_linear_log_probs_merge(const rrft_linear_log_probs_args* args, void* stream, int32_t device) {
  return rrft::cuda::run("rrft_cuda_linear_log_probs_merge", args, rrft::TileStep::kMerge, stream, device);
}

rrft_status rrft_cuda_linear_log_probs_finish(const rrft_linear_log_probs_args* args, void* stream, int32_t device) {
  return rrft::cuda::run("rrft_cuda_linear_log_probs_finish", args, rrft::TileStep::kFinish, stream, device);
}

rrft_status rrft_cuda_linear_log_probs_backward(const rrft_linear_log_probs_args* args, void* stream, int32_t device) {
  return rrft::cuda::run("rrft_cuda_linear_log_probs_backward", args, rrft::TileStep::kBackward, stream, device);
}
