// A row of logits by a block, or by the blocks of a cluster: one sweep for its sums, another for its gradient.
//
// Thread k of the n of all blocks takes chunks k, k + n, k + 2 n, ... The first sweep reads them from memory, four at a
// time, and keeps the first `kept` of each thread in shared memory, from where the second sweep takes them; the others
// it reads again, through the second-level cache. A thread writes the chunks that it reads, so that the gradient may
// replace the row.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/chunks.cuh"
#include "reasonrft/cuda/row_softmax.cuh"
#include "reasonrft/kernels.h"

namespace rrft::cuda {

constexpr int kInFlight = 4;  // chunks that a thread loads before it looks at the first: 64 KB on a multiprocessor

__device__ inline float row_temperature(const rrft_log_probs_args& rows, int64_t n) {
  return rows.temperatures != nullptr ? rows.temperatures[n] : rows.temperature;
}
// s of row_softmax.cuh.
__device__ inline float row_scale(float temperature) { return static_cast<float>(kLog2E) / temperature; }

// A row between its sweeps, in shared memory: registers are for the sweeps.
struct RowBetween {
  RowSums sums;
  RowSoftmax softmax;
  double grad_log_prob;
  double grad_entropy;
  RowGradient gradient;
  int64_t token;
  float token_logit;
  float temperature;
};

// The next two by one thread of each block, not inlined, so that the sweeps do not have to keep their registers apart.
__device__ RRFT_NOINLINE inline void take_softmax(RowBetween* row) {
  row->softmax = row_softmax(row->sums, row->temperature, row_scale(row->temperature), row->token_logit);
}
// From grad_log_prob and grad_entropy.
__device__ RRFT_NOINLINE inline void take_gradient(RowBetween* row) {
  row->gradient = row->softmax.gradient(row->grad_log_prob, row->grad_entropy);
  if (isnan(row->token_logit)) row->gradient.scale = NAN;  // also where a log-prob of NaN has no part in the loss
}

template <typename Element>
class RowSweeps {
 public:
  __device__ RowSweeps(const ChunkedRow<Element>& row, int kept)
      : row_(row),
        kept_(kept),
        first_(static_cast<int>(cluster_rank() * blockDim.x + threadIdx.x)),
        step_(static_cast<int>(cluster_blocks() * blockDim.x)) {}

  __device__ OnlineSums sums(float scale) {
    OnlineSums sums(scale);
    const auto add = [&](int, int turn, const uint4& chunk) {
      if (turn < kept_) place(turn) = chunk;
      float logits[kChunk<Element>];
      unpack<Element>(chunk, logits);
      sums.add(logits);
    };
    if (kept_ > 0)
      for_each_chunk<Reuse::kSoon>(0, add);
    else
      for_each_chunk<Reuse::kNone>(0, add);
    return sums;
  }

  // gradient_v = 2^x_v (scale + slope x_v), and at_token for v = token.
  __device__ void write_gradient(const ChunkedRow<Element>& out, const RowBetween& row) const {
    const float maximum = row.gradient.maximum, base = row.gradient.scale, slope = row.gradient.slope;
    const float scale = row_scale(row.temperature);
    const int chunk_of_token = row.token < 0 ? -1 : static_cast<int>(row.token / kChunk<Element>);
    const auto write = [&](int number, int, const uint4& chunk) {
      float values[kChunk<Element>];
      unpack<Element>(chunk, values);
      RRFT_UNROLL
      for (int i = 0; i < kChunk<Element>; ++i) {
        const float x = exponent(values[i], maximum, scale);
        values[i] = fast_exp2(x) * fmaf(slope, x, base);
      }
      if (number == chunk_of_token) {
        const int place_of_token = static_cast<int>(row.token % kChunk<Element>);
        RRFT_UNROLL
        for (int i = 0; i < kChunk<Element>; ++i) values[i] = i == place_of_token ? row.gradient.at_token : values[i];
      }
      out.store(number, pack<Element>(values));
    };
    int turn = 0;
    for (int chunk = first_; turn < kept_ && chunk < row_.chunks(); chunk += step_, ++turn)
      write(chunk, turn, place(turn));
    for_each_chunk<Reuse::kNone>(turn, write);
  }

  __device__ void clear(const ChunkedRow<Element>& out) const {
    for (int chunk = first_; chunk < out.chunks(); chunk += step_) out.store(chunk, make_uint4(0, 0, 0, 0));
  }

 private:
  __device__ uint4& place(int turn) const {
    return dynamic_shared()[static_cast<unsigned>(turn) * blockDim.x + threadIdx.x];
  }

  // visit(number, turn, chunk) for the thread's chunks from its turn-th on.
  template <Reuse kReuse, typename Visit>
  __device__ void for_each_chunk(int turn, const Visit& visit) const {
    if (row_.aligned())
      walk<true, kReuse>(turn, visit);
    else
      walk<false, kReuse>(turn, visit);
  }

  template <bool kAligned, Reuse kReuse, typename Visit>
  __device__ void walk(int turn, const Visit& visit) const {
    int chunk = first_ + turn * step_;
    const int end = row_.chunks(), end_inner = row_.end_inner();
    if (chunk < row_.first_inner() && chunk < end) {
      visit(chunk, turn, row_.load_edge(chunk));
      chunk += step_, ++turn;
    }
    constexpr int kAtOnce = kAligned ? kInFlight : kInFlight / 2;  // two loads each where a chunk is no word of memory
    for (; chunk + (kAtOnce - 1) * step_ < end_inner; chunk += kAtOnce * step_, turn += kAtOnce) {
      typename ChunkedRow<Element>::template Loaded<kAligned> loaded[kInFlight];
      RRFT_UNROLL
      for (int i = 0; i < kAtOnce; ++i) loaded[i] = row_.template load_inner<kAligned, kReuse>(chunk + i * step_);
      RRFT_UNROLL
      for (int i = 0; i < kAtOnce; ++i) visit(chunk + i * step_, turn + i, row_.chunk_of(loaded[i]));
    }
    for (; chunk < end; chunk += step_, ++turn)
      visit(
          chunk, turn,
          chunk < end_inner ? row_.chunk_of(row_.template load_inner<kAligned, kReuse>(chunk)) : row_.load_edge(chunk));
  }

  const ChunkedRow<Element> row_;
  const int kept_;
  const int first_;
  const int step_;
};

// The row of a block, and its token.
template <typename Element>
struct Row {
  int64_t index;
  int64_t sequence;
  ChunkedRow<Element> logits;
  ChunkedRow<Element> gradient;  // of nothing where none is wanted
  bool counts;
  int64_t token;      // -1 where its id is no entry of the row, or the row does not count
  float token_logit;  // read before the gradient may replace it
  float temperature;
  float scale;

  // first_entry: what id the row's first logit has.
  __device__ explicit Row(const rrft_log_probs_args& rows, int64_t first_entry = 0)
      : index(blockIdx.x / cluster_blocks()),
        sequence(static_cast<unsigned>(index) / static_cast<unsigned>(rows.tokens)),
        logits(place(rows, const_cast<void*>(rows.logits), rows.logits_batch_stride, rows.logits_token_stride),
               rows.vocabulary),
        gradient(place(rows, rows.grad_logits, rows.grad_logits_batch_stride, rows.grad_logits_token_stride),
                 rows.vocabulary),
        counts(rows.mask == nullptr || rows.mask[index] != 0),
        token(-1),
        token_logit(NAN),
        temperature(1),
        scale(1) {
    if (!counts) return;
    temperature = row_temperature(rows, index);
    scale = row_scale(temperature);
    const int64_t id = sequence * rows.token_ids_batch_stride + (index - sequence * rows.tokens);
    token = rows.token_ids_dtype == RRFT_I64 ? static_cast<const int64_t*>(rows.token_ids)[id]
                                             : int64_t{static_cast<const int32_t*>(rows.token_ids)[id]};
    token -= first_entry;
    if (token < 0 || token >= rows.vocabulary)
      token = -1;
    else
      token_logit = logits.value(token);
  }

 private:
  using Storage = typename Element::Storage;
  __device__ Storage* place(const rrft_log_probs_args& rows, void* array, int64_t batch_stride,
                            int64_t token_stride) const {
    return array == nullptr ? nullptr
                            : static_cast<Storage*>(array) + sequence * batch_stride +
                                  (index - sequence * rows.tokens) * token_stride;
  }
};

// Both sweeps over the row of a block, or the second one where its sums are known. In between, one thread of each block
// calls differentiate(&row), which has the softmax and sets the gradients. False: the row does not count, and its
// gradient is 0.
template <typename Element, typename Differentiate>
__device__ bool sweep_row(const rrft_log_probs_args& rows, const RowSums* known_sums, int kept,
                          const Differentiate& differentiate) {
  RRFT_SHARED(between, RowBetween);
  const Row<Element> row(rows);
  RowSweeps<Element> sweeps(row.logits, kept);
  if (!row.counts) {
    if (rows.grad_logits != nullptr) sweeps.clear(row.gradient);
    return false;
  }
  if (threadIdx.x == 0)
    between.token = row.token, between.token_logit = row.token_logit, between.temperature = row.temperature;
  bool chosen = threadIdx.x == 0;
  if (known_sums == nullptr)
    chosen = sum_row(sweeps.sums(row.scale), row.scale, &between.sums);
  else if (chosen)
    between.sums = known_sums[row.index];
  if (chosen) {
    take_softmax(&between);
    differentiate(&between);
    if (rows.grad_logits != nullptr) take_gradient(&between);
  }
  __syncthreads();
  if (rows.grad_logits != nullptr) sweeps.write_gradient(row.gradient, between);
  if (known_sums == nullptr) leave_row();
  return true;
}

}  // namespace rrft::cuda
