// The clipped objective of a token, a token's weight in the loss, and the metrics of a call.
#pragma once

#include <cstdint>

#include "reasonrft/cuda/block.cuh"
#include "reasonrft/kernels.h"

namespace rrft::cuda {

// What policy_loss and fused_policy_loss have in common.
struct PolicyBatch {
  int64_t batch;
  int64_t tokens;
  const float* log_probs;
  const float* old_log_probs;  // or nullptr: log_probs themselves
  const float* ref_log_probs;  // or nullptr
  const float* advantages;
  const uint8_t* mask;   // or nullptr
  const float* entropy;  // or nullptr
  rrft_policy_loss_options options;
  rrft_policy_metrics* metrics;
};

__device__ inline bool counts(const PolicyBatch& policy, int64_t n) { return policy.mask == nullptr || policy.mask[n] != 0; }

struct TokenTerms {
  double ratio;
  double policy_loss;
  double kl;
  double approx_kl;
  double derivative;  // of policy_loss + kl_coefficient kl with respect to log_prob
  bool clipped_low;
  bool clipped_high;
};

// Double precision: a few exponentials per token, against V per row of logits; exp(k) - k - 1 cancels in float32.
__device__ inline TokenTerms token_terms(const PolicyBatch& policy, int64_t n, int64_t sequence, float log_prob) {
  const double low = 1.0 - static_cast<double>(policy.options.epsilon_low);
  const double high = 1.0 + static_cast<double>(policy.options.epsilon_high);
  const double advantage = policy.advantages[sequence];
  const float old = policy.old_log_probs != nullptr ? policy.old_log_probs[n] : log_prob;
  const double drift = log_prob == old ? 0.0 : static_cast<double>(log_prob) - static_cast<double>(old);
  TokenTerms terms;
  terms.ratio = exp(drift);
  terms.approx_kl = expm1(drift) - drift;
  const double clipped_ratio = terms.ratio < low ? low : (terms.ratio > high ? high : terms.ratio);
  const double unclipped = terms.ratio * advantage;
  const double clipped = clipped_ratio * advantage;
  const bool clip_wins = clipped < unclipped;  // NaN takes the other branch and reaches loss and gradient
  terms.policy_loss = clip_wins ? -clipped : -unclipped;
  terms.derivative = clip_wins ? 0.0 : -unclipped;
  terms.clipped_low = terms.ratio < low && advantage < 0;
  terms.clipped_high = terms.ratio > high && advantage > 0;
  terms.kl = 0;
  if (policy.ref_log_probs != nullptr) {
    const float ref = policy.ref_log_probs[n];
    const double distance = ref == log_prob ? 0.0 : static_cast<double>(ref) - static_cast<double>(log_prob);
    const double growth = expm1(distance);
    terms.kl = growth - distance;
    terms.derivative -= static_cast<double>(policy.options.kl_coefficient) * growth;
  }
  return terms;
}

// Tokens that count in [first, first + size), by the whole block.
__device__ inline double block_count(const PolicyBatch& policy, int64_t first, int64_t size) {
  if (policy.mask == nullptr) return static_cast<double>(size);
  int count = 0;
  for (int64_t n = threadIdx.x; n < size; n += blockDim.x) count += policy.mask[first + n] != 0;
  return block_reduce(static_cast<double>(count), Sum{}, 0.0);
}

__device__ inline double sequence_weight(const rrft_policy_loss_options& options, double batch, double length) {
  return 1.0 / fmax(length, 1.0) / (options.normalizer > 0 ? options.normalizer : batch);
}

// What a token's loss is multiplied by. Every block of a call counts the mask for itself, from the second-level cache:
// at most B * T bytes, which is little beside a row of logits, and spares a launch before this one.
__device__ inline double block_weight(const PolicyBatch& policy, int64_t sequence) {
  const rrft_policy_loss_options& options = policy.options;
  if (options.reduction == RRFT_REDUCE_SEQUENCE_MEAN)
    return sequence_weight(options, static_cast<double>(policy.batch), block_count(policy, sequence * policy.tokens, policy.tokens));
  if (options.reduction == RRFT_REDUCE_FIXED_LENGTH) return 1.0 / options.normalizer;
  const double tokens = options.normalizer > 0 ? options.normalizer : block_count(policy, 0, policy.batch * policy.tokens);
  return 1.0 / fmax(tokens, 1.0);
}

// True in every thread of the block that finishes last, which then sees what all others wrote. The launcher has zeroed
// the metrics; their token_count serves as the counter of finished blocks until it gets its value.
__device__ inline bool is_last_block(rrft_policy_metrics* metrics) {
  RRFT_SHARED(last, bool);
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    unsigned long long* finished = reinterpret_cast<unsigned long long*>(&metrics->token_count);
    last = atomicAdd(finished, 1ull) == gridDim.x - 1ull;
  }
  __syncthreads();
  __threadfence();
  return last;
}

enum Total { kTokens, kLow, kHigh, kPolicyLoss, kKl, kApproxKl, kRatio, kEntropy, kLoss, kWeightedPolicyLoss, kTotals };

struct Totals {
  double sums[kTotals];
  double ratio_max;
  double low_min;   // NaN: no sequence yet
  double high_max;
};

__device__ inline double larger_or_nan(double a, double b) { return a > b || isnan(a) ? a : b; }

__device__ inline Totals no_tokens() {
  Totals totals;
  for (double& sum : totals.sums) sum = 0;
  totals.ratio_max = totals.high_max = 0;
  totals.low_min = NAN;
  return totals;
}

__device__ inline void add(Totals& to, const Totals& other) {
  for (int i = 0; i < kTotals; ++i) to.sums[i] += other.sums[i];
  to.ratio_max = larger_or_nan(other.ratio_max, to.ratio_max);
  to.low_min = fmin(to.low_min, other.low_min);  // takes the number where one is NaN
  to.high_max = fmax(to.high_max, other.high_max);
}

// One sequence by one warp; every lane gets the totals.
__device__ inline Totals sequence_totals(const PolicyBatch& policy, int64_t sequence) {
  Totals totals = no_tokens();
  for (int64_t t = threadIdx.x % kWarp; t < policy.tokens; t += kWarp) {
    const int64_t n = sequence * policy.tokens + t;
    if (!counts(policy, n)) continue;
    // Written by other blocks of this launch: read past the first-level cache.
    const TokenTerms terms = token_terms(policy, n, sequence, __ldcg(policy.log_probs + n));
    totals.sums[kTokens] += 1;
    totals.sums[kLow] += terms.clipped_low;
    totals.sums[kHigh] += terms.clipped_high;
    totals.sums[kPolicyLoss] += terms.policy_loss;
    totals.sums[kKl] += terms.kl;
    totals.sums[kApproxKl] += terms.approx_kl;
    totals.sums[kRatio] += terms.ratio;
    if (policy.entropy != nullptr) totals.sums[kEntropy] += static_cast<double>(__ldcg(policy.entropy + n));
    totals.ratio_max = larger_or_nan(terms.ratio, totals.ratio_max);
  }
  for (double& sum : totals.sums) sum = warp_reduce(sum, Sum{});
  totals.ratio_max = warp_reduce(totals.ratio_max, [](double a, double b) { return larger_or_nan(b, a); });
  return totals;
}

// The metrics of the call by one block, in an order that does not depend on which block it is: warp w takes sequences w,
// w + warps, ..., and the first thread adds up the warps. Not inlined: its many doubles would make the sweeps spill.
static __device__ RRFT_NOINLINE void write_metrics(const PolicyBatch& policy) {
  RRFT_SHARED(parts, Totals[kWarp]);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  const rrft_policy_loss_options& options = policy.options;
  // Not counted yet where TOKEN_MEAN takes the token count itself: applied below.
  const bool per_sequence = options.reduction == RRFT_REDUCE_SEQUENCE_MEAN;
  Totals mine = no_tokens();
  for (int64_t sequence = warp; sequence < policy.batch; sequence += warps) {
    Totals totals = sequence_totals(policy, sequence);
    const double tokens = totals.sums[kTokens];
    if (tokens == 0) continue;
    const double weight = per_sequence ? sequence_weight(options, static_cast<double>(policy.batch), tokens) : 1.0;
    totals.sums[kWeightedPolicyLoss] = weight * totals.sums[kPolicyLoss];
    totals.sums[kLoss] =
        weight * (totals.sums[kPolicyLoss] + static_cast<double>(options.kl_coefficient) * totals.sums[kKl]);
    totals.low_min = totals.sums[kLow] / tokens;
    totals.high_max = totals.sums[kHigh] / tokens;
    add(mine, totals);
  }
  if (threadIdx.x % kWarp == 0) parts[warp] = mine;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int other = 1; other < warps; ++other) add(mine, parts[other]);

  const double tokens = mine.sums[kTokens];
  double weight = 1.0;
  if (options.reduction == RRFT_REDUCE_FIXED_LENGTH) weight = 1.0 / options.normalizer;
  if (options.reduction == RRFT_REDUCE_TOKEN_MEAN)
    weight = 1.0 / fmax(options.normalizer > 0 ? options.normalizer : tokens, 1.0);
  const double mean = tokens > 0 ? 1.0 / tokens : 0.0;
  rrft_policy_metrics metrics{};
  metrics.loss = tokens > 0 ? weight * mine.sums[kLoss] : 0.0;
  metrics.policy_loss = tokens > 0 ? weight * mine.sums[kWeightedPolicyLoss] : 0.0;
  metrics.kl = mean * mine.sums[kKl];
  metrics.approx_kl = mean * mine.sums[kApproxKl];
  metrics.ratio_mean = mean * mine.sums[kRatio];
  metrics.ratio_max = mine.ratio_max;
  metrics.clip_fraction_low = mean * mine.sums[kLow];
  metrics.clip_fraction_high = mean * mine.sums[kHigh];
  metrics.clip_fraction = mean * (mine.sums[kLow] + mine.sums[kHigh]);
  metrics.clip_fraction_low_min = tokens > 0 ? mine.low_min : 0.0;
  metrics.clip_fraction_high_max = mine.high_max;
  metrics.entropy = mean * mine.sums[kEntropy];
  metrics.token_count = static_cast<int64_t>(tokens);
  *policy.metrics = metrics;
}

}  // namespace rrft::cuda
