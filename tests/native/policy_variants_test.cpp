// The losses of the GRPO family beyond the clipped one: known numbers, finite differences of the reference, laws, hard
// cases, and the CPU backend against the reference, from log-probs and from logits.
#include <functional>
#include <string>

#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

using Options = rrft_policy_loss_options;

struct Variant {
  std::string name;
  Options options;
};

Options objective_options(int32_t objective, int32_t level = RRFT_RATIO_TOKEN) {
  Options o = options(RRFT_REDUCE_SEQUENCE_MEAN);
  o.objective = objective;
  o.ratio_level = level;
  o.sapo_temperature_positive = 1.0f;
  o.sapo_temperature_negative = 1.05f;
  o.vespo_k_positive = 2;
  o.vespo_lambda_positive = 3;
  o.vespo_k_negative = 3;
  o.vespo_lambda_negative = 2;
  return o;
}

// Every objective at every level it has, then each other option on top of several of them.
std::vector<Variant> variants() {
  std::vector<Variant> all;
  const auto add = [&](const std::string& name, Options o, const std::function<void(Options&)>& change = {}) {
    if (change) change(o);
    all.push_back({name, o});
  };
  std::vector<Variant> bases;
  const char* levels[] = {"token", "sequence", "sequence-token"};
  for (const int32_t level : {RRFT_RATIO_TOKEN, RRFT_RATIO_SEQUENCE, RRFT_RATIO_SEQUENCE_TOKEN}) {
    bases.push_back({std::string("clip ") + levels[level], objective_options(RRFT_OBJECTIVE_CLIP, level)});
    bases.push_back({std::string("cispo ") + levels[level], objective_options(RRFT_OBJECTIVE_CISPO, level)});
    bases.push_back({std::string("sapo ") + levels[level], objective_options(RRFT_OBJECTIVE_SAPO, level)});
  }
  bases.push_back({"vespo", objective_options(RRFT_OBJECTIVE_VESPO)});
  bases.push_back({"gmpo", objective_options(RRFT_OBJECTIVE_GMPO)});
  bases.push_back({"reinforce", objective_options(RRFT_OBJECTIVE_REINFORCE)});
  for (const Variant& base : bases) {
    add(base.name, base.options);
    add(base.name + ", no KL", base.options, [](Options& o) { o.kl_coefficient = 0; });
    add(base.name + ", KL importance", base.options, [](Options& o) { o.kl_importance = 1; });
    add(base.name + ", log-ratio clamp", base.options, [](Options& o) { o.log_ratio_clamp = 0.25f; });
    add(base.name + ", KL importance, log-ratio clamp", base.options,
        [](Options& o) { o.kl_importance = 1, o.log_ratio_clamp = 0.25f; });
    add(base.name + ", off-policy filter", base.options, [](Options& o) { o.off_policy_threshold = 0.05f; });
    add(base.name + ", entropy filter", base.options, [](Options& o) { o.entropy_threshold = 1.0f; });
    add(base.name + ", top entropies", base.options, [](Options& o) { o.top_entropy_fraction = 0.4; });
    add(base.name + ", entropy bonus", base.options, [](Options& o) { o.entropy_coefficient = 0.03f; });
    add(base.name + ", entropy bonus as loss", base.options,
        [](Options& o) { o.entropy_coefficient = 0.03f, o.entropy_reduction = RRFT_ENTROPY_AS_LOSS; });
    for (const int32_t mode : {RRFT_SAMPLER_TRUNCATE, RRFT_SAMPLER_MASK})
      for (const int32_t level : {RRFT_SAMPLER_TOKEN, RRFT_SAMPLER_SEQUENCE, RRFT_SAMPLER_SEQUENCE_MEAN})
        add(base.name + ", sampler " + std::to_string(mode) + " " + std::to_string(level), base.options,
            [&](Options& o) {
              o.sampler_correction = mode, o.sampler_level = level, o.sampler_ratio_min = 0.9f,
              o.sampler_ratio_max = 1.1f;
            });
    for (const int32_t reduction : {RRFT_REDUCE_TOKEN_MEAN, RRFT_REDUCE_FIXED_LENGTH, RRFT_REDUCE_SEQUENCE_SUM})
      add(base.name + ", reduction " + std::to_string(reduction), base.options, [&](Options& o) {
        o.reduction = reduction;
        if (reduction == RRFT_REDUCE_FIXED_LENGTH) o.normalizer = 40;
      });
  }
  for (const int32_t estimator : {RRFT_KL_K1, RRFT_KL_K2, RRFT_KL_K3, RRFT_KL_ABSOLUTE})
    for (const int32_t importance : {0, 1})
      for (const int32_t level : {RRFT_RATIO_TOKEN, RRFT_RATIO_SEQUENCE}) {
        Options o = objective_options(RRFT_OBJECTIVE_CLIP, level);
        o.kl_coefficient = 0.5f;
        o.kl_estimator = estimator;
        o.kl_importance = importance;
        const std::string name =
            "KL " + std::to_string(estimator) + (importance ? " with importance " : " ") + levels[level];
        add(name, o);
        add(name + ", clamps", o, [](Options& c) { c.kl_log_ratio_clamp = 0.3f, c.kl_clamp = 0.02f; });
      }
  add("ratio cap", objective_options(RRFT_OBJECTIVE_CLIP), [](Options& o) { o.ratio_cap = 1.4f; });
  add("dual clip", objective_options(RRFT_OBJECTIVE_CLIP), [](Options& o) { o.dual_clip = 1.3f; });
  add("ratio cap, dual clip, sequence", objective_options(RRFT_OBJECTIVE_CLIP, RRFT_RATIO_SEQUENCE), [](Options& o) {
    o.epsilon_low = o.epsilon_high = 0.02f, o.ratio_cap = 1.1f, o.dual_clip = 1.05f;
  });
  return all;
}

// Inputs on a grid of 2^-12, so that steps of 2^-10 are exact.
float on_grid(double value) { return static_cast<float>(std::ldexp(std::round(std::ldexp(value, 12)), -12)); }

struct Batch {
  Case c;
  std::vector<float> sampling, entropy, token_advantages, grad_entropy;
  bool per_token = false, has_old = true;

  Batch(int64_t size, int64_t tokens, bool masked, uint64_t seed)
      : c({size, tokens, 1, RRFT_F32, Layout::kDense, masked, 1.0f, RRFT_I64, seed}) {
    Random random(seed + 9);
    for (size_t n = 0; n < c.log_probs.size(); ++n) {
      c.log_probs[n] = c.mask[n] ? on_grid(-2 + 0.7 * random.normal()) : kNaN;
      c.old_log_probs[n] = c.mask[n] ? c.log_probs[n] + on_grid(0.3 * random.normal()) : kNaN;
      c.ref_log_probs[n] = c.mask[n] ? c.log_probs[n] + on_grid(0.3 * random.normal()) : kNaN;
      sampling.push_back(c.mask[n] ? c.old_log_probs[n] + on_grid(0.1 * random.normal()) : kNaN);
      entropy.push_back(c.mask[n] ? static_cast<float>(1.5 * random.uniform()) : kNaN);
      token_advantages.push_back(static_cast<float>(random.normal()));
    }
    grad_entropy.assign(c.log_probs.size(), kGuard);
  }

  rrft_policy_loss_args args(const Options& o, int32_t threads = 1) {
    rrft_policy_loss_args a = c.policy_loss(o, threads);
    a.sampling_log_probs = sampling.data();
    a.entropy = entropy.data();
    a.grad_entropy = grad_entropy.data();
    if (!has_old) a.old_log_probs = nullptr;
    if (per_token) a.token_advantages = token_advantages.data(), a.advantages = nullptr;
    return a;
  }
};

void check_metrics(const Variant& v, const rrft_policy_metrics& actual, const rrft_policy_metrics& expected,
                   double tolerance) {
  static_assert(sizeof(rrft_policy_metrics) == 28 * 8, "compare the new fields");
  CHECK(actual.token_count == expected.token_count && actual.sequence_count == expected.sequence_count);
  double a[28], e[28];
  std::memcpy(a, &actual, sizeof actual);
  std::memcpy(e, &expected, sizeof expected);
  for (int i = 0; i < 27; ++i)
    if (i != 12)  // token_count
      CHECK_THAT(close(a[i], e[i], tolerance, tolerance), "%s: metric %d is %.12g, wanted %.12g", v.name.c_str(), i,
                 a[i], e[i]);
}

void cpu_matches_reference(const Variant& v) {
  uint64_t seed = 500;
  for (const int64_t batch : {1, 5})
    for (const int64_t tokens : {1, 9, 300})
      for (const bool masked : {false, true}) {
        Batch expected(batch, tokens, masked, ++seed);
        expected.per_token = seed % 3 == 0;
        expected.has_old = seed % 5 != 0;
        Batch actual = expected;
        const rrft_policy_loss_args a = expected.args(v.options), b = actual.args(v.options, 2);
        CHECK_OK(rrft_reference_policy_loss(&a));
        CHECK_OK(rrft_cpu_policy_loss(&b));
        check_metrics(v, actual.c.metrics, expected.c.metrics, 1e-11);
        for (size_t n = 0; n < actual.sampling.size(); ++n) {
          CHECK_THAT(close(actual.c.grad_log_probs[n], expected.c.grad_log_probs[n], 1e-12, 3e-7),
                     "%s: gradient %zu is %.9g, wanted %.9g", v.name.c_str(), n,
                     static_cast<double>(actual.c.grad_log_probs[n]),
                     static_cast<double>(expected.c.grad_log_probs[n]));
          CHECK(close(actual.grad_entropy[n], expected.grad_entropy[n], 1e-12, 3e-7));
        }
      }
}

// Whether the loss is differentiated with weights held fixed: a step has to leave them alone, which it does when old
// and sampling log-probs take it too.
bool holds_weights(const Options& o) {
  return o.objective == RRFT_OBJECTIVE_CISPO || o.objective == RRFT_OBJECTIVE_VESPO;
}

void finite_differences(const Variant& v) {
  if (v.options.ratio_level == RRFT_RATIO_SEQUENCE_TOKEN) return;  // see token_gradients_of_sequence_ratios
  if (holds_weights(v.options) && v.options.kl_importance != 0) return;  // whose weights do move
  for (const bool per_token : {false, true}) {
    Batch b(5, 7, true, 31);
    b.per_token = per_token;
    rrft_policy_loss_args args = b.args(v.options);
    CHECK_OK(rrft_reference_policy_loss(&args));
    const std::vector<float> gradient = b.c.grad_log_probs;
    args.grad_log_probs = nullptr;
    const float h = 0x1p-10f;
    const auto loss = [&](std::vector<float>& values, size_t n, float step) {
      const float before = values[n], old = b.c.old_log_probs[n], sampling = b.sampling[n];
      values[n] += step;
      if (holds_weights(v.options) && &values == &b.c.log_probs) b.c.old_log_probs[n] += step, b.sampling[n] += step;
      CHECK_OK(rrft_reference_policy_loss(&args));
      values[n] = before, b.c.old_log_probs[n] = old, b.sampling[n] = sampling;
      return b.c.metrics.loss;
    };
    int compared = 0;
    for (size_t n = 0; n < gradient.size(); ++n) {
      if (!b.c.mask[n]) {
        CHECK(gradient[n] == 0 && b.grad_entropy[n] == 0);
        continue;
      }
      const double middle = loss(b.c.log_probs, n, 0), above = loss(b.c.log_probs, n, h),
                   below = loss(b.c.log_probs, n, -h);
      const double forward = (above - middle) / static_cast<double>(h),
                   backward = (middle - below) / static_cast<double>(h);
      if (std::fabs(forward - backward) > 2e-3) continue;  // a kink within the step
      CHECK_THAT(close(gradient[n], (forward + backward) / 2, 2e-6, 1e-5), "%s: gradient %zu is %.9g, wanted %.9g",
                 v.name.c_str(), n, static_cast<double>(gradient[n]), (forward + backward) / 2);
      ++compared;
    }
    CHECK_THAT(compared > 8, "%s: %d gradients compared", v.name.c_str(), compared);
    if (v.options.entropy_coefficient > 0 && v.options.top_entropy_fraction == 0 && v.options.entropy_threshold == 0) {
      b.entropy[0] = 0.5f;
      const double above = loss(b.entropy, 0, h), below = loss(b.entropy, 0, -h);
      if (b.c.mask[0]) CHECK_CLOSE(b.grad_entropy[0], (above - below) / (2 * static_cast<double>(h)), 1e-9, 1e-6);
    }
  }
}

// A sequence's ratio with the gradient of tokens: in sum over the sequence that of the sequence's mean, and token by
// token proportional to what the token's own terms are worth.
void token_gradients_of_sequence_ratios() {
  for (const int32_t objective : {RRFT_OBJECTIVE_CLIP, RRFT_OBJECTIVE_SAPO}) {
    Options o = objective_options(objective, RRFT_RATIO_SEQUENCE);
    o.kl_coefficient = 0;
    Batch shared(6, 8, true, 3), own = shared;
    const rrft_policy_loss_args a = shared.args(o);
    o.ratio_level = RRFT_RATIO_SEQUENCE_TOKEN;
    const rrft_policy_loss_args b = own.args(o);
    CHECK_OK(rrft_reference_policy_loss(&a));
    CHECK_OK(rrft_reference_policy_loss(&b));
    CHECK(shared.c.metrics.loss == own.c.metrics.loss);
    for (size_t n = 0; n < shared.sampling.size(); ++n)  // equal advantages: every token has the mean
      CHECK_CLOSE(own.c.grad_log_probs[n], shared.c.grad_log_probs[n], 1e-9, 1e-6);
    shared.per_token = own.per_token = true;
    const rrft_policy_loss_args c = shared.args(objective_options(objective, RRFT_RATIO_SEQUENCE));
    const rrft_policy_loss_args d = own.args(objective_options(objective, RRFT_RATIO_SEQUENCE_TOKEN));
    CHECK_OK(rrft_reference_policy_loss(&c));
    CHECK_OK(rrft_reference_policy_loss(&d));
    bool differ = false;
    for (int64_t i = 0; i < 6; ++i) {
      double sums[2] = {0, 0};
      for (int64_t t = 0; t < 8; ++t) {
        const size_t n = static_cast<size_t>(i * 8 + t);
        sums[0] += static_cast<double>(shared.c.grad_log_probs[n]);
        sums[1] += static_cast<double>(own.c.grad_log_probs[n]);
        differ = differ || std::fabs(shared.c.grad_log_probs[n] - own.c.grad_log_probs[n]) > 1e-3;
      }
      CHECK_CLOSE(sums[0], sums[1], 1e-7, 1e-5);
    }
    CHECK(differ);
  }
}

// With global counts, the losses and gradients of two halves add up to those of the whole.
void splitting_a_batch_changes_nothing(const Variant& v) {
  if (v.options.top_entropy_fraction > 0) return;  // a quantile of the call; entropy_threshold is for several
  Options o = v.options;
  o.normalizer = o.entropy_normalizer = 37;
  for (const auto run : {rrft_reference_policy_loss, rrft_cpu_policy_loss}) {
    Batch whole(6, 9, true, 21);
    const rrft_policy_loss_args args = whole.args(o);
    CHECK_OK(run(&args));
    const std::vector<float> gradient = whole.c.grad_log_probs, grad_entropy = whole.grad_entropy;
    const double loss = whole.c.metrics.loss;
    double sum = 0;
    for (const int64_t first : {0, 2}) {
      rrft_policy_loss_args part = args;
      part.batch = first == 0 ? 2 : 4;
      part.advantages += first;
      for (const float** array :
           {&part.log_probs, &part.old_log_probs, &part.ref_log_probs, &part.sampling_log_probs, &part.entropy})
        *array += first * 9;
      part.mask += first * 9;
      part.grad_log_probs += first * 9;
      part.grad_entropy += first * 9;
      CHECK_OK(run(&part));
      sum += whole.c.metrics.loss;
    }
    CHECK_CLOSE(sum, loss, 1e-14, 1e-12);
    CHECK_THAT(same_bits(whole.c.grad_log_probs, gradient) && same_bits(whole.grad_entropy, grad_entropy), "%s",
               v.name.c_str());
  }
}

void hard_cases(const Variant& v) {
  for (const auto run : {rrft_reference_policy_loss, rrft_cpu_policy_loss}) {
    Batch nothing(3, 4, true, 5);
    nothing.c.mask.assign(12, 0);
    nothing.c.advantages = {kNaN, 1, 2};
    for (std::vector<float>* input : {&nothing.c.log_probs, &nothing.c.old_log_probs, &nothing.c.ref_log_probs,
                                      &nothing.sampling, &nothing.entropy})
      input->assign(12, kNaN);
    rrft_policy_loss_args args = nothing.args(v.options);
    CHECK_OK(run(&args));
    CHECK_THAT(same_bits(nothing.c.metrics, rrft_policy_metrics{}), "%s: metrics of nothing", v.name.c_str());
    for (const float g : nothing.c.grad_log_probs) CHECK(g == 0);
    for (const float g : nothing.grad_entropy) CHECK(g == 0);

    // Advantage 0 has no objective's gradient.
    Batch zero(2, 5, true, 8);
    zero.c.advantages = {0, 0};
    Options no_kl = v.options;
    no_kl.kl_coefficient = 0;
    args = zero.args(no_kl);
    CHECK_OK(run(&args));
    CHECK_CLOSE(zero.c.metrics.policy_loss, 0, 1e-300, 0);
    for (const float g : zero.c.grad_log_probs) CHECK(g == 0);

    // Log-ratios of +-50 among others: everything stays finite.
    for (const float advantage : {1.0f, -1.0f, 0.0f}) {
      Batch far(1, 4, false, 6);
      far.c.log_probs = {-10, -60, -1, -2};
      far.c.old_log_probs = {-60, -10, -1.1f, -2.1f};
      far.c.ref_log_probs = {-10.5f, -60.5f, -1.5f, -2};
      far.sampling = {-60, -10, -1.2f, -2.1f};
      far.c.advantages = {advantage};
      args = far.args(v.options);
      CHECK_OK(run(&args));
      CHECK_THAT(std::isfinite(far.c.metrics.loss), "%s: loss with A = %g is %g", v.name.c_str(),
                 static_cast<double>(advantage), far.c.metrics.loss);
      for (const float g : far.c.grad_log_probs)
        CHECK_THAT(std::isfinite(g), "%s: gradient with A = %g is %g", v.name.c_str(), static_cast<double>(advantage),
                   static_cast<double>(g));
    }

    // A NaN log-prob reaches the loss and its own gradient, unless a filter has dropped it.
    Options unfiltered = v.options;
    unfiltered.off_policy_threshold = unfiltered.entropy_threshold = 0;
    unfiltered.top_entropy_fraction = 0;
    Batch nan(2, 3, false, 7);
    nan.c.log_probs[1] = kNaN;
    args = nan.args(unfiltered);
    CHECK_OK(run(&args));
    CHECK_THAT(std::isnan(nan.c.metrics.loss), "%s: NaN does not reach the loss", v.name.c_str());
    CHECK_THAT(!std::isnan(nan.c.grad_log_probs[4]), "%s: NaN reaches another sequence", v.name.c_str());
  }
}

// Old and reference log-probs near the policy's, from logits.
void fused_matches_reference(const Variant& v) {
  uint64_t seed = 900;
  for (const int32_t dtype : {RRFT_F32, RRFT_BF16})
    for (const bool in_place : {false, true}) {
      Case expected({4, 6, 37, dtype, Layout::kLastDropped, true, 0.8f, RRFT_I64, ++seed, 1.5f});
      const rrft_log_probs_args rows = expected.rows();
      CHECK_OK(rrft_reference_log_probs_forward(&rows));
      Random random(seed);
      std::vector<float> sampling;
      for (size_t n = 0; n < expected.log_probs.size(); ++n) {
        expected.old_log_probs[n] = expected.log_probs[n] + static_cast<float>(0.3 * random.normal());
        expected.ref_log_probs[n] = expected.log_probs[n] + static_cast<float>(0.3 * random.normal());
        sampling.push_back(expected.old_log_probs[n] + static_cast<float>(0.1 * random.normal()));
      }
      Case actual = expected, threads = expected;
      const auto fused = [&](Case& c, int32_t count) {
        rrft_fused_policy_loss_args args = c.fused(v.options, count);
        args.sampling_log_probs = sampling.data();
        return args;
      };
      const rrft_fused_policy_loss_args a = fused(expected, 1);
      rrft_fused_policy_loss_args b = fused(actual, 1), d = fused(threads, 5);
      if (in_place) b.rows.grad_logits = actual.logits.data();
      if (in_place) b.old_log_probs = d.old_log_probs = nullptr;
      rrft_fused_policy_loss_args reference = a;
      if (in_place) reference.old_log_probs = nullptr;
      CHECK_OK(rrft_reference_fused_policy_loss(&reference));
      CHECK_OK(rrft_cpu_fused_policy_loss(&b));
      CHECK_OK(rrft_cpu_fused_policy_loss(&d));
      check_metrics(v, actual.metrics, expected.metrics, 4e-6);
      const Elements& gradient = in_place ? actual.logits : actual.grad_logits;
      CHECK_THAT(same_bits(actual.metrics, threads.metrics), "%s: metrics depend on threads", v.name.c_str());
      double worst = 0;
      bool same = true;
      for (int64_t i = 0; i < 4; ++i)
        for (int64_t t = 0; t < 6; ++t)
          for (int64_t n = expected.offset(i, t); n < expected.offset(i, t) + 37; ++n) {
            const double error = std::fabs(gradient.get(n) - expected.grad_logits.get(n)) -
                                 (dtype == RRFT_BF16 ? 0x1p-7 : 4e-6) * std::fabs(expected.grad_logits.get(n));
            worst = std::fmax(worst, std::isnan(error) ? INFINITY : error);
            same = same && gradient.get(n) == threads.grad_logits.get(n);
          }
      CHECK_THAT(worst < 1e-6, "%s: gradient error %.2g", v.name.c_str(), worst);
      CHECK_THAT(same, "%s: the gradient depends on threads or place", v.name.c_str());
    }
}

// One sequence of two tokens, log-ratios 0.5 and -0.25, A = 2 or -1, against formulas written out.
void known_numbers(rrft_status (*run)(const rrft_policy_loss_args*)) {
  const auto metrics = [&](Options o, float advantage, std::vector<float>* gradient = nullptr) {
    Batch b(1, 2, false, 1);
    b.c.log_probs = {-1, -2};
    b.c.old_log_probs = {-1.5f, -1.75f};
    b.c.ref_log_probs = {-1.5f, -2.25f};
    b.sampling = {-2, -1.5f};  // log rho 0.5 and -0.25
    b.entropy = {0.5f, 1.5f};
    b.c.advantages = {advantage};
    const rrft_policy_loss_args args = b.args(o);
    CHECK_OK(run(&args));
    if (gradient != nullptr) *gradient = b.c.grad_log_probs;
    return b.c.metrics;
  };
  const auto plain = [](int32_t objective) {
    Options o = objective_options(objective);
    o.kl_coefficient = 0;
    return o;
  };
  std::vector<float> gradient;
  const double up = std::exp(0.5), down = std::exp(-0.25);

  Options o = plain(RRFT_OBJECTIVE_CLIP);
  o.dual_clip = 1.5f;
  CHECK_CLOSE(metrics(o, -1, &gradient).loss, (1.5 + 0.8) / 2, 0, 1e-7);
  CHECK(gradient[0] == 0 && gradient[1] == 0 && metrics(o, -1).clip_fraction_dual == 0.5 &&
        metrics(o, 2).clip_fraction_dual == 0);
  o = plain(RRFT_OBJECTIVE_CLIP);
  o.ratio_cap = 1.6f;
  CHECK_CLOSE(metrics(o, -1, &gradient).loss, (1.6 + 0.8) / 2, 0, 1e-7);
  CHECK(gradient[0] == 0);
  CHECK_CLOSE(metrics(o, 2).loss, -(1.28 + down), 0, 1e-7);

  o = plain(RRFT_OBJECTIVE_CISPO);  // between 0.8 and 1.28
  CHECK_CLOSE(metrics(o, 2, &gradient).loss, (1.28 * 2 * 1 + 0.8 * 2 * 2) / 2, 0, 1e-7);
  CHECK_CLOSE(gradient[0], -1.28, 0, 1e-7);
  CHECK_CLOSE(gradient[1], -0.8, 0, 1e-7);
  o.epsilon_low = 1;
  CHECK_CLOSE(metrics(o, 2).loss, (1.28 * 2 * 1 + down * 2 * 2) / 2, 0, 1e-7);

  o = plain(RRFT_OBJECTIVE_GMPO);
  o.epsilon_low = o.epsilon_high = 0.4f;
  CHECK_CLOSE(metrics(o, 2, &gradient).loss, -2 * std::exp((0.4 - 0.25) / 2), 0, 1e-7);
  CHECK(gradient[0] == 0 && metrics(o, 2).clip_fraction_high == 0.5);
  CHECK_CLOSE(gradient[1], -std::exp((0.4 - 0.25) / 2), 0, 1e-7);
  CHECK_CLOSE(metrics(o, -1).loss, std::exp((0.5 - 0.25) / 2), 0, 1e-7);

  o = plain(RRFT_OBJECTIVE_REINFORCE);
  CHECK_CLOSE(metrics(o, 2).loss, (2 * 1 + 2 * 2) / 2.0, 0, 1e-7);

  o = objective_options(RRFT_OBJECTIVE_REINFORCE);  // k = -0.5, -0.25
  o.kl_estimator = RRFT_KL_K1;
  CHECK_CLOSE(metrics(o, 2).kl, 0.375, 0, 1e-7);
  o.kl_estimator = RRFT_KL_K2;
  CHECK_CLOSE(metrics(o, 2).kl, (0.125 + 0.03125) / 2, 0, 1e-7);
  o.kl_estimator = RRFT_KL_ABSOLUTE;
  CHECK_CLOSE(metrics(o, 2).kl, 0.375, 0, 1e-7);
  o.kl_clamp = 0.3f;
  CHECK_CLOSE(metrics(o, 2).kl, 0.275, 0, 1e-7);
  o.kl_importance = 1;
  CHECK_CLOSE(metrics(o, 2).kl, (0.3 * up + 0.25 * down) / 2, 0, 1e-7);
  o.kl_clamp = 0, o.kl_log_ratio_clamp = 0.3f;
  CHECK_CLOSE(metrics(o, 2).kl, (0.3 * up + 0.25 * down) / 2, 0, 1e-7);

  o = plain(RRFT_OBJECTIVE_REINFORCE);  // losses 2 and 4 at A = 2; rho e^0.5 and e^-0.25
  o.sampler_correction = RRFT_SAMPLER_TRUNCATE;
  o.sampler_ratio_min = 0.8f, o.sampler_ratio_max = 1.5f;
  CHECK_CLOSE(metrics(o, 2).loss, (1.5 * 2 + 0.8 * 4) / 2, 0, 1e-7);
  CHECK(metrics(o, 2).sampling_kept_fraction == 0);
  CHECK_CLOSE(metrics(o, 2).sampling_log_ratio_mean, 0.375, 0, 1e-12);
  CHECK(metrics(o, 2).sampling_log_ratio_max == 0.5);
  o.sampler_correction = RRFT_SAMPLER_MASK;
  o.sampler_ratio_min = 0.5f;
  CHECK_CLOSE(metrics(o, 2).loss, down * 4 / 2, 0, 1e-7);
  CHECK(metrics(o, 2).sampling_kept_fraction == 0.5 && metrics(o, 2).sampling_ratio_min == 0);
  CHECK_CLOSE(metrics(o, 2).sampling_ratio_max, down, 0, 1e-12);
  o.sampler_level = RRFT_SAMPLER_SEQUENCE;
  CHECK_CLOSE(metrics(o, 2).loss, std::exp(0.25) * 3, 0, 1e-7);
  o.sampler_level = RRFT_SAMPLER_SEQUENCE_MEAN;
  CHECK_CLOSE(metrics(o, 2).loss, std::exp(0.125) * 3, 0, 1e-7);
  o.sampler_ratio_max = 1.1f;
  CHECK(metrics(o, 2).loss == 0 && metrics(o, 2).sampling_kept_fraction == 0);

  o = plain(RRFT_OBJECTIVE_REINFORCE);  // mean(sampling - log_prob) = (-1 + 0.5) / 2
  o.off_policy_threshold = 0.1f;
  CHECK_CLOSE(metrics(o, -1).loss, -1.5, 0, 1e-7);
  o = plain(RRFT_OBJECTIVE_REINFORCE);
  o.entropy_threshold = 1.5f;
  CHECK_CLOSE(metrics(o, 2).loss, 2, 0, 1e-7);
  CHECK(metrics(o, 2).entropy_kept_fraction == 0.5 && metrics(o, 2).entropy_threshold == 1.5);
  o = plain(RRFT_OBJECTIVE_REINFORCE);
  o.top_entropy_fraction = 0.75;
  CHECK(metrics(o, 2).entropy_threshold == 0.75 && metrics(o, 2).entropy_kept_fraction == 0.5);
  o = plain(RRFT_OBJECTIVE_REINFORCE);
  o.entropy_coefficient = 0.1f;
  CHECK_CLOSE(metrics(o, 2).entropy_loss, -0.1, 0, 1e-7);
  CHECK_CLOSE(metrics(o, 2).loss, 2.9, 1e-7, 1e-7);
  CHECK(metrics(o, 2).policy_loss + metrics(o, 2).entropy_loss == metrics(o, 2).loss && metrics(o, 2).entropy == 1);

  // On the bounds of a clamp the gradient passes; the log-ratios are exactly these.
  o = plain(RRFT_OBJECTIVE_CLIP);
  o.epsilon_low = 1, o.epsilon_high = 9, o.log_ratio_clamp = 0.5f;
  metrics(o, 2, &gradient);
  CHECK_CLOSE(gradient[0], -up, 0, 1e-7);
  o.log_ratio_clamp = 0.375f;
  CHECK_CLOSE(metrics(o, 2, &gradient).loss, -std::exp(0.375) - down, 0, 1e-7);
  CHECK(gradient[0] == 0 && gradient[1] != 0);
}

// The off-policy filter drops a sequence with a negative advantage that the policy has left.
void off_policy_filter(rrft_status (*run)(const rrft_policy_loss_args*)) {
  Batch b(3, 2, false, 2);
  b.c.log_probs = {-2, -2, -2, -2, -2, -2};
  b.c.old_log_probs = {-1, -1, -1, -1, -2, -2};
  b.sampling = {-1.5f, -1.5f, -1.5f, -1.5f, -1.95f, -1.95f};
  b.c.advantages = {-1, 1, -1};
  Options o = objective_options(RRFT_OBJECTIVE_REINFORCE);
  o.kl_coefficient = 0;
  o.off_policy_threshold = 0.1f;
  const rrft_policy_loss_args args = b.args(o);
  CHECK_OK(run(&args));
  CHECK_CLOSE(b.c.metrics.off_policy_kept_fraction, 2.0 / 3, 1e-12, 0);
  CHECK(b.c.grad_log_probs[0] == 0 && b.c.grad_log_probs[2] != 0 && b.c.grad_log_probs[4] != 0);
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  for (const auto run : {rrft_reference_policy_loss, rrft_cpu_policy_loss}) {
    known_numbers(run);
    off_policy_filter(run);
  }
  token_gradients_of_sequence_ratios();
  for (const Variant& v : variants()) {
    finite_differences(v);
    cpu_matches_reference(v);
    splitting_a_batch_changes_nothing(v);
    hard_cases(v);
    fused_matches_reference(v);
  }
  return report();
}
