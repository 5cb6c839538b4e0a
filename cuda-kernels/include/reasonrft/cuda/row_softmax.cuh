// Softmax statistics and gradient of one row of logits by one block.
//
// Passes over memory: statistics read the row once (online: a thread rescales its sums when its maximum grows); the
// gradient reads it again, from the second-level cache where the rows in flight fit there, and writes as many bytes.
// Chunks of 16 bytes: thread k takes chunks k, k + threads, ... counted from the row's first element, whatever the row's
// alignment, so that alignment decides how a chunk is loaded and not who adds what. Sums are float32 per thread, double
// across the block.
#pragma once

#include <cuda_fp16.h>

#include <cstdint>

#include "reasonrft/cuda/block.cuh"
#include "reasonrft/kernels.h"

namespace rrft::cuda {

constexpr float kLowest = -3.402823466e+38f;  // unlike -inf it can be subtracted from -inf without a NaN
// exp of it is 0 in float32, so a logit of -inf weighs nothing, also in sums of exp(x) x.
constexpr float kExpFloor = -110.0f;

template <typename Element>
constexpr int kChunk = 16 / sizeof(Element);

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(uint16_t bf16) { return __uint_as_float(static_cast<uint32_t>(bf16) << 16); }

__device__ inline float to_float(__half value) { return __half2float(value); }

__device__ inline void from_float(float value, float& out) { out = value; }
__device__ inline void from_float(float value, __half& out) { out = __float2half_rn(value); }

// Nearest, ties to even; NaN stays NaN.
__device__ inline void from_float(float value, uint16_t& out) {
  const uint32_t bits = __float_as_uint(value);
  out = static_cast<uint16_t>(value != value ? (bits >> 16) | 0x40u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

template <typename Element>
struct alignas(16) Chunk {
  Element elements[kChunk<Element>];
};

template <typename Element>
__device__ bool is_aligned(const Element* row) {
  return reinterpret_cast<uintptr_t>(row) % 16 == 0;
}

// The chunk's logits; -inf beyond the end of the row.
template <typename Element>
__device__ void load_chunk(const Element* row, int64_t first, int64_t size, bool aligned, float (&logits)[kChunk<Element>]) {
  if (aligned && first + kChunk<Element> <= size) {
    const Chunk<Element> chunk = *reinterpret_cast<const Chunk<Element>*>(row + first);
    for (int i = 0; i < kChunk<Element>; ++i) logits[i] = to_float(chunk.elements[i]);
  } else {
    for (int i = 0; i < kChunk<Element>; ++i) logits[i] = first + i < size ? to_float(row[first + i]) : -INFINITY;
  }
}

template <typename Element>
__device__ void store_chunk(Element* row, int64_t first, int64_t size, bool aligned, const float (&values)[kChunk<Element>]) {
  Chunk<Element> chunk;
  for (int i = 0; i < kChunk<Element>; ++i) from_float(values[i], chunk.elements[i]);
  if (aligned && first + kChunk<Element> <= size) {
    *reinterpret_cast<Chunk<Element>*>(row + first) = chunk;
  } else {
    for (int i = 0; i < kChunk<Element>; ++i)
      if (first + i < size) row[first + i] = chunk.elements[i];
  }
}

__device__ inline float centred(float logit, float maximum, float inverse_temperature) {
  const float x = (logit - maximum) * inverse_temperature;
  return x < kExpFloor ? kExpFloor : x;  // NaN stays
}

// With x_v = (logit_v - maximum) / temperature: sum_v exp(x_v) and sum_v exp(x_v) x_v.
struct RowStatistics {
  float maximum;
  double sum;
  double weighted_sum;
};

class OnlineSums {
 public:
  __device__ explicit OnlineSums(float inverse_temperature) : inverse_temperature_(inverse_temperature) {}

  __device__ float maximum() const { return maximum_; }
  __device__ float sum() const { return sum_; }
  __device__ float weighted_sum() const { return weighted_sum_; }

  // Measures everything so far from a maximum at least as large.
  __device__ void raise(float maximum) {
    if (!(maximum > maximum_)) return;
    if (sum_ != 0) {
      const float shift = (maximum_ - maximum) * inverse_temperature_;
      const float factor = expf(shift);
      weighted_sum_ = factor > 0 ? factor * (weighted_sum_ + shift * sum_) : 0.0f * weighted_sum_;
      sum_ *= factor;
    }
    maximum_ = maximum;
  }

  __device__ void add(float logit) {
    const float x = centred(logit, maximum_, inverse_temperature_);
    const float e = expf(x);
    sum_ += e;
    weighted_sum_ = fmaf(e, x, weighted_sum_);
  }

 private:
  float inverse_temperature_;
  float maximum_ = kLowest;
  float sum_ = 0;
  float weighted_sum_ = 0;
};

template <typename Element>
__device__ RowStatistics row_statistics(const Element* row, int64_t size, float inverse_temperature) {
  const bool aligned = is_aligned(row);
  OnlineSums sums(inverse_temperature);
  for (int64_t first = int64_t{threadIdx.x} * kChunk<Element>; first < size; first += int64_t{blockDim.x} * kChunk<Element>) {
    float logits[kChunk<Element>];
    load_chunk(row, first, size, aligned, logits);
    float maximum = sums.maximum();
    for (const float logit : logits) maximum = fmaxf(maximum, logit);
    sums.raise(maximum);
    for (const float logit : logits) sums.add(logit);
  }
  sums.raise(block_reduce(sums.maximum(), Larger{}, kLowest));
  const double sum = block_reduce(static_cast<double>(sums.sum()), Sum{}, 0.0);
  const double weighted_sum = block_reduce(static_cast<double>(sums.weighted_sum()), Sum{}, 0.0);
  return {sums.maximum(), sum, weighted_sum};
}

// gradient_v = exp(x_v) (scale + slope x_v), and at_token for v = token.
struct RowGradient {
  float maximum;
  float scale;
  float slope;
  float at_token;
};

// What one thread makes of the statistics.
struct RowSoftmax {
  float maximum;
  double inverse_temperature;
  double sum;
  double log_sum;
  double entropy;
  double log_prob;  // of the token; NaN when its id is no token

  __device__ RowSoftmax(const RowStatistics& row, double inverse, float token_logit)
      : maximum(row.maximum), inverse_temperature(inverse), sum(row.sum), log_sum(log(row.sum)) {
    entropy = log_sum - row.weighted_sum / row.sum;
    log_prob = (static_cast<double>(token_logit) - static_cast<double>(maximum)) * inverse_temperature - log_sum;
  }

  __device__ double log_sum_exp() const { return static_cast<double>(maximum) * inverse_temperature + log_sum; }

  // (grad_log_prob (1[v == y] - p_v) - grad_entropy p_v (log p_v + H)) / temperature
  __device__ RowGradient gradient(double grad_log_prob, double grad_entropy) const {
    const double direct = grad_log_prob * inverse_temperature;
    const double through_entropy = grad_entropy * inverse_temperature;
    const double probability = exp(log_prob);
    const double surprise = probability > 0 ? probability * (log_prob + entropy) : 0.0 * probability;
    return {maximum, static_cast<float>(-(direct + through_entropy * (entropy - log_sum)) / sum),
            static_cast<float>(-through_entropy / sum),
            static_cast<float>(direct * -expm1(log_prob) - through_entropy * surprise)};
  }
};

// `out` is `row` itself or does not overlap it. A thread writes the chunks that it reads.
template <typename Element>
__device__ void write_gradient(const Element* row, Element* out, int64_t size, int64_t token, float inverse_temperature,
                               const RowGradient& gradient) {
  const bool row_aligned = is_aligned(row);
  const bool out_aligned = is_aligned(out);
  for (int64_t first = int64_t{threadIdx.x} * kChunk<Element>; first < size; first += int64_t{blockDim.x} * kChunk<Element>) {
    float values[kChunk<Element>];
    load_chunk(row, first, size, row_aligned, values);
    for (int i = 0; i < kChunk<Element>; ++i) {
      const float x = centred(values[i], gradient.maximum, inverse_temperature);
      values[i] = first + i == token ? gradient.at_token : expf(x) * fmaf(gradient.slope, x, gradient.scale);
    }
    store_chunk(out, first, size, out_aligned, values);
  }
}

template <typename Element>
__device__ void clear_gradient(Element* out, int64_t size) {
  const bool aligned = is_aligned(out);
  const float zeros[kChunk<Element>] = {};
  for (int64_t first = int64_t{threadIdx.x} * kChunk<Element>; first < size; first += int64_t{blockDim.x} * kChunk<Element>)
    store_chunk(out, first, size, aligned, zeros);
}

// The row of a block, and its token.
template <typename Element>
struct Row {
  int64_t index;
  int64_t sequence;
  const Element* logits;
  Element* gradient;
  bool counts;
  int64_t token;      // -1 where the id is no token, or the row does not count
  float token_logit;  // read before the gradient may replace it
  double inverse_temperature;

  __device__ explicit Row(const rrft_log_probs_args& rows) : index(blockIdx.x), sequence(index / rows.tokens) {
    const int64_t t = index % rows.tokens;
    logits = static_cast<const Element*>(rows.logits) + sequence * rows.logits_batch_stride + t * rows.logits_token_stride;
    gradient = rows.grad_logits == nullptr ? nullptr
                                           : static_cast<Element*>(rows.grad_logits) +
                                                 sequence * rows.grad_logits_batch_stride + t * rows.grad_logits_token_stride;
    counts = rows.mask == nullptr || rows.mask[index] != 0;
    token = -1;
    token_logit = NAN;
    inverse_temperature = 1;
    if (!counts) return;
    inverse_temperature = 1.0 / static_cast<double>(rows.temperatures != nullptr ? rows.temperatures[index] : rows.temperature);
    const int64_t id = sequence * rows.token_ids_batch_stride + t;
    token = rows.token_ids_dtype == RRFT_I64 ? static_cast<const int64_t*>(rows.token_ids)[id]
                                             : int64_t{static_cast<const int32_t*>(rows.token_ids)[id]};
    if (token < 0 || token >= rows.vocabulary)
      token = -1;
    else
      token_logit = to_float(logits[token]);
  }
};

}  // namespace rrft::cuda
