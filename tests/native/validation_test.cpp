// Misuse: every bad argument gets its status and a sentence that names operation and argument, and nothing is written.
#include <functional>
#include <string>

#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

template <typename Args>
struct Misuse {
  std::function<void(Case&, Args&)> spoil;
  rrft_status status;
  const char* names;  // what the message has to contain
};

void expect(rrft_status status, rrft_status wanted, const char* operation, const char* names) {
  const std::string message = rrft_last_error();
  CHECK_THAT(status == wanted, "%s, %s: status %d, wanted %d (%s)", operation, names, status, wanted, message.c_str());
  if (status != wanted) return;
  CHECK_THAT(message.find(operation) == 0, "\"%s\" does not start with %s", message.c_str(), operation);
  CHECK_THAT(message.find(names) != std::string::npos, "\"%s\" does not name %s", message.c_str(), names);
  CHECK_THAT(message.find("wanted") != std::string::npos, "\"%s\" does not say what was wanted", message.c_str());
}

bool outputs_untouched(const Case& c) {
  bool untouched = true;
  for (const std::vector<float>* output : {&c.log_probs, &c.log_sum_exp, &c.entropy})
    for (const float value : *output) untouched = untouched && value == kGuard;
  for (int64_t v = 0; v < c.grad_logits.size(); ++v) untouched = untouched && c.grad_logits.get(v) == kGuard;
  return untouched && same_bits(c.metrics, rrft_policy_metrics{});
}

const Shape kShape{2, 3, 10, RRFT_F32, Layout::kDense, false};

using Rows = rrft_log_probs_args;

// Shared by forward, backward and the fused loss, whose messages put "rows." before the names.
const std::vector<Misuse<Rows>> kRowMisuses = {
    {[](Case&, Rows& a) { a.struct_size = 8; }, RRFT_ERROR_STRUCT_SIZE, "struct_size is 8"},
    {[](Case&, Rows& a) { a.batch = -1; }, RRFT_ERROR_SHAPE, "batch is -1"},
    {[](Case&, Rows& a) { a.tokens = -7; }, RRFT_ERROR_SHAPE, "tokens is -7"},
    {[](Case&, Rows& a) { a.vocabulary = 0; }, RRFT_ERROR_SHAPE, "vocabulary is 0"},
    {[](Case&, Rows& a) { a.batch = a.tokens = int64_t{1} << 32; }, RRFT_ERROR_SHAPE, "batch * tokens"},
    {[](Case&, Rows& a) { a.logits_batch_stride = int64_t{1} << 62; }, RRFT_ERROR_SHAPE, "logits"},
    {[](Case&, Rows& a) { a.batch = 3, a.logits_batch_stride = int64_t{1} << 62; }, RRFT_ERROR_SHAPE,
     "logits_batch_stride"},
    {[](Case&, Rows& a) { a.logits_token_stride = 9; }, RRFT_ERROR_STRIDE, "logits_token_stride is 9"},
    {[](Case&, Rows& a) { a.logits_token_stride = -10; }, RRFT_ERROR_STRIDE, "logits_token_stride is -10"},
    {[](Case&, Rows& a) { a.logits_batch_stride = 29; }, RRFT_ERROR_STRIDE, "logits_batch_stride is 29"},
    {[](Case&, Rows& a) { a.logits_batch_stride = 0; }, RRFT_ERROR_STRIDE, "logits_batch_stride is 0"},
    {[](Case&, Rows& a) { a.token_ids_batch_stride = 2; }, RRFT_ERROR_STRIDE, "token_ids_batch_stride is 2"},
    {[](Case&, Rows& a) { a.logits_dtype = 3; }, RRFT_ERROR_DTYPE, "logits_dtype is 3"},
    {[](Case&, Rows& a) { a.logits_dtype = RRFT_I32; }, RRFT_ERROR_DTYPE, "logits_dtype is 16"},
    {[](Case&, Rows& a) { a.token_ids_dtype = RRFT_F32; }, RRFT_ERROR_DTYPE, "token_ids_dtype is 0"},
    {[](Case&, Rows& a) { a.temperature = 0; }, RRFT_ERROR_VALUE, "temperature is 0"},
    {[](Case&, Rows& a) { a.temperature = -1; }, RRFT_ERROR_VALUE, "temperature is -1"},
    {[](Case&, Rows& a) { a.temperature = kNaN; }, RRFT_ERROR_VALUE, "temperature is nan"},
    {[](Case&, Rows& a) { a.temperature = kInfinity; }, RRFT_ERROR_VALUE, "temperature is inf"},
    {[](Case&, Rows& a) { a.temperature = 1e-40f; }, RRFT_ERROR_VALUE, "temperature is"},
    {[](Case& c, Rows& a) { c.temperatures = {1, 1, 1, 1, 0, 1}, a.temperatures = c.temperatures.data(); },
     RRFT_ERROR_VALUE, "temperatures[1, 1] is 0"},
    {[](Case& c, Rows& a) { c.temperatures = {1, -2, 1, 1, 1, 1}, a.temperatures = c.temperatures.data(); },
     RRFT_ERROR_VALUE, "temperatures[0, 1] is -2"},
    {[](Case& c, Rows& a) { c.temperatures = {kNaN, 1, 1, 1, 1, 1}, a.temperatures = c.temperatures.data(); },
     RRFT_ERROR_VALUE, "temperatures[0, 0] is nan"},
    {[](Case& c, Rows& a) { c.temperatures = {1, 1, 1, 1, 1, kInfinity}, a.temperatures = c.temperatures.data(); },
     RRFT_ERROR_VALUE, "temperatures[1, 2] is inf"},
    {[](Case& c, Rows& a) { a.temperatures = reinterpret_cast<const float*>(c.mask.data() + 1); }, RRFT_ERROR_VALUE,
     "temperatures is at address"},
    {[](Case&, Rows& a) { a.threads = -1; }, RRFT_ERROR_VALUE, "threads is -1"},
    {[](Case&, Rows& a) { a.threads = 5000; }, RRFT_ERROR_VALUE, "threads is 5000"},
    {[](Case&, Rows& a) { a.logits = nullptr; }, RRFT_ERROR_NULL_POINTER, "logits is NULL"},
    {[](Case&, Rows& a) { a.token_ids = nullptr; }, RRFT_ERROR_NULL_POINTER, "token_ids is NULL"},
    {[](Case&, Rows& a) { a.logits = static_cast<const char*>(a.logits) + 1; }, RRFT_ERROR_VALUE,
     "logits is at address"},
    {[](Case& c, Rows&) { c.ids64[4] = 10; }, RRFT_ERROR_TOKEN_ID, "token_ids[1, 1] is 10"},
    {[](Case& c, Rows&) { c.ids64[0] = -1; }, RRFT_ERROR_TOKEN_ID, "token_ids[0, 0] is -1"},
    {[](Case& c, Rows&) { c.ids64[5] = int64_t{1} << 32; }, RRFT_ERROR_TOKEN_ID, "token_ids[1, 2] is 4294967296"},
    {[](Case& c, Rows& a) { a.token_ids_dtype = RRFT_I32, a.token_ids = c.ids32.data(), c.ids32[1] = -100; },
     RRFT_ERROR_TOKEN_ID, "token_ids[0, 1] is -100"},
};

const std::vector<Misuse<Rows>> kForwardMisuses = {
    {[](Case&, Rows& a) { a.log_probs = nullptr; }, RRFT_ERROR_NULL_POINTER, "log_probs is NULL"},
    {[](Case& c, Rows& a) { a.log_probs = static_cast<float*>(c.logits.data()) + 3; }, RRFT_ERROR_OVERLAP, "log_probs"},
    {[](Case&, Rows& a) { a.entropy = a.log_probs; }, RRFT_ERROR_OVERLAP, "entropy"},
    {[](Case&, Rows& a) { a.temperatures = a.log_sum_exp; }, RRFT_ERROR_OVERLAP, "temperatures"},
    {[](Case& c, Rows& a) { a.log_sum_exp = reinterpret_cast<float*>(c.ids64.data()); }, RRFT_ERROR_OVERLAP,
     "log_sum_exp"},
    {[](Case& c, Rows& a) { a.mask = reinterpret_cast<uint8_t*>(c.entropy.data()); }, RRFT_ERROR_OVERLAP, "mask"},
};

const std::vector<Misuse<Rows>> kBackwardMisuses = {
    {[](Case&, Rows& a) { a.grad_log_probs = nullptr; }, RRFT_ERROR_NULL_POINTER, "grad_log_probs is NULL"},
    {[](Case&, Rows& a) { a.grad_logits = nullptr; }, RRFT_ERROR_NULL_POINTER, "grad_logits is NULL"},
    {[](Case&, Rows& a) { a.grad_logits_token_stride = 1; }, RRFT_ERROR_STRIDE, "grad_logits_token_stride is 1"},
    {[](Case&, Rows& a) { a.grad_logits_batch_stride = 11; }, RRFT_ERROR_STRIDE, "grad_logits_batch_stride is 11"},
    {[](Case& c, Rows& a) { a.grad_logits = static_cast<float*>(c.logits.data()) + 1; }, RRFT_ERROR_OVERLAP,
     "grad_logits"},
    {[](Case& c, Rows& a) { a.grad_logits = c.logits.data(), a.logits_batch_stride = 40; }, RRFT_ERROR_OVERLAP,
     "same strides"},
    {[](Case& c, Rows& a) { a.grad_logits = c.grad_log_probs.data(); }, RRFT_ERROR_OVERLAP, "grad_log_probs"},
};

using LogProbs = rrft_status (*)(const Rows*);

void misuse_of_log_probs(LogProbs run, const char* operation, bool forward) {
  expect(run(nullptr), RRFT_ERROR_NULL_POINTER, operation, "args is NULL");
  std::vector<Misuse<Rows>> misuses = kRowMisuses;
  const std::vector<Misuse<Rows>>& own = forward ? kForwardMisuses : kBackwardMisuses;
  misuses.insert(misuses.end(), own.begin(), own.end());
  for (const Misuse<Rows>& misuse : misuses) {
    Case c(kShape);
    Rows args = c.rows();
    misuse.spoil(c, args);
    expect(run(&args), misuse.status, operation, misuse.names);
    CHECK_THAT(outputs_untouched(c), "%s wrote something although it refused: %s", operation, misuse.names);
  }
}

using Options = rrft_policy_loss_options;

const std::vector<Misuse<Options>> kOptionMisuses = {
    {[](Case&, Options& o) { o.epsilon_low = -0.1f; }, RRFT_ERROR_VALUE, "options.epsilon_low is -0.1"},
    {[](Case&, Options& o) { o.epsilon_low = 1.5f; }, RRFT_ERROR_VALUE, "options.epsilon_low is 1.5"},
    {[](Case&, Options& o) { o.epsilon_low = kNaN; }, RRFT_ERROR_VALUE, "options.epsilon_low is nan"},
    {[](Case&, Options& o) { o.epsilon_high = -1; }, RRFT_ERROR_VALUE, "options.epsilon_high is -1"},
    {[](Case&, Options& o) { o.epsilon_high = kInfinity; }, RRFT_ERROR_VALUE, "options.epsilon_high is inf"},
    {[](Case&, Options& o) { o.kl_coefficient = -1; }, RRFT_ERROR_VALUE, "options.kl_coefficient is -1"},
    {[](Case&, Options& o) { o.kl_coefficient = kNaN; }, RRFT_ERROR_VALUE, "options.kl_coefficient is nan"},
    {[](Case&, Options& o) { o.reduction = 4; }, RRFT_ERROR_VALUE, "options.reduction is 4"},
    {[](Case&, Options& o) { o.normalizer = -2; }, RRFT_ERROR_VALUE, "options.normalizer is -2"},
    {[](Case&, Options& o) { o.normalizer = static_cast<double>(kNaN); }, RRFT_ERROR_VALUE,
     "options.normalizer is nan"},
    {[](Case&, Options& o) { o.reduction = RRFT_REDUCE_FIXED_LENGTH, o.normalizer = 0; }, RRFT_ERROR_VALUE,
     "options.normalizer is 0"},
    {[](Case&, Options& o) { o.objective = 6; }, RRFT_ERROR_VALUE, "options.objective is 6"},
    {[](Case&, Options& o) { o.objective = -1; }, RRFT_ERROR_VALUE, "options.objective is -1"},
    {[](Case&, Options& o) { o.ratio_level = 3; }, RRFT_ERROR_VALUE, "options.ratio_level is 3"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_GMPO, o.ratio_level = RRFT_RATIO_SEQUENCE; },
     RRFT_ERROR_VALUE, "options.ratio_level is 1"},
    {[](Case&, Options& o) { o.ratio_cap = 1.25f; }, RRFT_ERROR_VALUE, "options.ratio_cap is 1.25"},
    {[](Case&, Options& o) { o.ratio_cap = kInfinity; }, RRFT_ERROR_VALUE, "options.ratio_cap is inf"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_CISPO, o.ratio_cap = 4; }, RRFT_ERROR_VALUE,
     "options.ratio_cap is 4"},
    {[](Case&, Options& o) { o.dual_clip = 1; }, RRFT_ERROR_VALUE, "options.dual_clip is 1"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_REINFORCE, o.dual_clip = 3; }, RRFT_ERROR_VALUE,
     "options.dual_clip is 3"},
    {[](Case&, Options& o) { o.log_ratio_clamp = -20; }, RRFT_ERROR_VALUE, "options.log_ratio_clamp is -20"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_SAPO; }, RRFT_ERROR_VALUE,
     "options.sapo_temperature_positive is 0"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_SAPO, o.sapo_temperature_positive = 1; }, RRFT_ERROR_VALUE,
     "options.sapo_temperature_negative is 0"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_VESPO, o.vespo_k_positive = -1; }, RRFT_ERROR_VALUE,
     "options.vespo_k_positive is -1"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_VESPO; }, RRFT_ERROR_VALUE,
     "options.vespo_lambda_positive is 0"},
    {[](Case&, Options& o) {
       o.objective = RRFT_OBJECTIVE_VESPO, o.vespo_lambda_positive = 3, o.vespo_k_negative = kNaN;
     },
     RRFT_ERROR_VALUE, "options.vespo_k_negative is nan"},
    {[](Case&, Options& o) { o.objective = RRFT_OBJECTIVE_VESPO, o.vespo_lambda_positive = 3; }, RRFT_ERROR_VALUE,
     "options.vespo_lambda_negative is 0"},
    {[](Case&, Options& o) { o.kl_estimator = 4; }, RRFT_ERROR_VALUE, "options.kl_estimator is 4"},
    {[](Case&, Options& o) { o.kl_importance = 2; }, RRFT_ERROR_VALUE, "options.kl_importance is 2"},
    {[](Case&, Options& o) { o.kl_log_ratio_clamp = -1; }, RRFT_ERROR_VALUE, "options.kl_log_ratio_clamp is -1"},
    {[](Case&, Options& o) { o.kl_clamp = kNaN; }, RRFT_ERROR_VALUE, "options.kl_clamp is nan"},
    {[](Case&, Options& o) { o.sampler_correction = 3; }, RRFT_ERROR_VALUE, "options.sampler_correction is 3"},
    {[](Case&, Options& o) { o.sampler_level = -1; }, RRFT_ERROR_VALUE, "options.sampler_level is -1"},
    {[](Case&, Options& o) { o.sampler_correction = RRFT_SAMPLER_MASK; }, RRFT_ERROR_VALUE,
     "options.sampler_ratio_max is 0"},
    {[](Case&, Options& o) {
       o.sampler_correction = RRFT_SAMPLER_MASK, o.sampler_ratio_min = 3, o.sampler_ratio_max = 2;
     },
     RRFT_ERROR_VALUE, "options.sampler_ratio_min is 3"},
    {[](Case&, Options& o) { o.sampler_correction = RRFT_SAMPLER_TRUNCATE, o.sampler_ratio_max = 2; },
     RRFT_ERROR_NULL_POINTER, "sampling_log_probs is NULL"},
    {[](Case&, Options& o) { o.off_policy_threshold = -0.5f; }, RRFT_ERROR_VALUE,
     "options.off_policy_threshold is -0.5"},
    {[](Case&, Options& o) { o.entropy_threshold = kInfinity; }, RRFT_ERROR_VALUE, "options.entropy_threshold is inf"},
    {[](Case&, Options& o) { o.top_entropy_fraction = 1.2; }, RRFT_ERROR_VALUE, "options.top_entropy_fraction is 1.2"},
    {[](Case&, Options& o) { o.top_entropy_fraction = 0.2, o.entropy_threshold = 1; }, RRFT_ERROR_VALUE,
     "options.entropy_threshold is 1"},
    {[](Case&, Options& o) { o.entropy_coefficient = -1; }, RRFT_ERROR_VALUE, "options.entropy_coefficient is -1"},
    {[](Case&, Options& o) { o.entropy_reduction = 2; }, RRFT_ERROR_VALUE, "options.entropy_reduction is 2"},
    {[](Case&, Options& o) { o.entropy_normalizer = -1; }, RRFT_ERROR_VALUE, "options.entropy_normalizer is -1"},
};

using Loss = rrft_policy_loss_args;
using Fused = rrft_fused_policy_loss_args;

const std::vector<Misuse<Loss>> kLossMisuses = {
    {[](Case&, Loss& a) { a.struct_size += 8; }, RRFT_ERROR_STRUCT_SIZE, "struct_size is"},
    {[](Case&, Loss& a) { a.batch = -2; }, RRFT_ERROR_SHAPE, "batch is -2"},
    {[](Case&, Loss& a) { a.tokens = -2; }, RRFT_ERROR_SHAPE, "tokens is -2"},
    {[](Case&, Loss& a) { a.batch = a.tokens = int64_t{1} << 40; }, RRFT_ERROR_SHAPE, "batch * tokens"},
    {[](Case&, Loss& a) { a.threads = -3; }, RRFT_ERROR_VALUE, "threads is -3"},
    {[](Case&, Loss& a) { a.log_probs = nullptr; }, RRFT_ERROR_NULL_POINTER, "log_probs is NULL"},
    {[](Case&, Loss& a) { a.ref_log_probs = nullptr; }, RRFT_ERROR_NULL_POINTER, "ref_log_probs is NULL"},
    {[](Case&, Loss& a) { a.advantages = nullptr; }, RRFT_ERROR_NULL_POINTER, "advantages is NULL"},
    {[](Case&, Loss& a) { a.metrics = nullptr; }, RRFT_ERROR_NULL_POINTER, "metrics is NULL"},
    {[](Case& c, Loss& a) { a.token_advantages = c.ref_log_probs.data(); }, RRFT_ERROR_VALUE, "advantages is not NULL"},
    {[](Case&, Loss& a) { a.options.entropy_coefficient = 0.1f; }, RRFT_ERROR_NULL_POINTER, "entropy is NULL"},
    {[](Case&, Loss& a) { a.options.entropy_threshold = 0.1f; }, RRFT_ERROR_NULL_POINTER, "entropy is NULL"},
    {[](Case&, Loss& a) { a.options.top_entropy_fraction = 0.2; }, RRFT_ERROR_NULL_POINTER, "entropy is NULL"},
    {[](Case& c, Loss& a) { a.grad_log_probs = c.old_log_probs.data(); }, RRFT_ERROR_OVERLAP, "grad_log_probs"},
    {[](Case& c, Loss& a) { a.grad_entropy = c.grad_log_probs.data(); }, RRFT_ERROR_OVERLAP, "grad_entropy"},
    {[](Case& c, Loss& a) { a.sampling_log_probs = c.grad_log_probs.data(); }, RRFT_ERROR_OVERLAP,
     "sampling_log_probs"},
    {[](Case& c, Loss& a) { a.grad_log_probs = c.log_probs.data(); }, RRFT_ERROR_OVERLAP, "log_probs"},
    {[](Case& c, Loss& a) { a.grad_log_probs = reinterpret_cast<float*>(&c.metrics); }, RRFT_ERROR_OVERLAP, "metrics"},
};

const std::vector<Misuse<Fused>> kFusedMisuses = {
    {[](Case&, Fused& a) { a.struct_size -= 8; }, RRFT_ERROR_STRUCT_SIZE, "struct_size is"},
    {[](Case& c, Fused& a) { a.rows.grad_log_probs = c.grad_log_probs.data(); }, RRFT_ERROR_VALUE,
     "rows.grad_log_probs is not NULL"},
    {[](Case& c, Fused& a) { a.rows.grad_entropy = c.grad_entropy.data(); }, RRFT_ERROR_VALUE,
     "rows.grad_entropy is not NULL"},
    {[](Case&, Fused& a) { a.rows.log_probs = nullptr; }, RRFT_ERROR_NULL_POINTER, "rows.log_probs is NULL"},
    {[](Case&, Fused& a) { a.rows.grad_logits_token_stride = 1; }, RRFT_ERROR_STRIDE,
     "rows.grad_logits_token_stride is 1"},
    {[](Case&, Fused& a) { a.ref_log_probs = nullptr; }, RRFT_ERROR_NULL_POINTER, "ref_log_probs is NULL"},
    {[](Case&, Fused& a) { a.advantages = nullptr; }, RRFT_ERROR_NULL_POINTER, "advantages is NULL"},
    {[](Case& c, Fused& a) { a.token_advantages = c.ref_log_probs.data(); }, RRFT_ERROR_VALUE,
     "advantages is not NULL"},
    {[](Case& c, Fused& a) { a.sampling_log_probs = c.log_probs.data(); }, RRFT_ERROR_OVERLAP, "sampling_log_probs"},
    {[](Case&, Fused& a) { a.metrics = nullptr; }, RRFT_ERROR_NULL_POINTER, "metrics is NULL"},
    {[](Case& c, Fused& a) { a.old_log_probs = c.log_probs.data(); }, RRFT_ERROR_OVERLAP, "old_log_probs"},
    {[](Case& c, Fused& a) { a.rows.grad_logits = static_cast<float*>(c.logits.data()) + 10; }, RRFT_ERROR_OVERLAP,
     "rows.grad_logits"},
};

void misuse_of_policy_loss(rrft_status (*run)(const Loss*), const char* operation) {
  expect(run(nullptr), RRFT_ERROR_NULL_POINTER, operation, "args is NULL");
  const auto refused = [&](Case& c, const Loss& args, rrft_status status, const char* names) {
    const std::vector<float> gradient = c.grad_log_probs;
    expect(run(&args), status, operation, names);
    CHECK_THAT(outputs_untouched(c) && same_bits(c.grad_log_probs, gradient), "%s wrote although it refused: %s",
               operation, names);
  };
  for (const Misuse<Loss>& misuse : kLossMisuses) {
    Case c(kShape);
    Loss args = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
    misuse.spoil(c, args);
    refused(c, args, misuse.status, misuse.names);
  }
  for (const Misuse<Options>& misuse : kOptionMisuses) {
    Case c(kShape);
    Loss args = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
    misuse.spoil(c, args.options);
    refused(c, args, misuse.status, misuse.names);
  }
}

void misuse_of_fused_policy_loss(rrft_status (*run)(const Fused*), const char* operation) {
  expect(run(nullptr), RRFT_ERROR_NULL_POINTER, operation, "args is NULL");
  const auto refused = [&](Case& c, const Fused& args, rrft_status status, const char* names) {
    expect(run(&args), status, operation, names);
    CHECK_THAT(outputs_untouched(c), "%s wrote something although it refused: %s", operation, names);
  };
  for (const Misuse<Rows>& misuse : kRowMisuses) {
    Case c(kShape);
    Fused args = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
    misuse.spoil(c, args.rows);
    refused(c, args, misuse.status, (std::string("rows.") + misuse.names).c_str());
  }
  for (const Misuse<Fused>& misuse : kFusedMisuses) {
    Case c(kShape);
    Fused args = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
    misuse.spoil(c, args);
    refused(c, args, misuse.status, misuse.names);
  }
  for (const Misuse<Options>& misuse : kOptionMisuses) {
    Case c(kShape);
    Fused args = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
    misuse.spoil(c, args.options);
    refused(c, args, misuse.status, misuse.names);
  }
}

using Groups = rrft_group_advantages_args;

const int64_t kSixNumbers[] = {3, 1, -5, 7, int64_t{1} << 31, 9};

void misuse_of_group_advantages(rrft_status (*run)(const Groups*), const char* operation) {
  expect(run(nullptr), RRFT_ERROR_NULL_POINTER, operation, "args is NULL");
  const std::vector<Misuse<Groups>> misuses = {
      {[](Case&, Groups& a) { a.struct_size = 1; }, RRFT_ERROR_STRUCT_SIZE, "struct_size is 1"},
      {[](Case&, Groups& a) { a.groups = -1; }, RRFT_ERROR_SHAPE, "groups is -1"},
      {[](Case&, Groups& a) { a.group_size = 0; }, RRFT_ERROR_SHAPE, "group_size is 0"},
      {[](Case&, Groups& a) { a.groups = a.group_size = int64_t{1} << 33; }, RRFT_ERROR_SHAPE, "groups * group_size"},
      {[](Case&, Groups& a) { a.scale = -1; }, RRFT_ERROR_VALUE, "scale is -1"},
      {[](Case&, Groups& a) { a.biased_std = 2; }, RRFT_ERROR_VALUE, "biased_std is 2"},
      {[](Case&, Groups& a) { a.epsilon = -1e-6f; }, RRFT_ERROR_VALUE, "epsilon is"},
      {[](Case&, Groups& a) { a.epsilon = kNaN; }, RRFT_ERROR_VALUE, "epsilon is nan"},
      {[](Case&, Groups& a) { a.rewards = nullptr; }, RRFT_ERROR_NULL_POINTER, "rewards is NULL"},
      {[](Case&, Groups& a) { a.advantages = nullptr; }, RRFT_ERROR_NULL_POINTER, "advantages is NULL"},
      {[](Case&, Groups& a) { a.advantages = const_cast<float*>(a.rewards); }, RRFT_ERROR_OVERLAP, "advantages"},
      {[](Case&, Groups& a) { a.group_std = a.advantages + 2; }, RRFT_ERROR_OVERLAP, "group_std"},
      {[](Case&, Groups& a) { const_cast<float*>(a.rewards)[4] = kInfinity; }, RRFT_ERROR_VALUE,
       "rewards[1, 1] is inf"},
      {[](Case&, Groups& a) { a.scale = 5; }, RRFT_ERROR_VALUE, "scale is 5"},
      {[](Case&, Groups& a) { a.baseline = -1; }, RRFT_ERROR_VALUE, "baseline is -1"},
      {[](Case&, Groups& a) { a.baseline = 6; }, RRFT_ERROR_VALUE, "baseline is 6"},
      {[](Case&, Groups& a) { a.baseline = RRFT_BASELINE_EACH_REWARD; }, RRFT_ERROR_VALUE, "RRFT_BASELINE_EACH_REWARD"},
      {[](Case&, Groups& a) { a.threads = 1025; }, RRFT_ERROR_VALUE, "threads is 1025"},
      {[](Case&, Groups& a) { a.completions = -1; }, RRFT_ERROR_SHAPE, "completions is -1"},
      {[](Case&, Groups& a) { a.completions = 6; }, RRFT_ERROR_VALUE, "groups is 2"},
      {[](Case&, Groups& a) { a.group_ids = kSixNumbers; }, RRFT_ERROR_VALUE, "groups is 2"},
      {[](Case&, Groups& a) { a.groups = 0, a.completions = 6, a.group_ids = kSixNumbers; }, RRFT_ERROR_VALUE,
       "group_size is 3"},
      {[](Case&, Groups& a) { a.groups = a.group_size = 0, a.completions = 6; }, RRFT_ERROR_NULL_POINTER,
       "group_ids is NULL"},
      {[](Case&, Groups& a) { a.reward_count = -1; }, RRFT_ERROR_SHAPE, "reward_count is -1"},
      {[](Case&, Groups& a) { a.reward_count = int64_t{1} << 60; }, RRFT_ERROR_SHAPE, "completions * reward_count"},
      {[](Case&, Groups& a) { a.completion_stride = -1; }, RRFT_ERROR_STRIDE, "completion_stride is -1"},
      {[](Case&, Groups& a) { a.completion_stride = int64_t{1} << 61; }, RRFT_ERROR_SHAPE, "completion_stride"},
      {[](Case&, Groups& a) { a.reward_count = 2, a.reward_stride = 5; }, RRFT_ERROR_STRIDE, "reward_stride is 5"},
      {[](Case&, Groups& a) { a.reward_count = 3, a.completion_stride = 3, a.reward_stride = 2; }, RRFT_ERROR_STRIDE,
       "completion_stride is 3"},
      {[](Case&, Groups& a) { a.reward_weights = &kNaN; }, RRFT_ERROR_VALUE, "reward_weights[0] is nan"},
      {[](Case&, Groups& a) { a.reward_weights = a.advantages; }, RRFT_ERROR_OVERLAP, "reward_weights"},
      {[](Case&, Groups& a) { a.baseline = RRFT_BASELINE_LENGTH_WEIGHTED; }, RRFT_ERROR_NULL_POINTER,
       "lengths is NULL"},
      {[](Case&, Groups& a) { a.scale = RRFT_SCALE_TOKEN_WHITENING; }, RRFT_ERROR_NULL_POINTER, "lengths is NULL"},
      {[](Case&, Groups& a) { a.scale = RRFT_SCALE_TOKEN_WHITENING, a.lengths = kSixNumbers; }, RRFT_ERROR_VALUE,
       "lengths[2] is -5"},
      {[](Case&, Groups& a) {
         a.scale = RRFT_SCALE_TOKEN_WHITENING, a.lengths = kSixNumbers + 3;
         a.groups = 1;
       },
       RRFT_ERROR_VALUE, "lengths[1] is 2147483648"},
      {[](Case&, Groups& a) { a.groups = 1, a.reward_count = 2, const_cast<float*>(a.rewards)[4] = -kInfinity; },
       RRFT_ERROR_VALUE, "rewards[1, 1] is -inf"},
      {[](Case&, Groups& a) { a.groups = 1, a.completion_stride = 2, const_cast<float*>(a.rewards)[4] = kInfinity; },
       RRFT_ERROR_VALUE, "rewards[0, 2] is inf"},
  };
  for (const Misuse<Groups>& misuse : misuses) {
    std::vector<float> rewards = {1, 2, 3, 4, 5, 6}, advantages(6, kGuard), mean(2, kGuard), std(2, kGuard);
    double fraction = -1;
    Groups args{};
    args.struct_size = sizeof args;
    args.groups = 2;
    args.group_size = 3;
    args.rewards = rewards.data();
    args.epsilon = 1e-4f;
    args.advantages = advantages.data();
    args.group_mean = mean.data();
    args.group_std = std.data();
    args.zero_spread_fraction = &fraction;
    Case unused({0, 0, 1});
    misuse.spoil(unused, args);
    expect(run(&args), misuse.status, operation, misuse.names);
    for (const float value : advantages) CHECK(value == kGuard);
    CHECK(mean[0] == kGuard && std[0] == kGuard && fraction == -1);
  }
}

// Equal addresses and extents do not make a call in place: here the gradient's rows are those of the logits transposed.
void transposed_in_place() {
  Case c({3, 3, 10});
  Rows args = c.rows();
  args.grad_logits = c.logits.data();
  args.grad_logits_batch_stride = c.token_stride;
  args.grad_logits_token_stride = c.batch_stride;
  expect(rrft_cpu_log_probs_backward(&args), RRFT_ERROR_OVERLAP, "rrft_cpu_log_probs_backward", "same strides");
}

// What looks like misuse and is not.
void legal_calls() {
  Case masked({2, 3, 10, RRFT_F32, Layout::kDense, true});
  masked.mask = {1, 0, 0, 0, 0, 0};
  masked.ids64 = {3, -1, 99, 1000000, -5, 10};  // padding ids are never looked at
  for (int64_t v = 0; v < 10; ++v) masked.logits.set(v, 1);
  const Rows args = masked.rows();
  CHECK_OK(rrft_cpu_log_probs_forward(&args));
  CHECK_CLOSE(masked.log_probs[0], -std::log(10.0), 1e-6, 0);

  masked.temperatures = {0.5f, 0, -1, kNaN, kInfinity, 0};  // nor are padding temperatures
  Rows own = masked.rows();
  own.temperature = 0;
  own.temperatures = masked.temperatures.data();
  CHECK_OK(rrft_cpu_log_probs_forward(&own));
  CHECK_OK(rrft_reference_log_probs_forward(&own));

  Case single({1, 1, 10});  // strides of a dimension without steps do not matter
  Rows one = single.rows();
  one.logits_batch_stride = one.logits_token_stride = one.token_ids_batch_stride = 0;
  one.grad_logits_batch_stride = one.grad_logits_token_stride = -1;
  CHECK_OK(rrft_cpu_log_probs_forward(&one));
  CHECK_OK(rrft_cpu_log_probs_backward(&one));

  Rows nothing{};
  nothing.struct_size = sizeof nothing;
  nothing.vocabulary = 10;
  nothing.token_ids_dtype = RRFT_I64;
  nothing.temperature = 1;
  CHECK_OK(rrft_cpu_log_probs_forward(&nothing));  // arrays without elements may be NULL
}

}  // namespace

int main() {
  misuse_of_log_probs(rrft_reference_log_probs_forward, "rrft_reference_log_probs_forward", true);
  misuse_of_log_probs(rrft_reference_log_probs_backward, "rrft_reference_log_probs_backward", false);
  misuse_of_log_probs(rrft_cpu_log_probs_forward, "rrft_cpu_log_probs_forward", true);
  misuse_of_log_probs(rrft_cpu_log_probs_backward, "rrft_cpu_log_probs_backward", false);
  misuse_of_policy_loss(rrft_reference_policy_loss, "rrft_reference_policy_loss");
  misuse_of_policy_loss(rrft_cpu_policy_loss, "rrft_cpu_policy_loss");
  misuse_of_fused_policy_loss(rrft_reference_fused_policy_loss, "rrft_reference_fused_policy_loss");
  misuse_of_fused_policy_loss(rrft_cpu_fused_policy_loss, "rrft_cpu_fused_policy_loss");
  misuse_of_group_advantages(rrft_reference_group_advantages, "rrft_reference_group_advantages");
  misuse_of_group_advantages(rrft_cpu_group_advantages, "rrft_cpu_group_advantages");
  transposed_in_place();
  legal_calls();
  return report();
}
