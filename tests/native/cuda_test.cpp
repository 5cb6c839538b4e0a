// The CUDA backend against the reference. Without a GPU: misuse is refused all the same, and everything else is
// answered with RRFT_ERROR_UNAVAILABLE and a reason.
#include <cuda_runtime.h>

#include <memory>
#include <utility>

#include "cases.h"
#include "check.h"
#include "reasonrft/kernels_cuda.h"

using namespace rrft_test;

namespace {

#define CHECK_CUDA(call) CHECK_THAT((call) == RRFT_OK, "%s: %s", #call, rrft_cuda_last_error())

void check_runtime(cudaError_t error) { CHECK_THAT(error == cudaSuccess, "CUDA: %s", cudaGetErrorString(error)); }

// Copies of host arrays on the device, copied back on demand. Offers itself wherever an argument wants a pointer.
class Device {
 public:
  ~Device() {
    for (const Copy& copy : copies_) cudaFree(copy.device);
  }
  template <typename T>
  T* copy(T* host, size_t count) {
    Copy made{const_cast<void*>(static_cast<const void*>(host)), nullptr, count * sizeof(T)};
    check_runtime(cudaMalloc(&made.device, made.bytes + 1));
    check_runtime(cudaMemcpy(made.device, host, made.bytes, cudaMemcpyHostToDevice));
    copies_.push_back(made);
    return static_cast<T*>(made.device);
  }
  template <typename T>
  T* copy(std::vector<T>& host) {
    return copy(host.data(), host.size());
  }
  void* copy(Elements& host) { return copy(static_cast<uint8_t*>(host.data()), host.bytes().size()); }
  void fetch() {
    check_runtime(cudaDeviceSynchronize());
    for (const Copy& copy : copies_)
      check_runtime(cudaMemcpy(copy.host, copy.device, copy.bytes, cudaMemcpyDeviceToHost));
  }

 private:
  struct Copy {
    void* host;
    void* device;
    size_t bytes;
  };
  std::vector<Copy> copies_;
};

rrft_log_probs_args on_device(Device& device, Case& c, bool in_place) {
  rrft_log_probs_args args = c.rows();
  args.logits = device.copy(c.logits);
  args.token_ids = c.shape.id_dtype == RRFT_I64 ? static_cast<const void*>(device.copy(c.ids64)) : device.copy(c.ids32);
  if (args.mask != nullptr) args.mask = device.copy(c.mask);
  if (args.temperatures != nullptr) args.temperatures = device.copy(c.temperatures);
  args.log_probs = device.copy(c.log_probs);
  args.log_sum_exp = device.copy(c.log_sum_exp);
  args.entropy = device.copy(c.entropy);
  args.grad_log_probs = device.copy(c.grad_log_probs);
  args.grad_entropy = device.copy(c.grad_entropy);
  args.grad_logits = in_place ? const_cast<void*>(args.logits) : device.copy(c.grad_logits);
  return args;
}

void compare_rows(const Case& actual, const Case& expected) {
  for (size_t n = 0; n < expected.log_probs.size(); ++n) {
    CHECK_CLOSE(actual.log_probs[n], expected.log_probs[n], 1e-6, 3e-7);
    CHECK_CLOSE(actual.log_sum_exp[n], expected.log_sum_exp[n], 1e-6, 3e-7);
    CHECK_CLOSE(actual.entropy[n], expected.entropy[n], 3e-6, 3e-7);
  }
}

void compare_gradient(const Case& c, const Elements& actual, const Elements& expected) {
  const double resolution = std::fmax(relative_step(c.shape.dtype), 4e-6);
  for (int64_t i = 0; i < c.shape.batch; ++i)
    for (int64_t t = 0; t < c.shape.tokens; ++t)
      for (int64_t v = c.offset(i, t); v < c.offset(i, t) + c.shape.vocabulary; ++v)
        CHECK_CLOSE(actual.get(v), expected.get(v), 1e-6, resolution);
}

void compare_metrics(const rrft_policy_metrics& actual, const rrft_policy_metrics& expected, double tolerance) {
  const double* a = &actual.loss;
  const double* e = &expected.loss;
  for (int i = 0; i < 12; ++i)
    CHECK_THAT(close(a[i], e[i], tolerance, tolerance), "metric %d is %.9g, wanted %.9g", i, a[i], e[i]);
  CHECK(actual.token_count == expected.token_count);
}

void log_probs(const Shape& shape, bool in_place) {
  Case expected(shape), actual(shape);
  const rrft_log_probs_args reference = expected.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&reference));
  CHECK_OK(rrft_reference_log_probs_backward(&reference));
  Device device;
  const rrft_log_probs_args args = on_device(device, actual, in_place);
  CHECK_CUDA(rrft_cuda_log_probs_forward(&args, nullptr, 0));
  CHECK_CUDA(rrft_cuda_log_probs_backward(&args, nullptr, 0));
  device.fetch();
  compare_rows(actual, expected);
  compare_gradient(actual, in_place ? actual.logits : actual.grad_logits, expected.grad_logits);
}

void losses(const Shape& shape, int32_t reduction, bool in_place) {
  Case expected(shape);
  const rrft_log_probs_args rows = expected.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&rows));
  Random random(shape.seed + 77);
  for (size_t n = 0; n < expected.log_probs.size(); ++n) {
    expected.old_log_probs[n] = expected.log_probs[n] + static_cast<float>(0.3 * random.normal());
    expected.ref_log_probs[n] = expected.log_probs[n] + static_cast<float>(0.3 * random.normal());
  }
  Case actual = expected;
  const rrft_fused_policy_loss_args reference = expected.fused(options(reduction));
  CHECK_OK(rrft_reference_fused_policy_loss(&reference));
  {
    Device device;
    rrft_fused_policy_loss_args args = actual.fused(options(reduction));
    args.rows = on_device(device, actual, in_place);
    args.rows.grad_log_probs = args.rows.grad_entropy = nullptr;
    args.old_log_probs = device.copy(actual.old_log_probs);
    args.ref_log_probs = device.copy(actual.ref_log_probs);
    args.advantages = device.copy(actual.advantages);
    args.metrics = device.copy(&actual.metrics, 1);
    CHECK_CUDA(rrft_cuda_fused_policy_loss(&args, nullptr, 0));
    device.fetch();
  }
  compare_rows(actual, expected);
  compare_gradient(actual, in_place ? actual.logits : actual.grad_logits, expected.grad_logits);
  compare_metrics(actual.metrics, expected.metrics, 2e-6);

  actual.log_probs = expected.log_probs;
  const rrft_policy_loss_args loss = expected.policy_loss(options(reduction));
  CHECK_OK(rrft_reference_policy_loss(&loss));
  Device device;
  rrft_policy_loss_args args = actual.policy_loss(options(reduction));
  args.log_probs = device.copy(actual.log_probs);
  args.old_log_probs = device.copy(actual.old_log_probs);
  args.ref_log_probs = device.copy(actual.ref_log_probs);
  args.advantages = device.copy(actual.advantages);
  if (args.mask != nullptr) args.mask = device.copy(actual.mask);
  args.grad_log_probs = device.copy(actual.grad_log_probs);
  args.metrics = device.copy(&actual.metrics, 1);
  CHECK_CUDA(rrft_cuda_policy_loss(&args, nullptr, 0));
  device.fetch();
  compare_metrics(actual.metrics, expected.metrics, 1e-11);
  for (size_t n = 0; n < expected.grad_log_probs.size(); ++n)
    CHECK_CLOSE(actual.grad_log_probs[n], expected.grad_log_probs[n], 1e-30, 2e-7);
}

// A row by itself, at another alignment, gives the bits it gives in a batch; a second run gives those of the first.
void invariance(int32_t dtype) {
  const Shape shape{3, 4, 4099, dtype, Layout::kLastDropped, true, 0.7f};
  Case first(shape), second(shape);
  for (Case* c : {&first, &second}) {
    Device device;
    const rrft_log_probs_args args = on_device(device, *c, false);
    CHECK_CUDA(rrft_cuda_log_probs_forward(&args, nullptr, 0));
    CHECK_CUDA(rrft_cuda_log_probs_backward(&args, nullptr, 0));
    device.fetch();
  }
  CHECK(same_bits(first.log_probs, second.log_probs) &&
        same_bits(first.grad_logits.bytes(), second.grad_logits.bytes()));
  for (int64_t n = 0; n < first.count; ++n) {
    if (!first.mask[static_cast<size_t>(n)]) continue;
    Case one({1, 1, 4099, dtype, Layout::kDense, false, 0.7f});
    for (int64_t v = 0; v < 4099; ++v) one.logits.set(v, first.logits.get(first.offset(n / 4, n % 4) + v));
    one.ids64 = {first.ids64[static_cast<size_t>(n)]};
    Device device;
    const rrft_log_probs_args args = on_device(device, one, false);
    CHECK_CUDA(rrft_cuda_log_probs_forward(&args, nullptr, 0));
    device.fetch();
    CHECK(one.log_probs[0] == first.log_probs[static_cast<size_t>(n)] &&
          one.entropy[0] == first.entropy[static_cast<size_t>(n)]);
  }
}

void special_values(int32_t dtype) {
  Case expected({1, 3, 2003, dtype});
  for (int64_t t = 0; t < 3; ++t)
    for (int64_t v = 0; v < 1500; ++v)
      expected.logits.set(t * 2003 + v, v % 2 == 0 ? -kInfinity : -std::numeric_limits<float>::max());
  expected.logits.set(2 * 2003 + 1700, kNaN);
  expected.ids64 = {1700, 4, 5};
  Case actual = expected;
  const rrft_log_probs_args reference = expected.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&reference));
  CHECK_OK(rrft_reference_log_probs_backward(&reference));
  actual.ids64[2] = 99999;  // no token
  Device device;
  const rrft_log_probs_args args = on_device(device, actual, false);
  CHECK_CUDA(rrft_cuda_log_probs_forward(&args, nullptr, 0));
  CHECK_CUDA(rrft_cuda_log_probs_backward(&args, nullptr, 0));
  device.fetch();
  for (size_t n = 0; n < 2; ++n) {
    CHECK_CLOSE(actual.log_probs[n], expected.log_probs[n], 1e-6, 1e-6);
    CHECK_CLOSE(actual.entropy[n], expected.entropy[n], 1e-6, 1e-6);
  }
  CHECK(std::isnan(actual.log_probs[2]));
  for (int64_t v = 0; v < 3 * 2003; ++v)
    CHECK_CLOSE(actual.grad_logits.get(v), v < 2 * 2003 ? expected.grad_logits.get(v) : kNaN, 1e-6, 0x1p-7);
  CHECK(actual.grad_logits.get(0) == 0);
}

void group_advantages() {
  Random random(4);
  for (const int64_t size : {1, 2, 8})
    for (const int32_t scale : {RRFT_SCALE_GROUP_STD, RRFT_SCALE_NONE, RRFT_SCALE_BATCH_STD})
    for (const int32_t baseline : {RRFT_BASELINE_GROUP_MEAN, RRFT_BASELINE_LEAVE_ONE_OUT, RRFT_BASELINE_NONE}) {
      constexpr int64_t kGroups = 300;  // more than threads of the block
      std::vector<float> rewards;
      for (int64_t i = 0; i < kGroups * size; ++i)
        rewards.push_back(random.below(5) ? static_cast<float>(random.normal()) : kNaN);
      std::vector<float> advantages[2], mean[2], std[2];
      double fraction[2] = {-1, -1};
      for (const int backend : {0, 1}) {
        advantages[backend].resize(rewards.size());
        mean[backend].resize(kGroups);
        std[backend].resize(kGroups);
        Device device;
        rrft_group_advantages_args args{};
        args.struct_size = sizeof args;
        args.groups = kGroups;
        args.group_size = size;
        args.scale = scale;
        args.baseline = baseline;
        args.epsilon = 1e-4f;
        args.rewards = backend ? device.copy(rewards) : rewards.data();
        args.advantages = backend ? device.copy(advantages[1]) : advantages[0].data();
        args.group_mean = backend ? device.copy(mean[1]) : mean[0].data();
        args.group_std = backend ? device.copy(std[1]) : std[0].data();
        args.zero_spread_fraction = backend ? device.copy(&fraction[1], 1) : &fraction[0];
        if (backend == 0) {
          CHECK_OK(rrft_reference_group_advantages(&args));
        } else {
          CHECK_CUDA(rrft_cuda_group_advantages(&args, nullptr, 0));
          device.fetch();
        }
      }
      for (size_t i = 0; i < rewards.size(); ++i) CHECK_CLOSE(advantages[1][i], advantages[0][i], 1e-30, 2e-7);
      for (size_t i = 0; i < kGroups; ++i) {
        CHECK_CLOSE(mean[1][i], mean[0][i], 1e-30, 2e-7);
        CHECK_CLOSE(std[1][i], std[0][i], 1e-30, 2e-7);
      }
      CHECK(fraction[0] == fraction[1]);
    }
}

void with_a_device() {
  uint64_t seed = 0;
  for (const int64_t vocabulary : kVocabularies)
    for (const int32_t dtype : kLogitTypes)
      for (const Layout layout : kLayouts)
        for (const bool masked : {false, true}) {
          ++seed;
          const float temperature = seed % 3 == 0 ? 1.0f : seed % 3 == 1 ? 0.6f : 1.3f;
          Shape shape{3, vocabulary > 10000 ? 1 : 4, vocabulary, dtype, layout, masked, temperature,
                      seed % 2 ? RRFT_I64 : RRFT_I32, seed};
          shape.own_temperatures = seed % 5 == 0;
          log_probs(shape, seed % 2 == 0);
          losses(shape, static_cast<int32_t>(seed % 3), seed % 2 == 1);
        }
  for (const int32_t dtype : kLogitTypes) {
    invariance(dtype);
    special_values(dtype);
  }
  group_advantages();
}

void misuse() {
  Case c({2, 3, 10});
  rrft_log_probs_args args = c.rows();
  args.temperature = 0;
  CHECK(rrft_cuda_log_probs_forward(&args, nullptr, 0) == RRFT_ERROR_VALUE);
  CHECK(std::strstr(rrft_cuda_last_error(), "rrft_cuda_log_probs_forward: temperature is 0") != nullptr);
  CHECK(rrft_cuda_log_probs_backward(nullptr, nullptr, 0) == RRFT_ERROR_NULL_POINTER);
  rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  fused.rows.entropy = nullptr;
  CHECK(rrft_cuda_fused_policy_loss(&fused, nullptr, 0) == RRFT_ERROR_NULL_POINTER);
  CHECK(std::strstr(rrft_cuda_last_error(), "rows.entropy is NULL") != nullptr);
  CHECK(rrft_cuda_version() == RRFT_VERSION);
}

// Options of the shared struct that this backend has no kernel for must not be passed over.
void refuses_what_it_cannot_do() {
  const float weight = 1;
  const int64_t ids[4] = {};
  const int64_t lengths[4] = {};
  float rewards[8] = {}, advantages[4] = {kGuard};
  const auto refused = [&](const char* what, auto spoil) {
    rrft_group_advantages_args args{};
    args.struct_size = sizeof args;
    args.groups = 2;
    args.group_size = 2;
    args.rewards = rewards;
    args.lengths = lengths;
    args.advantages = advantages;
    spoil(args);
    CHECK(rrft_cuda_group_advantages(&args, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
    CHECK_THAT(std::strstr(rrft_cuda_last_error(), what) != nullptr, "\"%s\" does not name %s", rrft_cuda_last_error(),
               what);
    CHECK(advantages[0] == kGuard);
  };
  using Args = rrft_group_advantages_args;
  refused("group_ids", [&](Args& a) { a.groups = a.group_size = 0, a.completions = 4, a.group_ids = ids; });
  refused("reward_count", [](Args& a) { a.reward_count = 2; });
  refused("reward_weights", [&](Args& a) { a.reward_weights = &weight; });
  refused("completion_stride", [](Args& a) { a.completion_stride = 2; });
  for (const int32_t baseline : {RRFT_BASELINE_LENGTH_WEIGHTED, RRFT_BASELINE_SECOND_BEST})
    refused("baselines but", [=](Args& a) { a.baseline = baseline; });
  refused("baselines but", [](Args& a) { a.baseline = RRFT_BASELINE_EACH_REWARD, a.scale = RRFT_SCALE_NONE; });
  for (const int32_t scale : {RRFT_SCALE_BATCH_WHITENING, RRFT_SCALE_TOKEN_WHITENING})
    refused("RRFT_SCALE_TOKEN_WHITENING", [=](Args& a) { a.scale = scale; });
}

// Options and arrays that the kernels do not know are refused, with or without a GPU, not computed without them.
void beyond_the_clipped_objective() {
  using Change = void (*)(Case&, rrft_policy_loss_args&);
  const std::pair<const char*, Change> changes[] = {
      {"options.reduction", [](Case&, rrft_policy_loss_args& a) { a.options.reduction = RRFT_REDUCE_SEQUENCE_SUM; }},
      {"options.objective", [](Case&, rrft_policy_loss_args& a) { a.options.objective = RRFT_OBJECTIVE_CISPO; }},
      {"options.ratio_level", [](Case&, rrft_policy_loss_args& a) { a.options.ratio_level = RRFT_RATIO_SEQUENCE; }},
      {"options.ratio_cap", [](Case&, rrft_policy_loss_args& a) { a.options.ratio_cap = 2; }},
      {"options.dual_clip", [](Case&, rrft_policy_loss_args& a) { a.options.dual_clip = 3; }},
      {"options.log_ratio_clamp", [](Case&, rrft_policy_loss_args& a) { a.options.log_ratio_clamp = 20; }},
      {"options.kl_estimator", [](Case&, rrft_policy_loss_args& a) { a.options.kl_estimator = RRFT_KL_K1; }},
      {"options.kl_importance", [](Case&, rrft_policy_loss_args& a) { a.options.kl_importance = 1; }},
      {"options.kl_log_ratio_clamp", [](Case&, rrft_policy_loss_args& a) { a.options.kl_log_ratio_clamp = 20; }},
      {"options.kl_clamp", [](Case&, rrft_policy_loss_args& a) { a.options.kl_clamp = 10; }},
      {"options.off_policy_threshold", [](Case&, rrft_policy_loss_args& a) { a.options.off_policy_threshold = 1; }},
      {"options.entropy_threshold", [](Case&, rrft_policy_loss_args& a) { a.options.entropy_threshold = 1; }},
      {"options.top_entropy_fraction", [](Case&, rrft_policy_loss_args& a) { a.options.top_entropy_fraction = 0.2; }},
      {"options.entropy_coefficient", [](Case&, rrft_policy_loss_args& a) { a.options.entropy_coefficient = 0.1f; }},
      {"options.sampler_correction",
       [](Case& c, rrft_policy_loss_args& a) {
         a.options.sampler_correction = RRFT_SAMPLER_MASK, a.options.sampler_ratio_max = 2;
         a.sampling_log_probs = c.old_log_probs.data();
       }},
      {"sampling_log_probs", [](Case& c, rrft_policy_loss_args& a) { a.sampling_log_probs = c.old_log_probs.data(); }},
      {"token_advantages",
       [](Case& c, rrft_policy_loss_args& a) { a.token_advantages = c.old_log_probs.data(), a.advantages = nullptr; }},
  };
  for (const auto& [name, change] : changes) {
    Case c({2, 3, 10});
    rrft_policy_loss_args loss = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
    loss.entropy = c.entropy.data();
    change(c, loss);
    CHECK(rrft_cuda_policy_loss(&loss, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
    CHECK_THAT(std::strstr(rrft_cuda_last_error(), name) != nullptr, "%s: %s", name, rrft_cuda_last_error());
    rrft_fused_policy_loss_args fused = c.fused(loss.options);
    fused.advantages = loss.advantages;
    fused.token_advantages = loss.token_advantages;
    fused.sampling_log_probs = loss.sampling_log_probs;
    CHECK(rrft_cuda_fused_policy_loss(&fused, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
    CHECK_THAT(std::strstr(rrft_cuda_last_error(), name) != nullptr, "%s: %s", name, rrft_cuda_last_error());
  }
}

void without_a_device() {
  Case c({2, 3, 10});
  const rrft_log_probs_args rows = c.rows();
  const rrft_policy_loss_args loss = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
  const rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  CHECK(rrft_cuda_log_probs_forward(&rows, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(std::strstr(rrft_cuda_last_error(), "CUDA cannot run here") != nullptr);
  CHECK(rrft_cuda_log_probs_backward(&rows, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(rrft_cuda_policy_loss(&loss, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(rrft_cuda_fused_policy_loss(&fused, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(c.log_probs[0] == kGuard);
}

}  // namespace

int main() {
  misuse();
  refuses_what_it_cannot_do();
  beyond_the_clipped_objective();
  const int32_t devices = rrft_cuda_device_count();
  if (devices < 0) {
    std::printf("nothing was compared: %s\n", rrft_cuda_last_error());
    CHECK(devices == RRFT_ERROR_UNAVAILABLE);
    without_a_device();
    return report();
  }
  Case c({2, 3, 10});
  const rrft_log_probs_args rows = c.rows();
  CHECK(rrft_cuda_log_probs_forward(&rows, nullptr, devices) == RRFT_ERROR_VALUE);
  CHECK(rrft_cuda_log_probs_forward(&rows, nullptr, -1) == RRFT_ERROR_VALUE);
  with_a_device();
  return report();
}
