// Sums over the tokens of a sequence by one block, and the metrics of the call that the block which finishes last makes
// of them. All in an order that depends on the number of threads of a block and on nothing else.
//
// The sums of a sequence are a row of doubles in the workspace. Lanes of a warp take neighbouring tokens; each sum goes
// over the lanes as soon as its terms are known and stays in shared memory, so that no thread holds twenty sums.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reasonrft/cuda/batch_facts.cuh"

namespace rrft::cuda {

enum SequenceSum {
  // Sums
  kTokens, kLow, kHigh, kDual, kRhoOutside, kOffPolicy, kUninformative, kPolicyLoss, kKl, kApproxKl, kLogRatio, kRatio,
  kWeight, kSamplingLogRatio, kSamplingRatio, kEntropy, kCoupling,
  // Largest and smallest
  kRatioMax, kSamplingLogRatioMax, kSamplingRatioMax, kRatioMin, kSamplingRatioMin,
  kSequenceSums,
};
constexpr int kFirstMaximum = kRatioMax, kFirstMinimum = kRatioMin;

__device__ inline double identity_of(int sum) {
  return sum < kFirstMaximum ? 0.0 : (sum < kFirstMinimum ? -kInfinity : kInfinity);
}
__device__ inline double combined(int sum, double a, double b) {
  return sum < kFirstMaximum ? a + b : (sum < kFirstMinimum ? larger_or_nan(a, b) : smaller_or_nan(a, b));
}

// Of one sequence, by all threads of a block.
class SequenceSums {
 public:
  __device__ explicit SequenceSums(double (&parts)[kMaximumWarps][kSequenceSums]) : parts_(parts) {
    if (lane_index() < kSequenceSums) mine(lane_index()) = identity_of(lane_index());
    __syncwarp();
  }

  // What a token adds, in two halves: together they would be more than the registers of a thread hold.
  __device__ void add_losses(const PolicyBatch& policy, const Objective& objective, bool active, const TokenTerms& t,
                             float entropy) {
    count(kTokens, active);
    count(kLow, active && t.clipped_low);
    count(kHigh, active && t.clipped_high);
    count(kUninformative, active && !t.informative);
    bring(kPolicyLoss, active, t.policy_loss);
    if (policy.ref_log_probs != nullptr) bring(kKl, active, t.kl);
    if (policy.entropy != nullptr) bring(kEntropy, active, static_cast<double>(entropy));
    if (policy.options.dual_clip > 0) count(kDual, active && t.clipped_dual);
    if (objective.is_vespo()) bring(kWeight, active, t.weight);
    if (objective.needs_staleness()) count(kOffPolicy, active && !t.on_policy);
    if (objective.couples()) bring(kCoupling, active, t.coupling);
  }
  __device__ void add_ratios(const PolicyBatch& policy, bool active, const TokenTerms& t) {
    bring(kApproxKl, active, t.approx_kl);
    bring(kLogRatio, active, t.log_ratio);
    bring(kRatio, active, t.ratio);
    bring(kRatioMax, active, t.ratio);
    bring(kRatioMin, active, t.ratio);
    if (policy.sampling_log_probs == nullptr) return;
    count(kRhoOutside, active && !t.sampler_keeps);
    bring(kSamplingLogRatio, active, t.sampling_log_ratio);
    bring(kSamplingLogRatioMax, active, t.sampling_log_ratio);
    bring(kSamplingRatio, active, t.sampling_ratio);
    bring(kSamplingRatioMax, active, t.sampling_ratio);
    bring(kSamplingRatioMin, active, t.sampling_ratio);
  }

  // Over the warps, by the whole block; the result is in parts[0], and in `out`.
  __device__ void finish(double* out) {
    __syncthreads();
    const int sum = static_cast<int>(threadIdx.x);
    if (sum < kSequenceSums) {
      double total = parts_[0][sum];
      for (int warp = 1; warp < warp_count(); ++warp) total = combined(sum, total, parts_[warp][sum]);
      parts_[0][sum] = total;
      out[sum] = total;
    }
    __syncthreads();
  }

 private:
  // By all lanes of a warp.
  __device__ void bring(int sum, bool active, double value) {
    const double own = active ? value : identity_of(sum);
    const double total = warp_reduce(own, [sum](double a, double b) { return combined(sum, a, b); });
    if (lane_index() == 0) mine(sum) = combined(sum, mine(sum), total);
  }
  __device__ void count(int sum, bool counts) {
    const unsigned lanes = __ballot_sync(kAllLanes, counts);
    if (lane_index() == 0) mine(sum) += __popc(lanes);
  }
  __device__ double& mine(int sum) { return parts_[warp_index()][sum]; }

  double (&parts_)[kMaximumWarps][kSequenceSums];
};

// Tokens of a sequence, a warp's lanes next to each other and all at once: visit(n, counts, exists), where lanes beyond
// the end have no token.
template <typename Visit>
__device__ void for_each_token(const PolicyBatch& policy, int64_t sequence, const Visit& visit) {
  const int64_t first = sequence * policy.tokens;
  for (int64_t base = int64_t{kWarp} * warp_index(); base < policy.tokens; base += blockDim.x) {
    const int64_t t = base + lane_index();
    const bool exists = t < policy.tokens;
    const int64_t n = first + (exists ? t : 0);
    visit(n, exists && counts(policy, n), exists);
  }
}

// By the whole block, for every thread. Log-probs and entropies may come from other blocks of the launch.
inline __device__ SequenceTerms sequence_terms(const PolicyBatch& policy, int64_t sequence) {
  constexpr float kLargestLog = 20.0f;  // of VESPO's weights
  const double smallest_log = log(1e-8);
  const Objective objective(policy.options);
  SequenceTerms terms = {0, 1, 0, 1, true, true};
  terms.length = block_count(policy, sequence * policy.tokens, policy.tokens);
  if (!objective.needs_sequence() || terms.length == 0) return terms;
  double log_ratios = 0, vespo = 0, sampling = 0, staleness = 0;
  for_each_token(policy, sequence, [&](int64_t n, bool active, bool) {
    if (!active) return;
    const Token token = token_of(policy, n, sequence, __ldcg(policy.log_probs + n));
    const double d = objective.log_ratio(token);
    log_ratios += objective.is_gmpo() ? objective.gmpo_log_ratio(d, token.advantage) : d;
    vespo += clamped(d, kLargestLog);
    const float sampled = policy.sampling_log_probs != nullptr ? policy.sampling_log_probs[n] : token.old;
    const double log_rho = difference(token.old, sampled);
    sampling += log_rho;
    staleness += difference(sampled, token.log_prob);
    if (objective.is_vespo() && objective.corrects() && !objective.shares_rho())
      vespo += between(log(objective.sampler_weight(exp(log_rho))), smallest_log, static_cast<double>(kLargestLog));
  });
  if (objective.needs_log_ratios()) terms.ratio = exp(block_reduce(log_ratios, Sum{}, 0.0) / terms.length);
  if (objective.is_vespo()) terms.log_weight = block_reduce(vespo, Sum{}, 0.0);
  if (objective.shares_rho()) {
    const double sum = block_reduce(sampling, Sum{}, 0.0);
    const double rho = exp(policy.options.sampler_level == RRFT_SAMPLER_SEQUENCE ? sum : sum / terms.length);
    terms.rho = objective.sampler_weight(rho);
    terms.sampler_keeps = objective.sampler_keeps(rho);
    if (objective.is_vespo())
      terms.log_weight += between(log(terms.rho), smallest_log, static_cast<double>(kLargestLog));
  }
  terms.log_weight = between(terms.log_weight, smallest_log, static_cast<double>(kLargestLog));
  if (objective.needs_staleness())
    terms.on_policy =
        block_reduce(staleness, Sum{}, 0.0) / terms.length <= static_cast<double>(policy.options.off_policy_threshold);
  return terms;
}

// That, for the block in shared memory: not inlined, because kernels do many things after it.
inline __device__ RRFT_NOINLINE void look_at_sequence(const PolicyBatch& policy, int64_t sequence,
                                                      SequenceTerms* shared) {
  const SequenceTerms terms = sequence_terms(policy, sequence);
  if (threadIdx.x == 0) *shared = terms;
}

}  // namespace rrft::cuda
