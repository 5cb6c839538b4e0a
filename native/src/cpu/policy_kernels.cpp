// Loops over the tokens of a sequence (policy_kernels.h). Compiled once per tier; RRFT_TIER_TABLE names the row kernels
// of this tier, whose table points to this one.
//
// Tokens go kDoubleWidth at a time through one loop of each kind, so that a token's terms are the same bits (contracted
// to FMA the same) wherever it stands, and a sum depends on the number of tokens and on the tier alone. Tokens that do
// not count are computed and left out at the end: whatever they hold, they add nothing.
#include "policy_kernels.h"

#include "policy_terms.h"
#include "token_vectors.h"

namespace rrft {
namespace {

// Sums in lanes; counts are negative there, as truths are.
struct ClippedTotals {
  Doubles policy_loss = {}, kl = {}, approx_kl = {}, log_ratio = {}, entropy = {};
  Doubles ratio = {}, ratio_max = {}, ratio_min = doubles(__builtin_inf());
  Truths clipped_low = {}, clipped_high = {};
};

struct Totals : ClippedTotals {
  Doubles coupling = {}, weight = {};
  Doubles sampling_log_ratio = {}, sampling_log_ratio_max = {};
  Doubles sampling_ratio = {}, sampling_ratio_max = {}, sampling_ratio_min = doubles(__builtin_inf());
  Truths clipped_dual = {}, sampler_outside = {}, off_policy = {}, uninformative = {};
};

// The constants of the clipped objective with ratios of tokens, k3, and no other option: a loop without branches.
RRFT_INLINE void make_plain(PolicyParameters& p, Vectors& vectors) {
  p.objective = RRFT_OBJECTIVE_CLIP;
  p.kl_estimator = RRFT_KL_K3;
  p.own_ratio = true;
  p.kl_importance = p.sequence_ratio = p.couples = p.weighs_log_probs = p.has_cap = p.filters = false;
  p.dual_clip = p.log_ratio_clamp = p.kl_log_ratio_clamp = p.kl_clamp = 0;
  vectors.sampling_log_probs = nullptr;
}

bool is_plain(const PolicyParameters& p, const TokenInputs& inputs) {
  return p.objective == RRFT_OBJECTIVE_CLIP && p.kl_estimator == RRFT_KL_K3 && p.own_ratio && !p.kl_importance &&
         !p.filters && !p.has_cap && p.dual_clip == 0 && p.log_ratio_clamp == 0 && p.kl_log_ratio_clamp == 0 &&
         p.kl_clamp == 0 && inputs.sampling_log_probs == nullptr;
}

RRFT_INLINE Doubles only(Truths counts, Doubles value) {
  return counts ? value : Doubles{};
}
// NaN is left out here; it is in the sum. No number is below 0.
RRFT_INLINE void raise(Doubles& maximum, Truths counts, Doubles value) {
  maximum = larger(only(counts, value), maximum);
}
RRFT_INLINE void lower(Doubles& minimum, Truths counts, Doubles value) {
  minimum = counts ? smaller(value, minimum) : minimum;
}
RRFT_INLINE void tally(Truths& count, Truths where) {
  count = where ? count - 1 : count;
}

constexpr int64_t kChunk = 32;  // vectors; 10 KB of ratios in the widest tier, well inside the first-level cache

// Whether a difference is NaN.
template <bool kInfinite>
RRFT_INLINE bool set_ratios(const PolicyParameters& p, const Vectors& vectors, int64_t begin, int64_t end,
                            TokenRatios* ratios) {
  Doubles differences = {};
  for (int64_t v = begin; v < end; ++v) {
    const Doubles log_ratio = Vectors::difference<kInfinite>(vectors.log_probs, vectors.old_log_probs, v);
    differences += log_ratio;
    if (vectors.ref_log_probs == nullptr) {
      ratios[v - begin] = ratios_of(p, log_ratio, nullptr);
    } else {
      const Doubles distance = Vectors::difference<kInfinite>(vectors.ref_log_probs, vectors.log_probs, v);
      differences += distance;
      ratios[v - begin] = ratios_of(p, log_ratio, &distance);
    }
  }
  return any_nan(differences);
}

template <bool kPlain>
__attribute__((noinline)) void add_terms(const PolicyParameters& given, const Vectors& given_vectors,
                                         const SequenceTerms& sequence, double weight, Totals& totals) {
  PolicyParameters p = given;
  Vectors vectors = given_vectors;
  if (kPlain) make_plain(p, vectors);
  ClippedTotals sums = totals;  // in registers
  TokenRatios chunk[kChunk];
  Sided side = sided(p, vectors.advantage(0));
  for (int64_t begin = 0; begin < vectors.count; begin += kChunk) {
    const int64_t end = begin + kChunk < vectors.count ? begin + kChunk : vectors.count;
    // Log-probs of -inf on both sides are rare, and to look for them costs a tenth of the time.
    if (set_ratios<false>(p, vectors, begin, end, chunk)) set_ratios<true>(p, vectors, begin, end, chunk);
    for (int64_t v = begin; v < end; ++v) {
      const TokenRatios& ratios = chunk[v - begin];
      const Truths counts = vectors.counts(v);
      if (vectors.advantage_step != 0) side = sided(p, vectors.advantage(v));
      const Truths moves = p.log_ratio_clamp > 0 ? ~outside(vectors.log_ratio(v), p.log_ratio_clamp) : truths(true);
      TokenTerms terms;
      terms.ratio = p.own_ratio ? ratios.ratio : doubles(sequence.ratio);
      if (vectors.sampling_log_probs != nullptr) set_sampler(p, sequence, vectors.log_rho(v), terms);
      set_objective(p, sequence, vectors.log_prob(v), ratios.log_ratio, side, moves, terms);
      Doubles entropy = {};
      if (vectors.entropy != nullptr) entropy = load_doubles(vectors.entropy + v * kDoubleWidth);
      if (p.filters) filter(p, sequence, vectors.entropy != nullptr ? &entropy : nullptr, side, terms);
      add_kl(p, ratios, moves, terms);
      vectors.store(v, only(counts, weight * terms.derivative));

      tally(sums.clipped_low, counts & terms.clipped_low);
      tally(sums.clipped_high, counts & terms.clipped_high);
      sums.policy_loss += only(counts, terms.policy_loss);
      sums.kl += only(counts, terms.kl);
      sums.approx_kl += only(counts, ratios.approx_kl);
      sums.log_ratio += only(counts, ratios.log_ratio);
      sums.entropy += only(counts, entropy);
      sums.ratio += only(counts, terms.ratio);
      raise(sums.ratio_max, counts, terms.ratio);
      lower(sums.ratio_min, counts, terms.ratio);
      if (kPlain) continue;
      totals.coupling += only(counts, terms.coupling);
      totals.weight += only(counts, terms.weight);
      tally(totals.clipped_dual, counts & terms.clipped_dual);
      tally(totals.sampler_outside, counts & terms.sampler_drops);
      tally(totals.off_policy, counts & terms.off_policy);
      tally(totals.uninformative, counts & terms.uninformative);
      totals.sampling_log_ratio += only(counts, terms.sampling_log_ratio);
      raise(totals.sampling_log_ratio_max, counts, terms.sampling_log_ratio);
      totals.sampling_ratio += only(counts, terms.sampling_ratio);
      raise(totals.sampling_ratio_max, counts, terms.sampling_ratio);
      lower(totals.sampling_ratio_min, counts, terms.sampling_ratio);
    }
  }
  static_cast<ClippedTotals&>(totals) = sums;
}

int64_t count_marks(const uint8_t* mask, int64_t size) {
  int64_t result = 0;
  for (int64_t i = 0; i < size; ++i) result += mask[i] != 0;
  return result;
}

RRFT_INLINE int64_t number(Truths counts) {
  int64_t result = 0;
  for (int lane = 0; lane < kDoubleWidth; ++lane) result -= counts[lane];
  return result;
}

RRFT_INLINE double greatest(Doubles lanes, double of_nan) {
  double result = lanes[0];
  for (int lane = 1; lane < kDoubleWidth; ++lane) result = lanes[lane] > result ? lanes[lane] : result;
  return of_nan == of_nan ? result : of_nan;
}

SequenceSums sum(const PolicyParameters& parameters, const TokenInputs& inputs, const SequenceTerms& sequence,
                 int64_t count, const TokenOutputs& outputs) {
  Totals totals;
  const bool plain = is_plain(parameters, inputs);
  Tokens(inputs, count, nullptr, outputs).run([&](const Vectors& vectors) {
    (plain ? add_terms<true> : add_terms<false>)(parameters, vectors, sequence, outputs.weight, totals);
  });
  SequenceSums sums;
  sums.tokens = inputs.mask != nullptr ? count_marks(inputs.mask, count) : count;
  sums.clipped_low = number(totals.clipped_low);
  sums.clipped_high = number(totals.clipped_high);
  sums.clipped_dual = number(totals.clipped_dual);
  sums.sampler_outside = number(totals.sampler_outside);
  sums.off_policy = number(totals.off_policy);
  sums.uninformative = number(totals.uninformative);
  sums.policy_loss = fold(totals.policy_loss);
  sums.kl = fold(totals.kl);
  sums.approx_kl = fold(totals.approx_kl);
  sums.log_ratio = fold(totals.log_ratio);
  sums.entropy = fold(totals.entropy);
  sums.coupling = fold(totals.coupling);
  sums.weight = fold(totals.weight);
  sums.ratio = fold(totals.ratio);
  sums.ratio_max = greatest(totals.ratio_max, sums.ratio);
  sums.ratio_min = -greatest(-totals.ratio_min, sums.ratio);
  sums.sampling_log_ratio = fold(totals.sampling_log_ratio);
  sums.sampling_log_ratio_max = greatest(totals.sampling_log_ratio_max, sums.sampling_log_ratio);
  sums.sampling_ratio = fold(totals.sampling_ratio);
  sums.sampling_ratio_max = greatest(totals.sampling_ratio_max, sums.sampling_ratio);
  sums.sampling_ratio_min = -greatest(-totals.sampling_ratio_min, sums.sampling_ratio);
  return sums;
}

// SequenceLogs in lanes.
struct Logs {
  Doubles log_ratios = {}, vespo_log_ratios = {}, log_rhos = {}, vespo_log_rhos = {}, staleness = {};
};

__attribute__((noinline)) void add_logs(const PolicyParameters& p, const Vectors& vectors, Logs& logs) {
  Logs sums = logs;
  for (int64_t v = 0; v < vectors.count; ++v) {
    const Truths counts = vectors.counts(v);
    const Doubles d = clamped(vectors.log_ratio(v), p.log_ratio_clamp);
    sums.log_ratios +=
        only(counts, p.objective == RRFT_OBJECTIVE_GMPO ? gmpo_log_ratio(p, d, vectors.advantage(v)) : d);
    sums.vespo_log_ratios += only(counts, clamped(d, kLargestLogWeight));
    Doubles log_rho = {};
    if (vectors.sampling_log_probs != nullptr) log_rho = vectors.log_rho(v);
    sums.log_rhos += only(counts, log_rho);
    if (p.corrects && p.objective == RRFT_OBJECTIVE_VESPO)
      sums.vespo_log_rhos += only(counts, log_sampler_weight(p, log_rho));
    sums.staleness += only(counts, vectors.staleness(v));
  }
  logs = sums;
}

SequenceLogs measure(const PolicyParameters& parameters, const TokenInputs& inputs, int64_t count) {
  Logs logs;
  Tokens(inputs, count, nullptr, {}).run([&](const Vectors& vectors) { add_logs(parameters, vectors, logs); });
  const int64_t length = inputs.mask != nullptr ? count_marks(inputs.mask, count) : count;
  return {static_cast<double>(length), fold(logs.log_ratios),     fold(logs.vespo_log_ratios),
          fold(logs.log_rhos),         fold(logs.vespo_log_rhos), fold(logs.staleness)};
}

__attribute__((noinline)) void spread(const PolicyParameters& p, const Vectors& vectors, double coupling,
                                      double weight) {
  for (int64_t v = 0; v < vectors.count; ++v) {
    const Doubles raw = vectors.log_ratio(v);
    Truths moves = ~outside(raw, p.log_ratio_clamp);
    if (p.objective == RRFT_OBJECTIVE_GMPO)
      moves &= gmpo_moves(p, clamped(raw, p.log_ratio_clamp), vectors.advantage(v));
    const Doubles own = load_doubles(vectors.own + v * kDoubleWidth);
    vectors.store(v, only(vectors.counts(v), weight * (own + only(moves, doubles(coupling)))));
  }
}

void couple(const PolicyParameters& parameters, const TokenInputs& inputs, double coupling, int64_t count,
            const double* own, const TokenOutputs& outputs) {
  Tokens(inputs, count, own, outputs).run([&](const Vectors& vectors) {
    spread(parameters, vectors, coupling, outputs.weight);
  });
}

}  // namespace

#define RRFT_JOIN(a, b) a##b
#define RRFT_POLICY_OF(table) RRFT_JOIN(policy_of_, table)
extern const PolicyKernels RRFT_POLICY_OF(RRFT_TIER_TABLE);
const PolicyKernels RRFT_POLICY_OF(RRFT_TIER_TABLE) = {count_marks, measure, sum, couple};

}  // namespace rrft
