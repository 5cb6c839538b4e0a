// Loops over a panel of tokens, compiled once per instruction set (tier) from matrix_kernels.cpp: matrix products with
// few rows, and what a decoder layer does between them.
#pragma once

#include <stdint.h>

namespace rrft {

// Tokens lie side by side in the lanes of vectors: value f of token t of a panel is panel[f * lanes + t]. A product
// then needs no sum across lanes, and a token's result does not depend on those beside it. Lanes without a token hold
// 0.
struct MatrixKernels {
  int lanes;  // tokens of a panel: two vectors of the tier

  // x[t * stride + f] to a panel and back, for the first `tokens`.
  void (*pack)(const float* x, int64_t stride, int64_t tokens, int64_t features, float* panel);
  void (*unpack)(const float* panel, int64_t tokens, int64_t features, float* x, int64_t stride);

  // out_f = x_f / sqrt(mean_f x_f^2 + epsilon) weight_f
  void (*normalise)(const float* panel, const float* weight, int64_t features, float epsilon, float* out);

  // Rows [begin, end) of weight, each of `inputs` values from weight + row * stride, times the panel, row by row into
  // out + row * lanes. For the first `tokens` lanes at least. bias NULL: 0. accumulate: adds to what is there.
  void (*product)(const float* weight, int64_t stride, int64_t begin, int64_t end, int64_t inputs, const float* bias,
                  const float* panel, int64_t tokens, bool accumulate, float* out);

  // out_i = silu(weight_i x) (weight_{i + inner} x) for i in [begin, end)
  void (*gated)(const float* weight, int64_t inner, int64_t begin, int64_t end, int64_t inputs, const float* panel,
                int64_t tokens, float* out);

  // Turns the pairs (i, i + size / 2) of one head by angles whose cosines and sines are panels of size / 2.
  void (*rotate)(float* head, const float* cos, const float* sin, int64_t size);

  // Attention of one token to `length` places for the `heads` query heads that share a key head. Query and out have
  // stride `lanes`, keys are (size, places), values (places, size), places a multiple of RRFT_PLACE_ALIGNMENT; scores
  // is a workspace of `places` for each head. Those at next_keys and next_values are fetched for the call after this one.
  void (*attend)(const float* query, const float* keys, const float* values, const float* next_keys,
                 const float* next_values, int64_t heads, int64_t size, int64_t places, int64_t length, float* scores,
                 float* out);
};

}  // namespace rrft
