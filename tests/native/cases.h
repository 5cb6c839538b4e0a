// Inputs of the operations: random numbers that are the same everywhere, and buffers that own what argument structs
// point to.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "reasonrft/kernels.h"

namespace rrft_test {

// Whether the operations under test run on a CUDA device, whose arrays the host's checks do not see.
#ifdef RRFT_TEST_CUDA
constexpr bool kOnDevice = true;
#else
constexpr bool kOnDevice = false;
#endif

// Whether the operations run on the execution layer for device code (simt/), where long rows take long.
#ifdef RRFT_SIMT
constexpr bool kOnExecutionLayer = true;
#else
constexpr bool kOnExecutionLayer = false;
#endif

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kGuard = -12352.0f;  // outputs before a call; every element type has this number

// SplitMix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  int64_t below(int64_t limit) { return static_cast<int64_t>(next() % static_cast<uint64_t>(limit)); }
  // Near enough to a normal distribution: the sum of four uniform numbers, standard deviation 1.
  double normal() { return (uniform() + uniform() + uniform() + uniform() - 2.0) * 1.7320508; }

 private:
  uint64_t state_;
};

inline uint16_t bf16_bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

inline float bf16_value(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// By the definition of the format, one case after another.
inline float f16_value(uint16_t half) {
  const double sign = half & 0x8000u ? -1 : 1;
  const int exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 31) return fraction != 0 ? kNaN : static_cast<float>(sign) * kInfinity;
  return static_cast<float>(sign *
                            (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25)));
}

// The nearest of all, by search over the non-negative ones, which are in order.
inline uint16_t f16_bits(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000u : 0;
  if (std::isnan(value)) return static_cast<uint16_t>(sign | 0x7e00u);
  const double magnitude = std::fabs(static_cast<double>(value));
  uint32_t low = 0, high = 0x7c00u;  // as if infinity were the next number, 65536
  const auto number = [](uint32_t half) {
    return half == 0x7c00u ? 65536.0 : static_cast<double>(f16_value(static_cast<uint16_t>(half)));
  };
  if (magnitude >= 65536) return static_cast<uint16_t>(sign | 0x7c00u);
  while (high - low > 1) {
    const uint32_t middle = (low + high) / 2;
    (number(middle) <= magnitude ? low : high) = middle;
  }
  const double below = magnitude - number(low), above = number(high) - magnitude;
  const bool up = above < below || (above == below && (low & 1u) != 0);
  return static_cast<uint16_t>(sign | (up ? high : low));
}

// An array of float32, bf16 or f16, as raw storage.
class Elements {
 public:
  Elements() = default;
  Elements(int32_t dtype, int64_t size, float value) : dtype_(dtype), bytes_(static_cast<size_t>(size) * width()) {
    for (int64_t i = 0; i < size; ++i) set(i, value);
  }
  int64_t size() const { return static_cast<int64_t>(bytes_.size() / width()); }
  size_t width() const { return dtype_ == RRFT_F32 ? 4 : 2; }
  void* data() { return bytes_.data(); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  float get(int64_t i) const {
    if (dtype_ != RRFT_F32) {
      uint16_t half;
      std::memcpy(&half, bytes_.data() + 2 * i, 2);
      return dtype_ == RRFT_BF16 ? bf16_value(half) : f16_value(half);
    }
    float value;
    std::memcpy(&value, bytes_.data() + 4 * i, 4);
    return value;
  }
  void set(int64_t i, float value) {
    const uint16_t half = dtype_ == RRFT_F16 ? f16_bits(value) : bf16_bits(value);
    std::memcpy(bytes_.data() + static_cast<size_t>(i) * width(),
                dtype_ != RRFT_F32 ? static_cast<const void*>(&half) : &value, width());
  }

 private:
  int32_t dtype_ = RRFT_F32;
  std::vector<uint8_t> bytes_;
};

enum class Layout {
  kDense,          // (B, T, V)
  kLastDropped,    // logits[:, :-1] of (B, T + 1, V)
  kPaddedRows,     // V rounded up, as padded vocabularies are
  kTimeMajor,      // (T, B, V) seen as (B, T, V)
};
constexpr Layout kLayouts[] = {Layout::kDense, Layout::kLastDropped, Layout::kPaddedRows, Layout::kTimeMajor};

struct Shape {
  int64_t batch;
  int64_t tokens;
  int64_t vocabulary;
  int32_t dtype = RRFT_F32;
  Layout layout = Layout::kDense;
  bool masked = false;
  float temperature = 1.0f;
  int32_t id_dtype = RRFT_I64;
  uint64_t seed = 1;
  float spread = 3.0f;  // standard deviation of the logits
  bool own_temperatures = false;  // one for each row, around `temperature`, which is then no temperature itself
};

// Everything that log_probs and fused_policy_loss take, and outputs filled with guards. Elements of the logits that do
// not belong to a counting row are NaN.
struct Case {
  Shape shape;
  int64_t count;
  int64_t batch_stride;
  int64_t token_stride;
  Elements logits;
  Elements grad_logits;
  std::vector<int64_t> ids64;
  std::vector<int32_t> ids32;
  std::vector<uint8_t> mask;
  std::vector<float> log_probs, log_sum_exp, entropy, grad_log_probs, grad_entropy;
  std::vector<float> old_log_probs, ref_log_probs, advantages;
  std::vector<float> temperatures;  // empty without own_temperatures; NaN in rows that do not count
  rrft_policy_metrics metrics{};

  explicit Case(const Shape& s) : shape(s), count(s.batch * s.tokens) {
    const int64_t V = s.vocabulary;
    token_stride = s.layout == Layout::kPaddedRows ? V + 13 : s.layout == Layout::kTimeMajor ? s.batch * V : V;
    batch_stride = s.layout == Layout::kTimeMajor     ? V
                   : s.layout == Layout::kLastDropped ? (s.tokens + 1) * V
                                                      : s.tokens * token_stride;
    const int64_t size = s.layout == Layout::kTimeMajor ? s.batch * s.tokens * V : s.batch * batch_stride;
    Random random(s.seed);
    logits = Elements(s.dtype, size, kNaN);
    grad_logits = Elements(s.dtype, size, kGuard);
    const size_t n = static_cast<size_t>(count);
    ids64.resize(n);
    mask.assign(n, 1);
    for (std::vector<float>* output : {&log_probs, &log_sum_exp, &entropy}) output->assign(n, kGuard);
    for (std::vector<float>* input : {&grad_log_probs, &grad_entropy, &old_log_probs, &ref_log_probs}) input->resize(n);
    for (int64_t i = 0; i < s.batch; ++i) {
      advantages.push_back(static_cast<float>(random.normal()));
      const int64_t length = s.masked ? random.below(s.tokens + 1) : s.tokens;
      for (int64_t t = 0; t < s.tokens; ++t) {
        const size_t k = static_cast<size_t>(i * s.tokens + t);
        mask[k] = t < length;
        ids64[k] = mask[k] ? random.below(V) : -1;  // padding ids need not be tokens
        if (mask[k])
          for (int64_t v = 0; v < V; ++v)
            logits.set(offset(i, t) + v, s.spread * static_cast<float>(random.normal()));
        grad_log_probs[k] = static_cast<float>(random.normal());
        grad_entropy[k] = static_cast<float>(random.normal());
        const double guess = -std::log(static_cast<double>(V)) + random.normal();
        old_log_probs[k] = static_cast<float>(guess);
        ref_log_probs[k] = static_cast<float>(guess + 0.5 * random.normal());
      }
    }
    for (size_t k = 0; s.own_temperatures && k < n; ++k)
      temperatures.push_back(mask[k] ? s.temperature * static_cast<float>(0.5 + random.uniform()) : kNaN);
    ids32.assign(ids64.begin(), ids64.end());
  }

  int64_t offset(int64_t sequence, int64_t token) const { return sequence * batch_stride + token * token_stride; }

  rrft_log_probs_args rows(int32_t threads = 1) {
    rrft_log_probs_args args{};
    args.struct_size = sizeof args;
    args.batch = shape.batch;
    args.tokens = shape.tokens;
    args.vocabulary = shape.vocabulary;
    args.logits = logits.data();
    args.logits_dtype = shape.dtype;
    args.token_ids_dtype = shape.id_dtype;
    args.logits_batch_stride = batch_stride;
    args.logits_token_stride = token_stride;
    args.token_ids = shape.id_dtype == RRFT_I64 ? static_cast<const void*>(ids64.data()) : ids32.data();
    args.token_ids_batch_stride = shape.tokens;
    args.mask = shape.masked ? mask.data() : nullptr;
    args.temperature = shape.own_temperatures ? -1.0f : shape.temperature;
    args.temperatures = shape.own_temperatures ? temperatures.data() : nullptr;
    args.threads = threads;
    args.log_probs = log_probs.data();
    args.log_sum_exp = log_sum_exp.data();
    args.entropy = entropy.data();
    args.grad_log_probs = grad_log_probs.data();
    args.grad_entropy = grad_entropy.data();
    args.grad_logits = grad_logits.data();
    args.grad_logits_batch_stride = batch_stride;
    args.grad_logits_token_stride = token_stride;
    return args;
  }

  rrft_fused_policy_loss_args fused(const rrft_policy_loss_options& options, int32_t threads = 1) {
    rrft_fused_policy_loss_args args{};
    args.struct_size = sizeof args;
    args.rows = rows(threads);
    args.rows.grad_log_probs = nullptr;
    args.rows.grad_entropy = nullptr;
    args.old_log_probs = old_log_probs.data();
    args.ref_log_probs = ref_log_probs.data();
    args.advantages = advantages.data();
    args.options = options;
    args.metrics = &metrics;
    return args;
  }

  rrft_policy_loss_args policy_loss(const rrft_policy_loss_options& options, int32_t threads = 1) {
    rrft_policy_loss_args args{};
    args.struct_size = sizeof args;
    args.batch = shape.batch;
    args.tokens = shape.tokens;
    args.log_probs = log_probs.data();
    args.old_log_probs = old_log_probs.data();
    args.ref_log_probs = ref_log_probs.data();
    args.advantages = advantages.data();
    args.mask = shape.masked ? mask.data() : nullptr;
    args.options = options;
    args.grad_log_probs = grad_log_probs.data();
    args.metrics = &metrics;
    args.threads = threads;
    return args;
  }
};

inline rrft_policy_loss_options options(int32_t reduction, float kl_coefficient = 0.04f, double normalizer = 0) {
  rrft_policy_loss_options result{};
  result.epsilon_low = 0.2f;
  result.epsilon_high = 0.28f;
  result.kl_coefficient = kl_coefficient;
  result.reduction = reduction;
  result.normalizer = reduction == RRFT_REDUCE_FIXED_LENGTH && normalizer == 0 ? 64.0 : normalizer;
  return result;
}

constexpr int32_t kLogitTypes[] = {RRFT_F32, RRFT_BF16, RRFT_F16};

// Relative distance of neighbouring numbers, and the smallest distance of all.
inline double relative_step(int32_t dtype) {
  return dtype == RRFT_BF16 ? 0x1p-7 : dtype == RRFT_F16 ? 0x1p-10 : 0x1p-23;
}
inline double absolute_step(int32_t dtype) { return dtype == RRFT_F16 ? 0x1p-24 : 0; }

constexpr int64_t kVocabularies[] = {
    1,       // nothing to choose: log-prob 0
    2, 3,    // shorter than a vector of any tier
    7, 8,    // around a vector pair of the baseline
    15, 16, 17,  // around a pair of v3
    31, 33,  // around a pair of v4
    1000,    // all loops within one block
    32003,   // several blocks and a ragged last one
#ifndef RRFT_SIMT  // cuda_test.cpp has some of these there
    151936,  // Qwen2-VL
#endif
};

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

inline bool same_bits(const rrft_policy_metrics& a, const rrft_policy_metrics& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;  // 8-byte fields, no padding
}

}  // namespace rrft_test
