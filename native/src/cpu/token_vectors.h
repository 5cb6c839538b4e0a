// The tokens of a sequence as whole vectors and a padded one. Included by files that are compiled once per tier; see
// lanes.h.
#pragma once

#include "lanes.h"
#include "policy_kernels.h"

namespace rrft {
namespace {

// What one loop goes over. Steps are the elements from one vector to the next: 0 where all tokens share an entry, of
// which the array then has kDoubleWidth.
struct Vectors {
  int64_t count;
  const float* log_probs;
  const float* old_log_probs;
  const float* ref_log_probs;
  const float* sampling_log_probs;
  const float* entropy;
  const float* advantages;
  const uint8_t* mask;
  int64_t advantage_step;
  int64_t mask_step;
  const double* own;
  float* gradient;
  double* derivatives;

  RRFT_INLINE Truths counts(int64_t v) const { return load_truths(mask + v * mask_step); }
  RRFT_INLINE Doubles advantage(int64_t v) const { return load_doubles(advantages + v * advantage_step); }
  RRFT_INLINE Doubles log_prob(int64_t v) const { return load_doubles(log_probs + v * kDoubleWidth); }
  RRFT_INLINE Doubles log_ratio(int64_t v) const { return difference<true>(log_probs, old_log_probs, v); }
  RRFT_INLINE Doubles log_rho(int64_t v) const { return difference<true>(old_log_probs, sampling_log_probs, v); }
  RRFT_INLINE Doubles staleness(int64_t v) const {
    return difference<true>(sampling_log_probs != nullptr ? sampling_log_probs : old_log_probs, log_probs, v);
  }

  // 0 where the two are equal, with kInfinite also when both are infinite.
  template <bool kInfinite>
  RRFT_INLINE static Doubles difference(const float* minuend, const float* subtrahend, int64_t v) {
    const Doubles a = load_doubles(minuend + v * kDoubleWidth), b = load_doubles(subtrahend + v * kDoubleWidth);
    if (!kInfinite) return a - b;
    return a == b ? Doubles{} : a - b;
  }

  RRFT_INLINE void store(int64_t v, Doubles value) const {
    if (gradient != nullptr) store_doubles(gradient + v * kDoubleWidth, value);
    if (derivatives != nullptr) store_doubles(derivatives + v * kDoubleWidth, value);
  }
};

// Tokens that fill no vector are copied to one that is padded with tokens that do not count.
class Tokens {
 public:
  Tokens(const TokenInputs& inputs, int64_t count, const double* own, const TokenOutputs& outputs) : outputs_(outputs) {
    for (int lane = 0; lane < kDoubleWidth; ++lane) {
      all_count_[lane] = 1;
      if (!inputs.token_advantages) advantage_[lane] = count > 0 ? inputs.advantages[0] : 0.0f;
    }
    Vectors& whole = parts_[0];
    whole.count = count / kDoubleWidth;
    whole.log_probs = inputs.log_probs;
    whole.old_log_probs = inputs.old_log_probs != nullptr ? inputs.old_log_probs : inputs.log_probs;
    whole.ref_log_probs = inputs.ref_log_probs;
    whole.sampling_log_probs = inputs.sampling_log_probs;
    whole.entropy = inputs.entropy;
    whole.advantages = inputs.token_advantages ? inputs.advantages : advantage_;
    whole.advantage_step = inputs.token_advantages ? kDoubleWidth : 0;
    whole.mask = inputs.mask != nullptr ? inputs.mask : all_count_;
    whole.mask_step = inputs.mask != nullptr ? kDoubleWidth : 0;
    whole.own = own;
    whole.gradient = outputs.gradient;
    whole.derivatives = outputs.derivatives;

    first_ = whole.count * kDoubleWidth;
    rest_ = static_cast<int>(count - first_);
    Vectors& padded = parts_[1];
    padded = whole;
    padded.count = rest_ > 0 ? 1 : 0;
    if (rest_ == 0) return;
    float* to = padding_;
    const float** const arrays[] = {&padded.log_probs,          &padded.old_log_probs, &padded.ref_log_probs,
                                    &padded.sampling_log_probs, &padded.entropy,       &padded.advantages};
    for (const float** array : arrays) {
      if (*array == nullptr || *array == advantage_) continue;
      for (int lane = 0; lane < rest_; ++lane) to[lane] = (*array)[first_ + lane];
      *array = to;
      to += kDoubleWidth;
    }
    for (int lane = 0; lane < rest_; ++lane) mask_[lane] = inputs.mask != nullptr ? inputs.mask[first_ + lane] : 1;
    padded.mask = mask_;
    for (int lane = 0; own != nullptr && lane < rest_; ++lane) own_[lane] = own[first_ + lane];
    padded.own = own_;
    if (padded.gradient != nullptr) padded.gradient = gradient_;
    if (padded.derivatives != nullptr) padded.derivatives = derivatives_;
  }

  // Calls loop(vectors) for both parts.
  template <typename Loop>
  RRFT_INLINE void run(Loop&& loop) {
    for (const Vectors& part : parts_)
      if (part.count > 0) loop(part);
    for (int lane = 0; lane < rest_; ++lane) {
      if (outputs_.gradient != nullptr) outputs_.gradient[first_ + lane] = gradient_[lane];
      if (outputs_.derivatives != nullptr) outputs_.derivatives[first_ + lane] = derivatives_[lane];
    }
  }

 private:
  const TokenOutputs outputs_;
  Vectors parts_[2];
  int64_t first_;  // token of the padded vector
  int rest_;
  float advantage_[kDoubleWidth];
  uint8_t all_count_[kDoubleWidth];
  float padding_[6 * kDoubleWidth] = {};
  uint8_t mask_[kDoubleWidth] = {};
  double own_[kDoubleWidth] = {};
  float gradient_[kDoubleWidth];
  double derivatives_[kDoubleWidth];
};

}  // namespace
}  // namespace rrft
