// Every operation on the rows of a case, so that what holds for each of them can be said once.
#pragma once

#include <algorithm>
#include <array>

#include "tiles.h"

namespace rrft_test {

struct Backend {
  const char* name;
  rrft_status (*forward)(const rrft_log_probs_args*);
  rrft_status (*backward)(const rrft_log_probs_args*);
  TileOperations tiles;
  rrft_status (*group_advantages)(const rrft_group_advantages_args*);
  rrft_status (*policy_loss)(const rrft_policy_loss_args*);
  rrft_status (*fused_policy_loss)(const rrft_fused_policy_loss_args*);
};
constexpr Backend kReferenceBackend = {"reference",
                                       rrft_reference_log_probs_forward,
                                       rrft_reference_log_probs_backward,
                                       kReferenceTiles,
                                       rrft_reference_group_advantages,
                                       rrft_reference_policy_loss,
                                       rrft_reference_fused_policy_loss};
constexpr Backend kCpuBackend = {"cpu",
                                 rrft_cpu_log_probs_forward,
                                 rrft_cpu_log_probs_backward,
                                 kCpuTiles,
                                 rrft_cpu_group_advantages,
                                 rrft_cpu_policy_loss,
                                 rrft_cpu_fused_policy_loss};
constexpr Backend kBackends[] = {kReferenceBackend, kCpuBackend};

// Old and reference log-probs around the policy's, as between two updates.
inline Case near_policy(const Shape& shape) {
  Case c(shape);
  const rrft_log_probs_args rows = c.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&rows));
  Random random(shape.seed + 77);
  for (size_t n = 0; n < c.log_probs.size(); ++n) {
    c.old_log_probs[n] = c.log_probs[n] + static_cast<float>(0.15 * random.normal());
    c.ref_log_probs[n] = c.log_probs[n] + static_cast<float>(0.15 * random.normal());
  }
  return c;
}

// Every objective with every ratio it has.
inline std::vector<rrft_policy_loss_options> objectives() {
  std::vector<rrft_policy_loss_options> all;
  for (int32_t objective = RRFT_OBJECTIVE_CLIP; objective <= RRFT_OBJECTIVE_REINFORCE; ++objective)
    for (int32_t level = RRFT_RATIO_TOKEN; level <= RRFT_RATIO_SEQUENCE_TOKEN; ++level) {
      if (objective > RRFT_OBJECTIVE_SAPO && level != RRFT_RATIO_TOKEN) continue;
      rrft_policy_loss_options o = options(RRFT_REDUCE_SEQUENCE_MEAN);
      o.objective = objective;
      o.ratio_level = level;
      o.sapo_temperature_positive = o.sapo_temperature_negative = 1;
      o.vespo_k_positive = o.vespo_lambda_negative = 2;
      o.vespo_k_negative = o.vespo_lambda_positive = 3;
      all.push_back(o);
    }
  return all;
}

// How to call: on sequences [first, first + count) of the case, all of them where count is -1.
struct Call {
  int32_t threads = 1;
  bool in_place = false;
  int64_t first = 0;
  int64_t count = -1;
};

// What the operations made of one row: log-prob, log-sum-exp and entropy of log_probs and of linear_log_probs,
// derivative by the log-prob and by the entropy of policy_loss, log-prob and entropy of fused_policy_loss; and their
// gradients.
struct Row {
  std::array<float, 10> numbers;
  std::array<std::vector<float>, 3> gradients;  // by the logits: of log_probs, linear_log_probs, fused_policy_loss

  float grad_log_prob() const { return numbers[6]; }
  const std::vector<float>& fused() const { return gradients[2]; }

  // Whether every number is.
  template <typename Predicate>
  bool all(Predicate is) const {
    bool good = std::all_of(numbers.begin(), numbers.end(), is);
    for (const std::vector<float>& g : gradients) good = good && std::all_of(g.begin(), g.end(), is);
    return good;
  }
};

struct Results {
  std::vector<Row> rows;
  rrft_policy_metrics loss, fused;
};

template <typename T>
void advance(T*& array, int64_t elements) {
  if (array != nullptr) array += elements;
}

inline rrft_log_probs_args part(rrft_log_probs_args a, int64_t first, int64_t count) {
  const int64_t width = a.logits_dtype == RRFT_F32 ? 4 : 2, id_width = a.token_ids_dtype == RRFT_I32 ? 4 : 8;
  a.logits = static_cast<const char*>(a.logits) + first * a.logits_batch_stride * width;
  a.grad_logits = static_cast<char*>(a.grad_logits) + first * a.grad_logits_batch_stride * width;
  a.token_ids = static_cast<const char*>(a.token_ids) + first * a.token_ids_batch_stride * id_width;
  advance(a.mask, first * a.tokens);
  for (const float** array : {&a.temperatures, &a.grad_log_probs, &a.grad_entropy}) advance(*array, first * a.tokens);
  for (float** array : {&a.log_probs, &a.log_sum_exp, &a.entropy}) advance(*array, first * a.tokens);
  a.batch = count;
  return a;
}

inline rrft_policy_loss_args part(rrft_policy_loss_args a, int64_t first, int64_t count) {
  for (const float** array : {&a.log_probs, &a.old_log_probs, &a.ref_log_probs, &a.entropy})
    advance(*array, first * a.tokens);
  for (float** array : {&a.grad_log_probs, &a.grad_entropy}) advance(*array, first * a.tokens);
  advance(a.mask, first * a.tokens);
  advance(a.advantages, first);
  a.batch = count;
  return a;
}

inline rrft_fused_policy_loss_args part(rrft_fused_policy_loss_args a, int64_t first, int64_t count) {
  a.rows = part(a.rows, first, count);
  for (const float** array : {&a.old_log_probs, &a.ref_log_probs}) advance(*array, first * a.rows.tokens);
  advance(a.advantages, first);
  return a;
}

// Tiles that cut blocks and vectors anywhere, and several of them where V allows.
inline int64_t tile_size(int64_t vocabulary) {
  return vocabulary < 8 ? 2 : vocabulary / 3 + 1;
}

// Sequences of dense or padded rows. The case is left as it is.
inline Results run_all(const Backend& backend, const Case& in, const rrft_policy_loss_options& o,
                       const Call& call = {}) {
  Case whole = in, tiled = in, loss = in, fused = in;
  const int64_t T = in.shape.tokens, count = call.count < 0 ? in.shape.batch : call.count;
  const auto rows_of = [&](Case& c) {
    rrft_log_probs_args rows = part(c.rows(call.threads), call.first, count);
    if (call.in_place) rows.grad_logits = const_cast<void*>(rows.logits);
    return rows;
  };
  const rrft_log_probs_args rows = rows_of(whole);
  CHECK_OK(backend.forward(&rows));
  CHECK_OK(backend.backward(&rows));
  Tiles(rows_of(tiled)).run(backend.tiles, tile_size(in.shape.vocabulary));
  loss.log_probs = whole.log_probs;
  std::vector<float> grad_entropy(loss.log_probs.size(), kGuard);
  rrft_policy_loss_args loss_args = loss.policy_loss(o, call.threads);
  loss_args.entropy = whole.entropy.data();
  loss_args.grad_entropy = grad_entropy.data();
  loss_args = part(loss_args, call.first, count);
  CHECK_OK(backend.policy_loss(&loss_args));
  rrft_fused_policy_loss_args fused_args = part(fused.fused(o, call.threads), call.first, count);
  if (call.in_place) fused_args.rows.grad_logits = const_cast<void*>(fused_args.rows.logits);
  CHECK_OK(backend.fused_policy_loss(&fused_args));

  Results results{{}, loss.metrics, fused.metrics};
  for (int64_t i = call.first; i < call.first + count; ++i)
    for (int64_t t = 0; t < T; ++t) {
      const size_t n = static_cast<size_t>(i * T + t);
      Row row{{whole.log_probs[n], whole.log_sum_exp[n], whole.entropy[n], tiled.log_probs[n], tiled.log_sum_exp[n],
               tiled.entropy[n], loss.grad_log_probs[n], grad_entropy[n], fused.log_probs[n], fused.entropy[n]},
              {}};
      const Elements* gradients[] = {&whole.grad_logits, &tiled.grad_logits, &fused.grad_logits};
      if (call.in_place) gradients[0] = &whole.logits, gradients[1] = &tiled.logits, gradients[2] = &fused.logits;
      for (size_t operation = 0; operation < 3; ++operation)
        for (int64_t v = 0; v < in.shape.vocabulary; ++v)
          row.gradients[operation].push_back(gradients[operation]->get(in.offset(i, t) + v));
      results.rows.push_back(row);
    }
  return results;
}

inline bool same_bits(const Row& a, const Row& b) {
  bool same = std::memcmp(&a.numbers, &b.numbers, sizeof a.numbers) == 0;
  for (size_t i = 0; i < 3; ++i) same = same && same_bits(a.gradients[i], b.gradients[i]);
  return same;
}

inline bool same_bits(const Results& a, const Results& b) {
  bool same = a.rows.size() == b.rows.size() && same_bits(a.loss, b.loss) && same_bits(a.fused, b.fused);
  for (size_t n = 0; same && n < a.rows.size(); ++n) same = same_bits(a.rows[n], b.rows[n]);
  return same;
}

inline void check_close(const rrft_policy_metrics& actual, const rrft_policy_metrics& expected, const char* what) {
  constexpr size_t kFields = sizeof(rrft_policy_metrics) / 8, kTokens = 12, kSequences = 27;
  double a[kFields], e[kFields];
  std::memcpy(a, &actual, sizeof a);
  std::memcpy(e, &expected, sizeof e);
  CHECK(actual.token_count == expected.token_count && actual.sequence_count == expected.sequence_count);
  for (size_t i = 0; i < kFields; ++i)
    if (i != kTokens && i != kSequences)
      CHECK_THAT(close(a[i], e[i], 2e-6, 1e-5), "%s: metric %zu is %.9g, wanted %.9g", what, i, a[i], e[i]);
}

// Within float32 arithmetic on logits, and the rounding of 16-bit gradients, of each other.
inline void check_close(const Results& actual, const Results& expected, int32_t dtype) {
  double worst = 0, worst_gradient = 0;
  const auto add = [](double& to, double got, double want, double relative) {
    const double error = close(got, want, 0, 0) ? 0 : std::fabs(got - want) - relative * std::fabs(want);
    to = std::fmax(to, std::isnan(error) ? INFINITY : error);
  };
  CHECK(actual.rows.size() == expected.rows.size());
  for (size_t n = 0; n < expected.rows.size(); ++n) {
    const Row &got = actual.rows[n], &want = expected.rows[n];
    for (size_t i = 0; i < want.numbers.size(); ++i) add(worst, got.numbers[i], want.numbers[i], i == 6 ? 1e-5 : 4e-7);
    for (size_t i = 0; i < 3; ++i)
      for (size_t v = 0; v < want.gradients[i].size(); ++v)
        add(worst_gradient, got.gradients[i][v], want.gradients[i][v], std::fmax(relative_step(dtype), 1e-5));
  }
  CHECK_THAT(worst < 3e-6 && worst_gradient < 2e-6, "errors: %.2g, gradients %.2g", worst, worst_gradient);
  check_close(actual.loss, expected.loss, "policy_loss");
  check_close(actual.fused, expected.fused, "fused_policy_loss");
}

}  // namespace rrft_test
