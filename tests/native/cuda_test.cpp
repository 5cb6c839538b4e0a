// What only the CUDA backend has: rows on every path that REASONRFT_CUDA_ROWS names, contents that only the device
// sees, workspaces, memory. Results in general are compared by the tests of the CPU backend, compiled for it
// (cuda.cmake). Without a GPU misuse is refused all the same, and everything else is answered with
// RRFT_ERROR_UNAVAILABLE and a reason.
//
//   cuda_test                 on the GPU, or on the execution layer as a Hopper
//   cuda_test ampere | ada    on the execution layer as that
//   cuda_test refused-rows    REASONRFT_CUDA_ROWS is one that the device does not have, or none
#include <cuda_runtime.h>

#include <cstdlib>
#include <string>

#include "cases.h"
#include "check.h"
#include "cuda_backend.h"
#include "reasonrft/kernels_cuda.h"

using namespace rrft_test;

namespace {

#define CHECK_CUDA(call) CHECK_THAT((call) == RRFT_OK, "%s: %s", #call, rrft_cuda_last_error())
#define CHECK_REFUSED(status, call, text)                                                          \
  do {                                                                                             \
    CHECK((call) == (status));                                                                     \
    CHECK_THAT(std::strstr(rrft_cuda_last_error(), text) != nullptr, "\"%s\" does not say \"%s\"", \
               rrft_cuda_last_error(), text);                                                      \
  } while (0)

// ---- Rows

void compare_rows(const Case& actual, const Case& expected) {
  for (size_t n = 0; n < expected.log_probs.size(); ++n) {
    CHECK_CLOSE(actual.log_probs[n], expected.log_probs[n], 1e-6, 3e-7);
    CHECK_CLOSE(actual.log_sum_exp[n], expected.log_sum_exp[n], 1e-6, 3e-7);
    CHECK_CLOSE(actual.entropy[n], expected.entropy[n], 3e-6, 3e-7);
  }
}

void compare_gradient(const Case& actual, bool in_place, const Case& expected) {
  const double resolution = std::fmax(relative_step(expected.shape.dtype), 4e-6);
  const Elements& gradient = in_place ? actual.logits : actual.grad_logits;
  double worst = 0;
  for (int64_t i = 0; i < expected.shape.batch; ++i)
    for (int64_t t = 0; t < expected.shape.tokens; ++t)
      for (int64_t v = expected.offset(i, t); v < expected.offset(i, t) + expected.shape.vocabulary; ++v) {
        const double want = expected.grad_logits.get(v);
        const double error = std::fabs(gradient.get(v) - want) - resolution * std::fabs(want);
        worst = std::fmax(worst, std::isnan(error) ? INFINITY : error);
      }
  CHECK_THAT(worst < 1e-6, "V=%lld dtype=%d layout=%d in place=%d: gradient error %.2g",
             static_cast<long long>(expected.shape.vocabulary), expected.shape.dtype,
             static_cast<int>(expected.shape.layout), in_place, worst);
}

void log_probs(const Shape& shape, bool in_place) {
  Case expected(shape), actual(shape);
  const rrft_log_probs_args reference = expected.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&reference));
  CHECK_OK(rrft_reference_log_probs_backward(&reference));
  rrft_log_probs_args args = actual.rows();
  CHECK_OK(rrft_on_cuda_log_probs_forward(&args));
  if (in_place) args.grad_logits = actual.logits.data();
  CHECK_OK(rrft_on_cuda_log_probs_backward(&args));
  compare_rows(actual, expected);
  compare_gradient(actual, in_place, expected);
}

// Where a row needs the others of its sequence (a ratio of the sequence), and where it does not.
void fused_policy_loss(const Shape& shape, int32_t ratio_level, bool in_place) {
  Case expected(shape);
  const rrft_log_probs_args rows = expected.rows();
  CHECK_OK(rrft_reference_log_probs_forward(&rows));
  Random random(shape.seed + 77);
  for (size_t n = 0; n < expected.log_probs.size(); ++n) {
    expected.old_log_probs[n] = expected.log_probs[n] + static_cast<float>(0.3 * random.normal());
    expected.ref_log_probs[n] = expected.log_probs[n] + static_cast<float>(0.3 * random.normal());
  }
  Case actual = expected;
  rrft_policy_loss_options wanted = options(RRFT_REDUCE_TOKEN_MEAN);
  wanted.ratio_level = ratio_level;
  const rrft_fused_policy_loss_args reference = expected.fused(wanted);
  CHECK_OK(rrft_reference_fused_policy_loss(&reference));
  rrft_fused_policy_loss_args args = actual.fused(wanted);
  if (in_place) args.rows.grad_logits = actual.logits.data();
  CHECK_OK(rrft_on_cuda_fused_policy_loss(&args));
  compare_rows(actual, expected);
  compare_gradient(actual, in_place, expected);
  CHECK_CLOSE(actual.metrics.loss, expected.metrics.loss, 2e-6, 2e-6);
  CHECK_CLOSE(actual.metrics.ratio_max, expected.metrics.ratio_max, 2e-6, 2e-6);
  CHECK(actual.metrics.token_count == expected.metrics.token_count);
}

void rows_of_every_size() {
  uint64_t seed = 0;
  for (const int64_t vocabulary : {1, 2, 7, 8, 9, 16, 33, 1000, 4099, 32003, 50257, 151936})
    for (const int32_t dtype : kLogitTypes)
      for (const Layout layout : kLayouts) {
        ++seed;
        // The largest only where memory is shared differently: its rows take a second each on the execution layer.
        if (vocabulary > 100000 &&
            (layout == Layout::kTimeMajor || (dtype != RRFT_BF16 && layout != Layout::kPaddedRows)))
          continue;
        Shape shape{2,
                    vocabulary > 10000 ? 1 : 3,
                    vocabulary,
                    dtype,
                    layout,
                    seed % 2 == 0,
                    seed % 3 == 0 ? 1.0f : 0.6f,
                    seed % 2 ? RRFT_I64 : RRFT_I32,
                    seed};
        shape.own_temperatures = seed % 5 == 0;
        log_probs(shape, seed % 4 < 2);
        fused_policy_loss(shape, seed % 3 == 0 ? RRFT_RATIO_SEQUENCE : RRFT_RATIO_TOKEN, seed % 4 >= 2);
      }
}

// Without a gradient rows are not kept anywhere, and their log-probs are the same bits; those of log_probs, too, so that a
// ratio to them is exactly 1.
void evaluation_gives_the_bits_of_training() {
  for (const int32_t dtype : kLogitTypes) {
    const Shape shape{1, 2, 70001, dtype, Layout::kDense};
    Case training(shape), evaluation(shape);
    const rrft_fused_policy_loss_args with = training.fused(options(RRFT_REDUCE_TOKEN_MEAN));
    rrft_fused_policy_loss_args without = evaluation.fused(options(RRFT_REDUCE_TOKEN_MEAN));
    without.rows.grad_logits = nullptr;
    CHECK_OK(rrft_on_cuda_fused_policy_loss(&with));
    CHECK_OK(rrft_on_cuda_fused_policy_loss(&without));
    CHECK(same_bits(training.log_probs, evaluation.log_probs) && same_bits(training.metrics, evaluation.metrics));
    Case alone(shape);
    const rrft_log_probs_args rows = alone.rows();
    CHECK_OK(rrft_on_cuda_log_probs_forward(&rows));
    CHECK(same_bits(alone.log_probs, training.log_probs) && same_bits(alone.entropy, training.entropy));
  }
}

// ---- Contents that are not looked at before the call, and come out as numbers

void ids_that_are_no_tokens(int32_t dtype) {
  constexpr int64_t kSize = 2003;
  for (const int64_t id : {int64_t{-1}, kSize, int64_t{1} << 40}) {
    Case c({1, 3, kSize, dtype}), expected = c;
    const rrft_log_probs_args reference = expected.rows();
    CHECK_OK(rrft_reference_log_probs_forward(&reference));
    c.ids64[1] = id;
    const rrft_log_probs_args args = c.rows();
    CHECK_OK(rrft_on_cuda_log_probs_forward(&args));
    CHECK_OK(rrft_on_cuda_log_probs_backward(&args));
    CHECK(std::isnan(c.log_probs[1]));
    for (const size_t n : {size_t{0}, size_t{2}}) CHECK_CLOSE(c.log_probs[n], expected.log_probs[n], 1e-6, 1e-6);
    for (int64_t v = 0; v < 3 * kSize; ++v) CHECK(std::isnan(c.grad_logits.get(v)) == (v / kSize == 1));
    const rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
    CHECK_OK(rrft_on_cuda_fused_policy_loss(&fused));
    CHECK(std::isnan(c.log_probs[1]) && std::isnan(c.metrics.loss) && c.metrics.token_count == 3);
    for (int64_t v = 0; v < 3 * kSize; ++v) CHECK(std::isnan(c.grad_logits.get(v)) == (v / kSize == 1));
  }
}

void temperatures_that_are_none() {
  for (const float temperature : {0.0f, -1.0f, kNaN}) {
    Shape shape{1, 3, 500};
    shape.own_temperatures = true;
    Case c(shape);
    c.temperatures[1] = temperature;
    const rrft_log_probs_args args = c.rows();
    CHECK_OK(rrft_on_cuda_log_probs_forward(&args));
    CHECK_THAT(std::isnan(c.log_probs[1]), "temperature %g gives log-prob %g", static_cast<double>(temperature),
               static_cast<double>(c.log_probs[1]));
    CHECK(std::isfinite(c.log_probs[0]) && std::isfinite(c.log_probs[2]));
  }
}

void infinite_rewards() {
  float rewards[6] = {1, 2, 1, kInfinity, 3, 4}, advantages[6];
  rrft_group_advantages_args args{};
  args.struct_size = sizeof args;
  args.groups = 3;
  args.group_size = 2;
  args.rewards = rewards;
  args.epsilon = 1e-4f;
  args.advantages = advantages;
  CHECK_OK(rrft_on_cuda_group_advantages(&args));
  for (int i = 0; i < 6; ++i) CHECK(std::isnan(advantages[i]) == (i == 2 || i == 3));
}

// ---- Workspaces and memory

rrft_group_advantages_args grouped(const float* rewards, float* advantages, const int64_t* ids, int64_t completions) {
  rrft_group_advantages_args args{};
  args.struct_size = sizeof args;
  args.completions = completions;
  args.group_ids = ids;
  args.rewards = rewards;
  args.advantages = advantages;
  return args;
}

void workspaces_are_checked() {
  Case c({2, 3, 10});
  const rrft_policy_loss_args loss = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
  const rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  const int64_t ids[4] = {};
  const float rewards[4] = {};
  float advantages[4] = {kGuard};
  const rrft_group_advantages_args group = grouped(rewards, advantages, ids, 4);
  alignas(256) static char memory[1 << 16];

  const auto refused = [](int64_t bytes, auto&& call) {
    CHECK_THAT(bytes > 0 && bytes <= static_cast<int64_t>(sizeof memory), "%lld bytes", static_cast<long long>(bytes));
    const std::string wanted = std::to_string(bytes) + " bytes";
    CHECK_REFUSED(RRFT_ERROR_NULL_POINTER, call(nullptr, bytes),
                  ("workspace is NULL, wanted a pointer to " + wanted).c_str());
    CHECK_REFUSED(RRFT_ERROR_VALUE, call(memory + 16, bytes), "wanted a multiple of 256 bytes");
    CHECK_REFUSED(RRFT_ERROR_SHAPE, call(memory, bytes - 1),
                  ("workspace_bytes is " + std::to_string(bytes - 1) + ", wanted at least").c_str());
  };
  refused(rrft_cuda_policy_loss_workspace(&loss),
          [&](void* workspace, int64_t bytes) { return rrft_cuda_policy_loss(&loss, workspace, bytes, nullptr, 0); });
  refused(rrft_cuda_fused_policy_loss_workspace(&fused), [&](void* workspace, int64_t bytes) {
    return rrft_cuda_fused_policy_loss(&fused, workspace, bytes, nullptr, 0);
  });
  refused(rrft_cuda_group_advantages_workspace(&group), [&](void* workspace, int64_t bytes) {
    return rrft_cuda_group_advantages(&group, workspace, bytes, nullptr, 0);
  });
  CHECK(advantages[0] == kGuard && c.log_probs[0] == kGuard);

  CHECK_REFUSED(RRFT_ERROR_NULL_POINTER, static_cast<rrft_status>(rrft_cuda_policy_loss_workspace(nullptr)),
                "rrft_cuda_policy_loss_workspace: args is NULL");
  rrft_fused_policy_loss_args bad = fused;
  bad.rows.batch = -1;
  CHECK_REFUSED(RRFT_ERROR_SHAPE, static_cast<rrft_status>(rrft_cuda_fused_policy_loss_workspace(&bad)),
                "rows.batch is -1");
  // Far apart, and never looked at.
  const rrft_group_advantages_args too_many =
      grouped(reinterpret_cast<const float*>(uintptr_t{1} << 40), reinterpret_cast<float*>(uintptr_t{2} << 40),
              reinterpret_cast<const int64_t*>(uintptr_t{3} << 40), int64_t{1} << 31);
  CHECK_REFUSED(RRFT_ERROR_SHAPE, static_cast<rrft_status>(rrft_cuda_group_advantages_workspace(&too_many)),
                "completions is 2147483648, wanted at most 2147483647 with group_ids");
}

// What kernels_cuda.h says that they depend on, and how much it is: far below 1 % of the logits.
void workspaces_are_small() {
  Case small({4, 64, 1000, RRFT_BF16}), large({16, 256, 1000, RRFT_BF16});
  rrft_policy_loss_options coupled = options(RRFT_REDUCE_TOKEN_MEAN);
  coupled.ratio_level = RRFT_RATIO_SEQUENCE;
  coupled.entropy_coefficient = 0.01f;
  for (const bool couples : {false, true}) {
    const rrft_policy_loss_options wanted = couples ? coupled : options(RRFT_REDUCE_TOKEN_MEAN);
    const rrft_fused_policy_loss_args a = small.fused(wanted), b = large.fused(wanted);
    const int64_t few = rrft_cuda_fused_policy_loss_workspace(&a), many = rrft_cuda_fused_policy_loss_workspace(&b);
    CHECK(0 < few && few < many);
    const int64_t per_row = couples ? 32 : 0;
    CHECK_THAT(many <= 16 * 180 + per_row * large.count + 7 * 256, "%lld bytes", static_cast<long long>(many));
  }
  const rrft_policy_loss_args loss = large.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
  CHECK(rrft_cuda_policy_loss_workspace(&loss) <= 16 * 176 + 2 * 256);
}

void memory_of_the_device() {
  const char text[] = "there and back";
  char back[sizeof text] = {};
  void* memory = nullptr;
  CHECK_CUDA(rrft_cuda_allocate(sizeof text, 0, &memory));
  CHECK_CUDA(rrft_cuda_write(memory, text, sizeof text, nullptr, 0));
  CHECK_CUDA(rrft_cuda_read(back, memory, sizeof text, nullptr, 0));
  CHECK(std::memcmp(back, text, sizeof text) == 0);
  CHECK_CUDA(rrft_cuda_release(memory, 0));
}

// ---- Misuse

void misuse() {
  Case c({2, 3, 10});
  rrft_log_probs_args args = c.rows();
  args.temperature = 0;
  CHECK_REFUSED(RRFT_ERROR_VALUE, rrft_cuda_log_probs_forward(&args, nullptr, 0),
                "rrft_cuda_log_probs_forward: temperature is 0");
  CHECK(rrft_cuda_log_probs_backward(nullptr, nullptr, 0) == RRFT_ERROR_NULL_POINTER);
  rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  fused.options.epsilon_low = 2;
  CHECK_REFUSED(RRFT_ERROR_VALUE, rrft_cuda_fused_policy_loss(&fused, nullptr, 0, nullptr, 0),
                "rrft_cuda_fused_policy_loss: options.epsilon_low is 2");
  args = c.rows();
  args.vocabulary = args.logits_token_stride = args.grad_logits_token_stride = int64_t{1} << 31;
  args.logits_batch_stride = args.grad_logits_batch_stride = int64_t{3} << 31;
  args.logits = reinterpret_cast<const void*>(uintptr_t{1} << 40);  // far apart, and never looked at
  args.grad_logits = reinterpret_cast<void*>(uintptr_t{2} << 40);
  CHECK_REFUSED(RRFT_ERROR_SHAPE, rrft_cuda_log_probs_forward(&args, nullptr, 0),
                "vocabulary is 2147483648, wanted at most 2147483647");
  void* memory = nullptr;
  CHECK_REFUSED(RRFT_ERROR_SHAPE, rrft_cuda_allocate(0, 0, &memory), "bytes is 0");
  CHECK_REFUSED(RRFT_ERROR_NULL_POINTER, rrft_cuda_allocate(1, 0, nullptr), "memory is NULL");
  CHECK_REFUSED(RRFT_ERROR_NULL_POINTER, rrft_cuda_read(nullptr, nullptr, 1, nullptr, 0), "is NULL");
  CHECK(rrft_cuda_version() == RRFT_VERSION);
}

void devices_that_are_none(int32_t devices) {
  Case c({2, 3, 10});
  const rrft_log_probs_args rows = c.rows();
  for (const int32_t device : {-1, devices})
    CHECK_REFUSED(RRFT_ERROR_VALUE, rrft_cuda_log_probs_forward(&rows, nullptr, device), "device is ");
}

void without_a_device() {
  Case c({2, 3, 10});
  const rrft_log_probs_args rows = c.rows();
  const rrft_policy_loss_args loss = c.policy_loss(options(RRFT_REDUCE_TOKEN_MEAN));
  const rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  alignas(256) static char memory[1 << 16];
  CHECK_REFUSED(RRFT_ERROR_UNAVAILABLE, rrft_cuda_log_probs_forward(&rows, nullptr, 0), "CUDA cannot run here");
  CHECK(rrft_cuda_log_probs_backward(&rows, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(rrft_cuda_policy_loss(&loss, memory, sizeof memory, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(rrft_cuda_fused_policy_loss(&fused, memory, sizeof memory, nullptr, 0) == RRFT_ERROR_UNAVAILABLE);
  CHECK(c.log_probs[0] == kGuard);
}

// REASONRFT_CUDA_ROWS is read once per process, so that each of its values is a run of its own.
void refused_rows() {
  Case c({2, 3, 10});
  const rrft_fused_policy_loss_args fused = c.fused(options(RRFT_REDUCE_TOKEN_MEAN));
  const rrft_status status = rrft_on_cuda_fused_policy_loss(&fused);
  CHECK(status == RRFT_ERROR_VALUE || status == RRFT_ERROR_UNAVAILABLE);
  CHECK(std::strstr(rrft_cuda_last_error(), "REASONRFT_CUDA_ROWS is ") != nullptr);
  CHECK(c.log_probs[0] == kGuard);
}

// False, and it says why, where the device has no clusters and is asked for them.
bool has_rows_path() {
  const char* const rows = std::getenv("REASONRFT_CUDA_ROWS");
  int major = 0;
  CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0) == cudaSuccess);
  if (rows == nullptr || std::strncmp(rows, "cluster", 7) != 0 || major >= 9) return true;
  std::printf("skipped: REASONRFT_CUDA_ROWS is %s, and this GPU has no clusters\n", rows);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  bool refuses = false;
  for (int i = 1; i < argc; ++i) {
    const std::string mode = argv[i];
    refuses = refuses || mode == "refused-rows";
#ifdef RRFT_SIMT
    if (mode == "ampere") simt::set_machine(simt::kAmpere);
    if (mode == "ada") simt::set_machine(simt::kAda);
#endif
  }
  misuse();
  workspaces_are_checked();
  workspaces_are_small();
  const int32_t devices = rrft_cuda_device_count();
  if (devices < 0) {
    std::printf("nothing was compared: %s\n", rrft_cuda_last_error());
    CHECK(devices == RRFT_ERROR_UNAVAILABLE);
    without_a_device();
    return report();
  }
  if (refuses) {
    refused_rows();
    return report();
  }
  if (!has_rows_path()) return kSkipped;
  devices_that_are_none(devices);
  memory_of_the_device();
  rows_of_every_size();
  evaluation_gives_the_bits_of_training();
  for (const int32_t dtype : kLogitTypes) ids_that_are_no_tokens(dtype);
  temperatures_that_are_none();
  infinite_rewards();
  return report();
}
