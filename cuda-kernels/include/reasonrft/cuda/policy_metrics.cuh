// The metrics of a call from the sums of its sequences, by the block that finishes last: a warp for each metric, its
// lanes next to each other over the sequences.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reasonrft/cuda/policy_sums.cuh"

namespace rrft::cuda {

// For every thread of a block: whether it is the last of `wanted` to come here, which then sees what the others wrote.
__device__ inline bool is_last(unsigned* arrived, unsigned wanted) {
  RRFT_SHARED(last, int);
  __syncthreads();  // the block's own writes are made
  if (threadIdx.x == 0) {
    __threadfence();
    last = atomicAdd(arrived, 1u) == wanted - 1;
    __threadfence();
  }
  __syncthreads();
  return last != 0;
}

using Metrics = rrft_policy_metrics;
constexpr int kMetrics = sizeof(Metrics) / sizeof(double);
static_assert(sizeof(Metrics) == 28 * sizeof(double), "say how the new ones are made");
#define RRFT_METRIC(name) (offsetof(::rrft::cuda::Metrics, name) / sizeof(double))

// How a metric comes from those of the sequences.
__device__ inline bool is_maximum(int metric) {
  return metric == RRFT_METRIC(ratio_max) || metric == RRFT_METRIC(clip_fraction_high_max) ||
         metric == RRFT_METRIC(sampling_log_ratio_max) || metric == RRFT_METRIC(sampling_ratio_max);
}
__device__ inline bool is_minimum(int metric) {
  return metric == RRFT_METRIC(ratio_min) || metric == RRFT_METRIC(clip_fraction_low_min) ||
         metric == RRFT_METRIC(sampling_ratio_min);
}
__device__ inline double combined_metric(int metric, double a, double b) {
  return is_maximum(metric) ? larger_or_nan(a, b) : (is_minimum(metric) ? smaller_or_nan(a, b) : a + b);
}

class MetricsOfSums {
 public:
  __device__ MetricsOfSums(const PolicyBatch& policy, const BatchFacts& facts, const double* sums)
      : policy_(policy), objective_(policy.options), facts_(facts), sums_(sums) {}

  // By the whole block, once per launch.
  __device__ void write(Metrics* out) const {
    RRFT_SHARED(results, double[kMetrics]);
    for (int metric = warp_index(); metric < kMetrics; metric += warp_count()) {
      const double result = over_sequences(metric);
      if (lane_index() == 0) results[metric] = result;
    }
    __syncthreads();
    const double tokens = results[RRFT_METRIC(token_count)], sequences = results[RRFT_METRIC(sequence_count)];
    const int metric = static_cast<int>(threadIdx.x);
    double value = 0;
    if (metric < kMetrics && tokens > 0) value = finished(metric, results, tokens, sequences);
    if (metric >= kMetrics) return;
    if (metric == RRFT_METRIC(token_count))
      out->token_count = static_cast<int64_t>(tokens);
    else if (metric == RRFT_METRIC(sequence_count))
      out->sequence_count = static_cast<int64_t>(sequences);
    else
      reinterpret_cast<double*>(out)[metric] = value;
  }

 private:
  __device__ double of(int64_t sequence, int sum) const { return __ldcg(sums_ + sequence * kSequenceSums + sum); }

  __device__ double over_sequences(int metric) const {
    double result = is_maximum(metric) ? -kInfinity : (is_minimum(metric) ? kInfinity : 0.0);
    for (int64_t sequence = lane_index(); sequence < policy_.batch; sequence += kWarp) {
      const double tokens = of(sequence, kTokens);
      if (tokens > 0) result = combined_metric(metric, result, of_sequence(metric, sequence, tokens));
    }
    return warp_reduce(result, [metric](double a, double b) { return combined_metric(metric, a, b); });
  }

  // Ratio, clip fractions and rho are per token, or per sequence where they belong to it.
  __device__ double ratio_share(double tokens) const { return objective_.shares_ratio() ? tokens : 1.0; }
  __device__ double rho_share(double tokens) const { return objective_.shares_rho() ? tokens : 1.0; }

  __device__ double of_sequence(int metric, int64_t i, double tokens) const {
    const rrft_policy_loss_options& o = policy_.options;
    switch (metric) {
      case RRFT_METRIC(loss):
        return loss_weight(policy_, tokens, facts_.tokens) *
               (of(i, kPolicyLoss) + static_cast<double>(o.kl_coefficient) * of(i, kKl));
      case RRFT_METRIC(policy_loss): return loss_weight(policy_, tokens, facts_.tokens) * of(i, kPolicyLoss);
      case RRFT_METRIC(entropy_loss): return entropy_derivative(policy_, tokens, facts_.tokens) * of(i, kEntropy);
      case RRFT_METRIC(kl): return of(i, kKl);
      case RRFT_METRIC(approx_kl): return of(i, kApproxKl);
      case RRFT_METRIC(log_ratio_mean): return of(i, kLogRatio);
      case RRFT_METRIC(entropy): return of(i, kEntropy);
      case RRFT_METRIC(token_count): return tokens;
      case RRFT_METRIC(sequence_count): return 1.0;
      case RRFT_METRIC(ratio_mean): return of(i, kRatio) / ratio_share(tokens);
      case RRFT_METRIC(ratio_max): return of(i, kRatioMax);
      case RRFT_METRIC(ratio_min): return of(i, kRatioMin);
      case RRFT_METRIC(clip_fraction_low): return of(i, kLow) / ratio_share(tokens);
      case RRFT_METRIC(clip_fraction_high): return of(i, kHigh) / ratio_share(tokens);
      case RRFT_METRIC(clip_fraction_dual): return of(i, kDual) / ratio_share(tokens);
      case RRFT_METRIC(clip_fraction_low_min): return of(i, kLow) / tokens;
      case RRFT_METRIC(clip_fraction_high_max): return of(i, kHigh) / tokens;
      case RRFT_METRIC(vespo_weight_mean): return of(i, kWeight) / tokens;
      case RRFT_METRIC(sampling_log_ratio_mean): return of(i, kSamplingLogRatio);
      case RRFT_METRIC(sampling_log_ratio_max): return of(i, kSamplingLogRatioMax);
      case RRFT_METRIC(sampling_ratio_mean): return of(i, kSamplingRatio) / rho_share(tokens);
      case RRFT_METRIC(sampling_ratio_max): return of(i, kSamplingRatioMax);
      case RRFT_METRIC(sampling_ratio_min): return of(i, kSamplingRatioMin);
      case RRFT_METRIC(sampling_kept_fraction): return of(i, kRhoOutside) / rho_share(tokens);
      case RRFT_METRIC(off_policy_kept_fraction): return of(i, kOffPolicy);
      case RRFT_METRIC(entropy_kept_fraction): return of(i, kUninformative);
      default: return 0.0;
    }
  }

  __device__ double finished(int metric, const double* results, double tokens, double sequences) const {
    const double ratios = objective_.shares_ratio() ? sequences : tokens,
                 rhos = objective_.shares_rho() ? sequences : tokens;
    const double value = results[metric];
    const bool sampled = policy_.sampling_log_probs != nullptr;
    switch (metric) {
      case RRFT_METRIC(loss):
        return policy_.options.entropy_coefficient > 0 ? value + results[RRFT_METRIC(entropy_loss)] : value;
      case RRFT_METRIC(kl):
      case RRFT_METRIC(approx_kl):
      case RRFT_METRIC(log_ratio_mean):
      case RRFT_METRIC(entropy):
      case RRFT_METRIC(sampling_log_ratio_mean): return value / tokens;
      case RRFT_METRIC(ratio_mean):
      case RRFT_METRIC(clip_fraction_low):
      case RRFT_METRIC(clip_fraction_high):
      case RRFT_METRIC(clip_fraction_dual): return value / ratios;
      case RRFT_METRIC(clip_fraction):
        return (results[RRFT_METRIC(clip_fraction_low)] + results[RRFT_METRIC(clip_fraction_high)]) / ratios;
      case RRFT_METRIC(vespo_weight_mean): return value / sequences;
      case RRFT_METRIC(sampling_ratio_mean): return value / rhos;
      case RRFT_METRIC(sampling_log_ratio_max):
      case RRFT_METRIC(sampling_ratio_max):
      case RRFT_METRIC(sampling_ratio_min): return sampled ? value : 0.0;
      case RRFT_METRIC(sampling_kept_fraction): return 1.0 - value / rhos;
      case RRFT_METRIC(off_policy_kept_fraction):
      case RRFT_METRIC(entropy_kept_fraction): return 1.0 - value / tokens;
      case RRFT_METRIC(entropy_threshold): return isinf(facts_.threshold) ? 0.0 : facts_.threshold;
      default: return value;
    }
  }

  const PolicyBatch& policy_;
  const Objective objective_;
  const BatchFacts facts_;
  const double* const sums_;
};

inline __device__ RRFT_NOINLINE void write_metrics(const PolicyBatch& policy, const BatchFacts& facts,
                                                   const double* sums, Metrics* out) {
  MetricsOfSums(policy, facts, sums).write(out);
}

}  // namespace rrft::cuda
