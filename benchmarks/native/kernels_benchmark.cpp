// log_probs and fused_policy_loss on logits that no cache holds, beside what the memory can do at the same time; and
// policy_loss and group_advantages on the arrays of a batch, which caches do hold, beside copying as many bytes.
//
// Each round runs every subject once, so that a busy neighbour or a change of clock meets all of them; the table gives
// medians over the rounds and, per subject, the median of its ratio to the probe of the same round. Probes:
//   read   every byte of the tensor loaded once, by as many threads, nothing computed but a sum
//   copy   memcpy of the tensor into another, by as many threads, each a contiguous share
// The bytes of a subject are those that have to move: the logits in, the gradient out. What caches hold is called many
// times a round, and times are those of one call.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "cpu/thread_pool.h"
#include "element.h"
#include "reasonrft/kernels.h"

namespace {

struct Sizes {
  int64_t rows = 256;
  int64_t vocabulary = 151936;
  int64_t sequences = 64;
  int64_t tokens = 1024;
  int64_t groups = 4096;
  int64_t group_size = 8;
  int32_t threads = 0;
  int32_t rounds = 21;
};

constexpr int64_t kPiece = 1 << 20;  // bytes of a piece of a probe's work
constexpr int64_t kAhead = 8192;     // bytes

// Four vectors of 64 bytes in flight, whatever the registers, and lines asked for well before they are needed.
#if defined(__x86_64__) && defined(__gnu_linux__)
__attribute__((target_clones("default", "avx2", "avx512f")))
#endif
uint64_t
sum_of(const uint8_t* from, int64_t bytes) {
  typedef uint64_t Words __attribute__((vector_size(64), aligned(1), may_alias));
  Words sums[4] = {};
  int64_t i = 0;
  for (; i + 256 <= bytes; i += 256) {
    for (int k = 0; k < 4; ++k) {
      __builtin_prefetch(from + i + kAhead + 64 * k);
      sums[k] += *reinterpret_cast<const Words*>(from + i + 64 * k);
    }
  }
  const Words all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  uint64_t result = 0;
  for (int lane = 0; lane < 8; ++lane) result += all[lane];
  for (; i < bytes; ++i) result += from[i];
  return result;
}

void read_all(const std::vector<uint8_t>& from, int32_t threads) {
  const int64_t bytes = static_cast<int64_t>(from.size());
  std::atomic<uint64_t> sum{0};
  rrft::parallel_for((bytes + kPiece - 1) / kPiece, 1, threads, [&](int64_t piece) {
    sum += sum_of(from.data() + piece * kPiece, std::min(kPiece, bytes - piece * kPiece));
  });
  if (sum == 1) std::printf(" ");  // so that the sum is wanted
}

void copy_all(const std::vector<uint8_t>& from, std::vector<uint8_t>& to, int32_t threads) {
  const size_t share = (from.size() + static_cast<size_t>(threads) - 1) / static_cast<size_t>(threads);
  rrft::parallel_for(threads, 1, threads, [&](int64_t k) {
    const size_t begin = std::min(from.size(), static_cast<size_t>(k) * share);
    std::memcpy(to.data() + begin, from.data() + begin, std::min(share, from.size() - begin));
  });
}

struct Subject {
  std::string name;
  const char* dtype;
  const char* probe;  // the subject it is measured against
  double bytes;
  std::function<void()> run;
  std::vector<double> seconds;
  int64_t rows = 0;
  int64_t columns = 0;
  int calls = 1;  // a round
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void require(rrft_status status) {
  if (status == RRFT_OK) return;
  std::fprintf(stderr, "%s\n", rrft_last_error());
  std::exit(1);
}

// The tensors of one element type and the subjects that use them.
class Tensors {
 public:
  Tensors(const Sizes& sizes, int32_t dtype, const char* name)
      : sizes_(sizes), dtype_(dtype), name_(name), width_(dtype == RRFT_F32 ? 4 : 2) {
    const size_t elements = static_cast<size_t>(sizes.rows * sizes.vocabulary);
    logits_.resize(elements * width_);
    gradient_.resize(elements * width_);
    uint64_t state = 1;
    for (size_t i = 0; i < elements; ++i) {
      // Three uniform numbers of 21 bits make a bell of standard deviation 3.
      state = state * 6364136223846793005u + 1442695040888963407u;
      const uint64_t bits = state ^ (state >> 29);
      const double sum = static_cast<double>(bits & 0x1fffff) + static_cast<double>((bits >> 21) & 0x1fffff) +
                         static_cast<double>((bits >> 42) & 0x1fffff);
      rrft::set_logit(logits_.data(), dtype, static_cast<int64_t>(i),
                      static_cast<float>((sum / 2097152.0 - 1.5) * 6.0));
    }
    const size_t rows = static_cast<size_t>(sizes.rows);
    for (size_t n = 0; n < rows; ++n) ids_.push_back(static_cast<int64_t>(n * 7919) % sizes.vocabulary);
    for (std::vector<float>* output : {&log_probs_, &entropy_}) output->resize(rows);
    old_log_probs_.assign(rows, -12.0f);
    advantages_.assign(1, 0.5f);
    grad_log_probs_.assign(rows, 0.25f);
  }

  void add_to(std::vector<Subject>& subjects) {
    const double bytes = static_cast<double>(logits_.size());
    subjects.push_back({"read", name_, "read", bytes, [this] { read_all(logits_, sizes_.threads); }, {}});
    subjects.push_back({"log_probs_forward",
                        name_,
                        "read",
                        bytes,
                        [this] {
                          const rrft_log_probs_args args = rows();
                          require(rrft_cpu_log_probs_forward(&args));
                        },
                        {}});
    subjects.push_back(
        {"copy", name_, "copy", 2 * bytes, [this] { copy_all(logits_, gradient_, sizes_.threads); }, {}});
    subjects.push_back({"log_probs_backward",
                        name_,
                        "copy",
                        2 * bytes,
                        [this] {
                          rrft_log_probs_args args = rows();
                          args.grad_log_probs = grad_log_probs_.data();
                          args.grad_logits = gradient_.data();
                          require(rrft_cpu_log_probs_backward(&args));
                        },
                        {}});
    subjects.push_back({"fused_policy_loss", name_, "copy", 2 * bytes, [this] { fused(gradient_.data()); }, {}});
    // Leaves gradients where the logits were: last, and on the copy.
    subjects.push_back({"fused_policy_loss_in_place",
                        name_,
                        "copy",
                        2 * bytes,
                        [this] {
                          rrft_fused_policy_loss_args args = fused_arguments(gradient_.data());
                          args.rows.logits = gradient_.data();
                          require(rrft_cpu_fused_policy_loss(&args));
                        },
                        {}});
  }

 private:
  rrft_log_probs_args rows() {
    rrft_log_probs_args args{};
    args.struct_size = sizeof args;
    args.batch = 1;
    args.tokens = sizes_.rows;
    args.vocabulary = sizes_.vocabulary;
    args.logits = logits_.data();
    args.logits_dtype = dtype_;
    args.token_ids_dtype = RRFT_I64;
    args.logits_batch_stride = args.grad_logits_batch_stride = sizes_.rows * sizes_.vocabulary;
    args.logits_token_stride = args.grad_logits_token_stride = sizes_.vocabulary;
    args.token_ids = ids_.data();
    args.token_ids_batch_stride = sizes_.rows;
    args.temperature = 0.9f;
    args.threads = sizes_.threads;
    args.log_probs = log_probs_.data();
    args.entropy = entropy_.data();
    return args;
  }

  rrft_fused_policy_loss_args fused_arguments(void* gradient) {
    rrft_fused_policy_loss_args args{};
    args.struct_size = sizeof args;
    args.rows = rows();
    args.rows.grad_logits = gradient;
    args.old_log_probs = old_log_probs_.data();
    args.advantages = advantages_.data();
    args.options.epsilon_low = args.options.epsilon_high = 0.2f;
    args.options.reduction = RRFT_REDUCE_TOKEN_MEAN;
    args.metrics = &metrics_;
    return args;
  }

  void fused(void* gradient) {
    const rrft_fused_policy_loss_args args = fused_arguments(gradient);
    require(rrft_cpu_fused_policy_loss(&args));
  }

  const Sizes sizes_;
  const int32_t dtype_;
  const char* const name_;
  const size_t width_;
  std::vector<uint8_t> logits_, gradient_;
  std::vector<int64_t> ids_;
  std::vector<float> log_probs_, entropy_, old_log_probs_, advantages_, grad_log_probs_;
  rrft_policy_metrics metrics_{};
};

// The arrays of a batch that policy_loss and group_advantages work on.
class Batch {
 public:
  explicit Batch(const Sizes& sizes) : sizes_(sizes) {
    const size_t tokens = static_cast<size_t>(sizes.sequences * sizes.tokens);
    for (size_t n = 0; n < tokens; ++n) {
      const float at = static_cast<float>(n);
      log_probs_.push_back(-1.0f - std::fabs(std::sin(at)));
      old_log_probs_.push_back(log_probs_[n] + 0.2f * std::sin(7.0f * at));
      ref_log_probs_.push_back(log_probs_[n] + 0.1f * std::cos(5.0f * at));
    }
    for (int64_t i = 0; i < sizes.sequences; ++i) advantages_.push_back(std::sin(static_cast<float>(i)));
    gradient_.resize(tokens);
    const size_t completions = static_cast<size_t>(sizes.groups * sizes.group_size);
    for (size_t n = 0; n < completions; ++n) rewards_.push_back(static_cast<float>(n * 7919 % 3));
    reward_advantages_.resize(completions);
    group_mean_.resize(static_cast<size_t>(sizes.groups));
    group_std_.resize(static_cast<size_t>(sizes.groups));
    for (std::vector<uint8_t>* copy : {&from_, &to_}) copy->resize(8 * std::max(tokens, completions));
  }

  void add_to(std::vector<Subject>& subjects) {
    constexpr int kCalls = 50;
    const auto add = [&](const char* name, const char* probe, int64_t rows, int64_t columns, int64_t bytes_each,
                         const std::function<void()>& run) {
      subjects.push_back(
          {name, "f32", probe, static_cast<double>(rows * columns * bytes_each), run, {}, rows, columns, kCalls});
    };
    add("copy_tokens", "copy_tokens", sizes_.sequences, sizes_.tokens, 16, [this] { copy(8 * log_probs_.size()); });
    add("policy_loss", "copy_tokens", sizes_.sequences, sizes_.tokens, 16, [this] { policy_loss(); });
    add("copy_rewards", "copy_rewards", sizes_.groups, sizes_.group_size, 8, [this] { copy(4 * rewards_.size()); });
    add("group_advantages", "copy_rewards", sizes_.groups, sizes_.group_size, 8, [this] { group_advantages(); });
  }

 private:
  void copy(size_t bytes) {
    const size_t share = (bytes + static_cast<size_t>(sizes_.threads) - 1) / static_cast<size_t>(sizes_.threads);
    rrft::parallel_for(sizes_.threads, 1, sizes_.threads, [&](int64_t k) {
      const size_t begin = std::min(bytes, static_cast<size_t>(k) * share);
      std::memcpy(to_.data() + begin, from_.data() + begin, std::min(share, bytes - begin));
    });
  }

  // Clipped, with the k3 estimate, metrics and gradient.
  void policy_loss() {
    rrft_policy_loss_args args{};
    args.struct_size = sizeof args;
    args.batch = sizes_.sequences;
    args.tokens = sizes_.tokens;
    args.log_probs = log_probs_.data();
    args.old_log_probs = old_log_probs_.data();
    args.ref_log_probs = ref_log_probs_.data();
    args.advantages = advantages_.data();
    args.options.epsilon_low = args.options.epsilon_high = 0.2f;
    args.options.kl_coefficient = 0.04f;
    args.grad_log_probs = gradient_.data();
    args.metrics = &metrics_;
    args.threads = sizes_.threads;
    require(rrft_cpu_policy_loss(&args));
  }

  // GRPO.
  void group_advantages() {
    rrft_group_advantages_args args{};
    args.struct_size = sizeof args;
    args.groups = sizes_.groups;
    args.group_size = sizes_.group_size;
    args.rewards = rewards_.data();
    args.epsilon = 1e-4f;
    args.advantages = reward_advantages_.data();
    args.group_mean = group_mean_.data();
    args.group_std = group_std_.data();
    args.zero_spread_fraction = &zero_spread_fraction_;
    args.threads = sizes_.threads;
    require(rrft_cpu_group_advantages(&args));
  }

  const Sizes sizes_;
  std::vector<float> log_probs_, old_log_probs_, ref_log_probs_, advantages_, gradient_;
  std::vector<float> rewards_, reward_advantages_, group_mean_, group_std_;
  std::vector<uint8_t> from_, to_;
  double zero_spread_fraction_ = 0;
  rrft_policy_metrics metrics_{};
};

int64_t number(const char* option, const char* text, int64_t maximum) {
  char* end = nullptr;
  const long long value = text != nullptr ? std::strtoll(text, &end, 10) : 0;
  if (text == nullptr || *end != '\0' || value < 1 || value > maximum) {
    std::fprintf(stderr, "%s is %s, wanted 1 to %lld\n", option, text != nullptr ? text : "missing",
                 static_cast<long long>(maximum));
    std::exit(2);
  }
  return value;
}

Sizes parse(int count, char** arguments) {
  Sizes sizes;
  int64_t threads = 0, rounds = sizes.rounds;
  const struct {
    const char* name;
    int64_t* value;
    int64_t maximum;
  } options[] = {{"--rows", &sizes.rows, 1 << 20},
                 {"--vocabulary", &sizes.vocabulary, 1 << 24},
                 {"--sequences", &sizes.sequences, 1 << 20},
                 {"--tokens", &sizes.tokens, 1 << 20},
                 {"--groups", &sizes.groups, 1 << 20},
                 {"--group-size", &sizes.group_size, 1 << 20},
                 {"--threads", &threads, 1024},
                 {"--rounds", &rounds, 10000}};
  for (int i = 1; i < count; i += 2) {
    bool known = false;
    for (const auto& option : options) {
      if (std::strcmp(arguments[i], option.name) != 0) continue;
      *option.value = number(option.name, i + 1 < count ? arguments[i + 1] : nullptr, option.maximum);
      known = true;
    }
    if (known) continue;
    std::fprintf(stderr, "usage: kernels_benchmark");
    for (const auto& option : options)
      std::fprintf(stderr, " [%s %lld]", option.name, static_cast<long long>(*option.value));
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  sizes.threads = threads == 0 ? rrft_default_threads() : static_cast<int32_t>(threads);
  sizes.rounds = static_cast<int32_t>(rounds);
  return sizes;
}

}  // namespace

int main(int count, char** arguments) {
  const Sizes sizes = parse(count, arguments);
  Tensors f32(sizes, RRFT_F32, "f32");
  Tensors bf16(sizes, RRFT_BF16, "bf16");
  Tensors f16(sizes, RRFT_F16, "f16");
  std::vector<Subject> subjects;
  f32.add_to(subjects);
  bf16.add_to(subjects);
  f16.add_to(subjects);
  for (Subject& subject : subjects) subject.rows = sizes.rows, subject.columns = sizes.vocabulary;
  Batch batch(sizes);
  batch.add_to(subjects);
  for (int32_t round = -2; round < sizes.rounds; ++round) {  // two rounds to warm up
    for (Subject& subject : subjects) {
      const auto begin = std::chrono::steady_clock::now();
      for (int call = 0; call < subject.calls; ++call) subject.run();
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      if (round >= 0) subject.seconds.push_back(elapsed.count() / subject.calls);
    }
  }
  std::printf(
      "operation,dtype,rows,columns,threads,tier,median_ms,least_ms,gigabytes_per_second,probe,fraction_of_probe\n");
  for (const Subject& subject : subjects) {
    const auto probe = std::find_if(subjects.begin(), subjects.end(), [&](const Subject& other) {
      return other.name == subject.probe && other.dtype == subject.dtype;
    });
    std::vector<double> ratios;
    for (size_t round = 0; round < subject.seconds.size(); ++round)
      ratios.push_back(probe->seconds[round] / subject.seconds[round]);
    std::printf("%s,%s,%lld,%lld,%d,%s,%.4f,%.4f,%.2f,%s,%.3f\n", subject.name.c_str(), subject.dtype,
                static_cast<long long>(subject.rows), static_cast<long long>(subject.columns), sizes.threads,
                rrft_cpu_tier(), 1e3 * median(subject.seconds),
                1e3 * *std::min_element(subject.seconds.begin(), subject.seconds.end()),
                1e-9 * subject.bytes / median(subject.seconds), subject.probe, median(ratios));
  }
  return 0;
}
