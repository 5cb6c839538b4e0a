// Matrix products with few rows (matrix_kernels.h). Compiled once per tier; RRFT_TIER_TABLE names the row kernels of
// this tier, whose table points to this one.
//
// A tile is kTileRows rows of the weight times one or two vectors of tokens, all in registers: each step along the
// inputs loads the tokens' vectors and broadcasts one number per row, 24 fused multiply-adds for 14 loads with AVX-512.
// The weight is read once, in order, as it lies in memory, and neither copied nor reordered as general products do
// first; with 32 tokens that copy costs as much as the product. Every output is one sum in the order of the inputs, so
// that a token's bits are the same in any panel, beside any tokens.
#include "matrix_kernels.h"

#include "lanes.h"

namespace rrft {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr unsigned kTileRows = 12;  // of 32 registers, 24 hold sums
#else
constexpr unsigned kTileRows = 6;  // of 16 registers, 12 hold sums
#endif
constexpr int kLanes = kPair;
// A row is a stream of its own, and there are more than the hardware's prefetcher follows: one line of each, kPrefetch
// inputs ahead. From memory, 32 tokens on one processor of an AMD EPYC of family 26 (2026-11-21): 220 GFLOP/s, of 250
// from the cache; at a distance of 64 some 170.
constexpr int64_t kAhead = 16;
constexpr int64_t kPrefetch = 256;

template <unsigned kValue>
struct Constant {
  static constexpr unsigned value = kValue;
};

// body(Constant<0>{}), ..., body(Constant<kCount - 1>{}). Compilers unroll loops too late to keep arrays in registers.
template <unsigned kCount>
struct Repeat {
  template <typename Body>
  static RRFT_INLINE void run(const Body& body) {
    Repeat<kCount - 1>::run(body);
    body(Constant<kCount - 1>{});
  }
};
template <>
struct Repeat<0> {
  template <typename Body>
  static RRFT_INLINE void run(const Body&) {}
};

#define RRFT_BODY(index) [&](auto index) __attribute__((always_inline))

void pack(const float* x, int64_t stride, int64_t tokens, int64_t features, float* panel) {
  for (int64_t f = 0; f < features; ++f)
    for (int64_t t = 0; t < kLanes; ++t) panel[f * kLanes + t] = t < tokens ? x[t * stride + f] : 0.0f;
}

void unpack(const float* panel, int64_t tokens, int64_t features, float* x, int64_t stride) {
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t f = 0; f < features; ++f) x[t * stride + f] = panel[f * kLanes + t];
}

RRFT_INLINE Floats square_root(Floats x) {
#if defined(__AVX512F__)
  return (Floats)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
  return (Floats)_mm256_sqrt_ps((__m256)x);
#elif defined(__SSE2__)
  return (Floats)_mm_sqrt_ps((__m128)x);
#else
  for (int lane = 0; lane < kWidth; ++lane) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
#endif
}

void normalise(const float* panel, const float* weight, int64_t features, float epsilon, float* out) {
  // Four sums, so that additions do not wait for one another.
  Pair sums[4] = {};
  for (int64_t f = 0; f < features; ++f) {
    const Pair x = load(panel + f * kLanes);
    Pair& sum = sums[f & 3];
    sum.first += x.first * x.first;
    sum.second += x.second * x.second;
  }
  const float count = static_cast<float>(features);
  const Floats first = (sums[0].first + sums[1].first) + (sums[2].first + sums[3].first);
  const Floats second = (sums[0].second + sums[1].second) + (sums[2].second + sums[3].second);
  const Floats one = broadcast(1.0f);
  const Pair scale = {one / square_root(first / count + epsilon), one / square_root(second / count + epsilon)};
  for (int64_t f = 0; f < features; ++f) {
    const Pair x = load(panel + f * kLanes);
    store(out + f * kLanes, {x.first * scale.first * weight[f], x.second * scale.second * weight[f]});
  }
}

template <unsigned kRows, unsigned kVectors>
struct Tile {
  Floats sum[kRows * kVectors];

  // Rows of the weight in two halves of kRows / 2, the second at `second`, each with rows `stride` apart. The next
  // tile's rows lie `next` behind, which are fetched towards the end of this one's.
  RRFT_INLINE Tile(const float* first, const float* second, int64_t stride, int64_t next, int64_t inputs,
                   const float* panel) {
    const auto row = RRFT_BODY(r) {
      constexpr unsigned kHalf = kRows / 2;
      return r.value < kHalf ? first + r.value * stride : second + (r.value - kHalf) * stride;
    };
    Repeat<kRows * kVectors>::run(RRFT_BODY(i) { sum[i.value] = Floats{}; });
    int64_t k = 0;
    for (; k + kAhead <= inputs; k += kAhead) {
      const int64_t ahead = k + kPrefetch < inputs ? k + kPrefetch : k + kPrefetch - inputs + next;
      Repeat<kRows>::run(RRFT_BODY(r) { __builtin_prefetch(row(r) + ahead); });
      for (int64_t i = k; i < k + kAhead; ++i) step(row, i, panel + i * kLanes);
    }
    for (; k < inputs; ++k) step(row, k, panel + k * kLanes);
  }

  template <typename Row>
  RRFT_INLINE void step(const Row& row, int64_t k, const float* x) {
    Floats tokens[kVectors];
    Repeat<kVectors>::run(RRFT_BODY(v) { tokens[v.value] = load_vector(x + v.value * kWidth); });
    Repeat<kRows>::run(RRFT_BODY(r) {
      const Floats weight = broadcast(row(r)[k]);
      Repeat<kVectors>::run(RRFT_BODY(v) { sum[r.value * kVectors + v.value] += weight * tokens[v.value]; });
    });
  }
};

template <unsigned kRows, unsigned kVectors>
RRFT_INLINE void product_tile(const float* weight, int64_t stride, int64_t row, int64_t inputs, const float* bias,
                              const float* panel, bool accumulate, float* out) {
  const float* const first = weight + row * stride;
  const Tile<kRows, kVectors> tile(first, first + kRows / 2 * stride, stride, kRows * stride, inputs, panel);
  Repeat<kRows>::run(RRFT_BODY(r) {
    const float constant = bias != nullptr ? bias[row + r.value] : 0.0f;
    Repeat<kVectors>::run(RRFT_BODY(v) {
      float* const to = out + (row + r.value) * kLanes + v.value * kWidth;
      const Floats start = accumulate ? load_vector(to) : broadcast(constant);
      store_vector(to, start + tile.sum[r.value * kVectors + v.value]);
    });
  });
}

template <unsigned kVectors>
void product_of(const float* weight, int64_t stride, int64_t begin, int64_t end, int64_t inputs, const float* bias,
                const float* panel, bool accumulate, float* out) {
  int64_t row = begin;
  for (; row + kTileRows <= end; row += kTileRows)
    product_tile<kTileRows, kVectors>(weight, stride, row, inputs, bias, panel, accumulate, out);
  for (; row < end; ++row) product_tile<1, kVectors>(weight, stride, row, inputs, bias, panel, accumulate, out);
}

void product(const float* weight, int64_t stride, int64_t begin, int64_t end, int64_t inputs, const float* bias,
             const float* panel, int64_t tokens, bool accumulate, float* out) {
  if (tokens <= kWidth)
    product_of<1>(weight, stride, begin, end, inputs, bias, panel, accumulate, out);
  else
    product_of<2>(weight, stride, begin, end, inputs, bias, panel, accumulate, out);
}

constexpr float kLog2E = 1.44269504088896340736f;

// x / (1 + exp(-x)), by way of exp(-|x|), which cannot overflow.
RRFT_INLINE Floats silu(Floats x) {
  const Floats zero = {};
  const Floats below = x < zero ? x : -x;
  const Floats e = exp2_below_one(larger(broadcast(kExponentFloor), below * kLog2E));
  const Floats one = broadcast(1.0f);
  return x * (x < zero ? e : one) / (one + e);
}

template <unsigned kRows, unsigned kVectors>
RRFT_INLINE void gated_tile(const float* weight, int64_t inner, int64_t row, int64_t inputs, const float* panel,
                            float* out) {
  const float* const gates = weight + row * inputs;
  const Tile<2 * kRows, kVectors> tile(gates, gates + inner * inputs, inputs, kRows * inputs, inputs, panel);
  Repeat<kRows>::run(RRFT_BODY(r) {
    Repeat<kVectors>::run(RRFT_BODY(v) {
      constexpr unsigned kGate = r.value * kVectors + v.value, kUp = kRows * kVectors + kGate;
      store_vector(out + (row + r.value) * kLanes + v.value * kWidth, silu(tile.sum[kGate]) * tile.sum[kUp]);
    });
  });
}

template <unsigned kVectors>
void gated_of(const float* weight, int64_t inner, int64_t begin, int64_t end, int64_t inputs, const float* panel,
              float* out) {
  int64_t row = begin;
  for (; row + kTileRows / 2 <= end; row += kTileRows / 2)
    gated_tile<kTileRows / 2, kVectors>(weight, inner, row, inputs, panel, out);
  for (; row < end; ++row) gated_tile<1, kVectors>(weight, inner, row, inputs, panel, out);
}

void gated(const float* weight, int64_t inner, int64_t begin, int64_t end, int64_t inputs, const float* panel,
           int64_t tokens, float* out) {
  if (tokens <= kWidth)
    gated_of<1>(weight, inner, begin, end, inputs, panel, out);
  else
    gated_of<2>(weight, inner, begin, end, inputs, panel, out);
}

void rotate(float* head, const float* cos, const float* sin, int64_t size) {
  const int64_t half = size / 2;
  for (int64_t i = 0; i < half; ++i) {
    float* const lower = head + i * kLanes;
    float* const upper = head + (i + half) * kLanes;
    const Pair a = load(lower), b = load(upper), c = load(cos + i * kLanes), s = load(sin + i * kLanes);
    store(lower, {a.first * c.first - b.first * s.first, a.second * c.second - b.second * s.second});
    store(upper, {b.first * c.first + a.first * s.first, b.second * c.second + a.second * s.second});
  }
}

// The sum of the lanes, in the same order always.
RRFT_INLINE float fold(Floats lanes) {
  float values[kWidth];
  __builtin_memcpy(values, &lanes, sizeof lanes);
  for (int half = kWidth / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) values[lane] += values[lane + half];
  return values[0];
}

// Scores to weights that sum to 1; scores are in units of log2.
void softmax(float* scores, int64_t length) {
  float maximum = scores[0];
  for (int64_t s = 1; s < length; ++s) maximum = scores[s] > maximum ? scores[s] : maximum;
  const Floats top = broadcast(maximum), one = broadcast(1.0f);
  Floats sums = {};
  int64_t s = 0;
  for (; s + kWidth <= length; s += kWidth) {
    const Floats weight = exp2_below_one(exponent(load_vector(scores + s), top, one));
    store_vector(scores + s, weight);
    sums += weight;
  }
  float sum = fold(sums);
  if (s < length) {
    float rest[kWidth];
    for (int lane = 0; lane < kWidth; ++lane) rest[lane] = s + lane < length ? scores[s + lane] : maximum;
    store_vector(rest, exp2_below_one(exponent(load_vector(rest), top, one)));
    for (int lane = 0; s + lane < length; ++lane) sum += scores[s + lane] = rest[lane];
  }
  const float scale = 1.0f / sum;
  for (int64_t i = 0; i < length; ++i) scores[i] *= scale;
}

// Along the size, one vector at a time, so that the sum over places stays in a register.
void weighted_values(const float* weights, const float* values, int64_t next, int64_t size, int64_t length,
                     float* out) {
  int64_t d = 0;
  for (; d + kWidth <= size; d += kWidth) {
    Floats sums[2] = {};
    int64_t s = 0;
    for (; s + 2 <= length; s += 2) {
      __builtin_prefetch(values + next + s * size + d);
      __builtin_prefetch(values + next + (s + 1) * size + d);
      sums[0] += load_vector(values + s * size + d) * weights[s];
      sums[1] += load_vector(values + (s + 1) * size + d) * weights[s + 1];
    }
    if (s < length) sums[0] += load_vector(values + s * size + d) * weights[s];
    float result[kWidth];
    store_vector(result, sums[0] + sums[1]);
    for (int lane = 0; lane < kWidth; ++lane) out[(d + lane) * kLanes] = result[lane];
  }
  for (; d < size; ++d) {
    float sum = 0;
    for (int64_t s = 0; s < length; ++s) sum += values[s * size + d] * weights[s];
    out[d * kLanes] = sum;
  }
}

// Scores of neighbouring places fill a vector: keys of a place lie apart. For kHeads heads at a time, which share the
// loads.
template <unsigned kHeads>
void score(const float* query, const float* keys, int64_t next, int64_t size, int64_t places, int64_t length,
           float scale, float* scores) {
  for (int64_t s = 0; s < length; s += kWidth) {
    Floats sums[kHeads];
    Repeat<kHeads>::run(RRFT_BODY(h) { sums[h.value] = Floats{}; });
    for (int64_t d = 0; d < size; ++d) {
      const Floats key = load_vector(keys + d * places + s);
      __builtin_prefetch(keys + next + d * places + s);
      Repeat<kHeads>::run(RRFT_BODY(h) { sums[h.value] += key * query[(h.value * size + d) * kLanes]; });
    }
    Repeat<kHeads>::run(RRFT_BODY(h) { store_vector(scores + h.value * places + s, sums[h.value] * scale); });
  }
}

void attend(const float* query, const float* keys, const float* values, const float* next_keys,
            const float* next_values, int64_t heads, int64_t size, int64_t places, int64_t length, float* scores,
            float* out) {
  // Rows of another sequence or head, which no prefetcher of the hardware foresees.
  const int64_t keys_ahead = next_keys - keys, values_ahead = next_values - values;
  const float scale = kLog2E / __builtin_sqrtf(static_cast<float>(size));
  int64_t head = 0;
  for (; head + 2 <= heads; head += 2)
    score<2>(query + head * size * kLanes, keys, keys_ahead, size, places, length, scale, scores + head * places);
  if (head < heads) score<1>(query + head * size * kLanes, keys, keys_ahead, size, places, length, scale, scores + head * places);
  for (head = 0; head < heads; ++head) {
    softmax(scores + head * places, length);
    weighted_values(scores + head * places, values, values_ahead, size, length, out + head * size * kLanes);
  }
}

}  // namespace

#define RRFT_JOIN(a, b) a##b
#define RRFT_MATRICES_OF(table) RRFT_JOIN(matrices_of_, table)
extern const MatrixKernels RRFT_MATRICES_OF(RRFT_TIER_TABLE);
const MatrixKernels RRFT_MATRICES_OF(RRFT_TIER_TABLE) = {kLanes,  pack,  unpack, normalise,
                                                         product, gated, rotate, attend};

}  // namespace rrft
