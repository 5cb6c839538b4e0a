// What the loss of a token depends on beyond its sequence: how many tokens count in the batch, and which entropies the
// filter keeps. The block that starts first finds both out, and the others wait where they need them: it runs already,
// so they do not wait for ever, however many blocks fit on the GPU.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/policy_terms.cuh"

namespace rrft::cuda {

struct BatchFacts {
  double tokens;     // that count
  double threshold;  // of the entropy filter; -inf without one
};

// At the beginning of a launch's workspace, zero before the launch.
struct Progress {
  unsigned tickets;   // blocks that have started
  unsigned finished;  // sequences whose sums are there
  unsigned published;
  unsigned unused;
  BatchFacts facts;
};

__host__ __device__ inline bool takes_quantile(const rrft_policy_loss_options& options) {
  return options.top_entropy_fraction > 0 && options.top_entropy_fraction < 1 && !(options.entropy_threshold > 0);
}
__host__ __device__ inline bool counts_batch(const rrft_policy_loss_options& options) {
  return (options.reduction == RRFT_REDUCE_TOKEN_MEAN && !(options.normalizer > 0)) ||
         (options.entropy_coefficient > 0 && options.entropy_reduction == RRFT_ENTROPY_TOKEN_MEAN &&
          !(options.entropy_normalizer > 0));
}
// Whether anything has to be looked up in the arrays.
__device__ inline bool has_facts(const PolicyBatch& policy) {
  return takes_quantile(policy.options) || (policy.mask != nullptr && counts_batch(policy.options));
}

// Bytes that are not 0.
__device__ inline int count_bytes(unsigned word) {
  return __popc((((word & 0x7f7f7f7fu) + 0x7f7f7f7fu) | word) & 0x80808080u);
}

// Tokens that count in [first, first + size), by the whole block.
__device__ inline double block_count(const PolicyBatch& policy, int64_t first, int64_t size) {
  if (policy.mask == nullptr) return static_cast<double>(size);
  const uint8_t* const mask = policy.mask + first;
  const int64_t thread = static_cast<int64_t>(threadIdx.x), threads = static_cast<int64_t>(blockDim.x);
  const int64_t to_aligned = static_cast<int64_t>((16 - reinterpret_cast<uintptr_t>(mask) % 16) % 16);
  const int64_t head = to_aligned < size ? to_aligned : size, words = (size - head) / 16;
  int count = 0;
  for (int64_t i = thread; i < head; i += threads) count += mask[i] != 0;
  for (int64_t i = thread; i < words; i += threads) {
    const uint4 bytes = __ldg(reinterpret_cast<const uint4*>(mask + head) + i);
    count += count_bytes(bytes.x) + count_bytes(bytes.y) + count_bytes(bytes.z) + count_bytes(bytes.w);
  }
  for (int64_t i = head + 16 * words + thread; i < size; i += threads) count += mask[i] != 0;
  return block_reduce(static_cast<double>(count), Sum{}, 0.0);
}

// Whether the entropy of token n takes part in the quantile.
__device__ inline bool is_ranked(const PolicyBatch& policy, int64_t n) {
  return counts(policy, n) && !isnan(__ldcg(policy.entropy + n));
}

// Numbers in the order of floats.
__device__ inline unsigned ordered(float value) {
  const unsigned bits = __float_as_uint(value);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}
__device__ inline double from_ordered(unsigned key) {
  return static_cast<double>(__uint_as_float((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key));
}

// The (1 - fraction) quantile with linear interpolation, as native/src/quantile.h has it, by the whole block: the
// digits of its key one after another, by counting the keys that share those found so far.
inline __device__ RRFT_NOINLINE double top_quantile(const PolicyBatch& policy) {
  RRFT_SHARED(counted, unsigned long long[256]);
  RRFT_SHARED(found, unsigned long long[2]);  // the digits so far; how many keys with them are to be left out
  const int64_t size = policy.batch * policy.tokens, thread = static_cast<int64_t>(threadIdx.x),
                threads = static_cast<int64_t>(blockDim.x);
  double ranked = 0;
  for (int64_t n = thread; n < size; n += threads) ranked += is_ranked(policy, n);
  ranked = block_reduce(ranked, Sum{}, 0.0);
  if (ranked == 0) return -kInfinity;
  double rank = (1.0 - policy.options.top_entropy_fraction) * (ranked - 1.0);
  // 1 - 0.7 is a little more than 0.3: a rank meant to be whole must not miss the value that it names.
  if (fabs(rank - round(rank)) < 1e-9 * ranked) rank = round(rank);
  unsigned digits = 0;
  unsigned long long left_out = static_cast<unsigned long long>(rank), of_this_key = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (unsigned bin = threadIdx.x; bin < 256; bin += blockDim.x) counted[bin] = 0;
    __syncthreads();
    for (int64_t n = thread; n < size; n += threads) {
      if (!is_ranked(policy, n)) continue;
      const unsigned key = ordered(__ldcg(policy.entropy + n));
      // No digits are found yet at a shift of 24, where one more would be undefined.
      if (shift == 24 || key >> (shift + 8) == digits) atomicAdd(&counted[key >> shift & 255u], 1ull);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      unsigned bin = 0;
      for (; left_out >= counted[bin]; ++bin) left_out -= counted[bin];
      found[0] = digits << 8 | bin;
      found[1] = left_out;
    }
    __syncthreads();
    digits = static_cast<unsigned>(found[0]);
    left_out = found[1];
    of_this_key = counted[digits & 255u];
    __syncthreads();
  }
  const double value = from_ordered(digits), fraction = rank - floor(rank);
  if (fraction == 0 || left_out + 1 < of_this_key) return value;
  unsigned next = 0xffffffffu;
  for (int64_t n = thread; n < size; n += threads) {
    const unsigned key = is_ranked(policy, n) ? ordered(__ldcg(policy.entropy + n)) : 0;
    if (key > digits && key < next) next = key;
  }
  next = block_reduce(next, Smaller{}, 0xffffffffu);
  return value + fraction * (from_ordered(next) - value);
}

__device__ inline BatchFacts facts_without_looking(const PolicyBatch& policy) {
  return {static_cast<double>(policy.batch * policy.tokens),
          policy.options.entropy_threshold > 0 ? static_cast<double>(policy.options.entropy_threshold) : -kInfinity};
}

// By every block, at its beginning: the first one of the launch finds out what has_facts() asks for.
__device__ inline void publish_facts(const PolicyBatch& policy, Progress* progress) {
  if (!has_facts(policy)) return;
  const unsigned ticket = from_first_thread(threadIdx.x == 0 ? atomicAdd(&progress->tickets, 1u) : 0u);
  if (ticket != 0) return;
  BatchFacts facts = facts_without_looking(policy);
  if (counts_batch(policy.options)) facts.tokens = block_count(policy, 0, policy.batch * policy.tokens);
  if (takes_quantile(policy.options)) facts.threshold = top_quantile(policy);
  if (threadIdx.x != 0) return;
  progress->facts = facts;
  raise_flag(&progress->published);
}

// By any thread.
__device__ inline BatchFacts batch_facts(const PolicyBatch& policy, const Progress* progress) {
  if (!has_facts(policy)) return facts_without_looking(policy);
  await_flag(&progress->published);
  return {__ldcg(&progress->facts.tokens), __ldcg(&progress->facts.threshold)};
}

// What the loss of a sequence's tokens is multiplied by; `length` of them count.
__device__ inline double loss_weight(const PolicyBatch& policy, double length, double batch_tokens) {
  const rrft_policy_loss_options& o = policy.options;
  const double sequences = o.normalizer > 0 ? o.normalizer : static_cast<double>(policy.batch);
  switch (o.reduction) {
    case RRFT_REDUCE_SEQUENCE_MEAN: return 1.0 / fmax(length, 1.0) / sequences;
    case RRFT_REDUCE_SEQUENCE_SUM: return 1.0 / sequences;
    case RRFT_REDUCE_FIXED_LENGTH: return 1.0 / o.normalizer;
    default: return 1.0 / fmax(o.normalizer > 0 ? o.normalizer : batch_tokens, 1.0);
  }
}

// And their entropies, in the bonus.
__device__ inline double entropy_weight(const PolicyBatch& policy, double length, double batch_tokens) {
  const rrft_policy_loss_options& o = policy.options;
  if (o.entropy_coefficient == 0) return 0.0;
  if (o.entropy_reduction == RRFT_ENTROPY_AS_LOSS) return loss_weight(policy, length, batch_tokens);
  return 1.0 / fmax(o.entropy_normalizer > 0 ? o.entropy_normalizer : batch_tokens, 1.0);
}
__device__ inline double entropy_derivative(const PolicyBatch& policy, double length, double batch_tokens) {
  return -static_cast<double>(policy.options.entropy_coefficient) * entropy_weight(policy, length, batch_tokens);
}

}  // namespace rrft::cuda
