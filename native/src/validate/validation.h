// What the checks of all operations are made of.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

#include "../element.h"
#include "../status.h"
#include "../validate.h"

namespace rrft::validation {

inline constexpr int32_t kMaximumThreads = 1024;

inline constexpr const char* kTemperatureWanted = "a finite number, at least 1.18e-38";

// The reciprocal of a subnormal number overflows.
inline bool is_temperature(float value) { return value >= std::numeric_limits<float>::min() && std::isfinite(value); }

// Arrays, for their addresses to be the same in every file: overlap() recognises the two by address.
inline constexpr char kLogits[] = "logits";
inline constexpr char kGradLogits[] = "grad_logits";

enum class Access { kInput, kOutput };
enum class Presence { kRequired, kOptional };

struct Layout {
  int64_t batch;
  int64_t tokens;
  int64_t row;  // contiguous elements
  int64_t batch_stride;
  int64_t token_stride;
};

// Collects the first failure of a list of checks, so that the checks of an operation read as a list.
class Validation {
 public:
  Validation(const char* operation, const char* prefix = "") : operation_(operation), prefix_(prefix) {}

  rrft_status status() const { return status_; }
  bool ok() const { return status_ == RRFT_OK; }
  void prefix(const char* prefix) { prefix_ = prefix; }

  template <typename Args>
  void args(const Args* args) {
    if (!ok()) return;
    if (args == nullptr) {
      status_ = fail(RRFT_ERROR_NULL_POINTER, operation_, "args is NULL, wanted a pointer to an argument struct");
    } else {
      struct_size(args->struct_size, sizeof(Args));
    }
  }

  void struct_size(size_t value, size_t wanted) {
    if (!ok() || value == wanted) return;
    status_ = fail(RRFT_ERROR_STRUCT_SIZE, operation_,
                   "%sstruct_size is %zu, wanted %zu: caller and library were built from different headers", prefix_,
                   value, wanted);
  }

  void size(const char* name, int64_t value, int64_t minimum) {
    if (!ok() || value >= minimum) return;
    status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s is %lld, wanted at least %lld", prefix_, name,
                   static_cast<long long>(value), static_cast<long long>(minimum));
  }

  // Elements of a dense (rows, columns) array of 8-byte elements have to be addressable.
  void product(const char* names, int64_t rows, int64_t columns) {
    int64_t bytes;
    if (!ok() || !(__builtin_mul_overflow(rows, columns, &bytes) || __builtin_mul_overflow(bytes, int64_t{8}, &bytes)))
      return;
    status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s is %lld * %lld, wanted a product whose bytes fit 64 bits",
                   prefix_, names, static_cast<long long>(rows), static_cast<long long>(columns));
  }

  void dtype(const char* name, int32_t value, std::initializer_list<int32_t> known, const char* wanted) {
    if (!ok() || std::find(known.begin(), known.end(), value) != known.end()) return;
    status_ = fail(RRFT_ERROR_DTYPE, operation_, "%s%s is %d, wanted %s", prefix_, name, value, wanted);
  }

  void option(const char* name, double value, bool valid, const char* wanted) {
    if (!ok() || valid) return;
    status_ = fail(RRFT_ERROR_VALUE, operation_, "%s%s is %.9g, wanted %s", prefix_, name, value, wanted);
  }

  void absent(const char* name, const void* pointer, const char* reason) {
    if (!ok() || pointer == nullptr) return;
    status_ = fail(RRFT_ERROR_VALUE, operation_, "%s%s is not NULL, wanted NULL: %s", prefix_, name, reason);
  }

  void threads(int32_t value) {
    option("threads", value, value >= 0 && value <= kMaximumThreads, "0 (the default) to 1024");
  }

  // A dense array of `elements`. A pointer to an array without elements may be NULL.
  void dense(const char* name, const void* pointer, Presence presence, Access access, int64_t elements,
             int64_t element_bytes) {
    if (ok()) span(name, pointer, presence, access, elements * element_bytes, element_bytes);
  }

  void metrics(const rrft_policy_metrics* pointer) {
    if (ok())
      span("metrics", pointer, Presence::kRequired, Access::kOutput, sizeof *pointer, alignof(rrft_policy_metrics));
  }

  // Rows of contiguous elements at two strides, in any order of the two, that must not overlap one another.
  void strided(const char* name, const void* pointer, Presence presence, Access access, const Layout& layout,
               int64_t element_bytes, const char* batch_stride_name, const char* token_stride_name) {
    if (!ok()) return;
    if (layout.batch == 0 || layout.tokens == 0 || (pointer == nullptr && presence == Presence::kOptional)) return;
    const bool batch_outside = layout.batch_stride >= layout.token_stride || layout.tokens == 1;
    const int64_t inner_count = batch_outside ? layout.tokens : layout.batch;
    const int64_t outer_count = batch_outside ? layout.batch : layout.tokens;
    const int64_t inner_stride = batch_outside ? layout.token_stride : layout.batch_stride;
    const int64_t outer_stride = batch_outside ? layout.batch_stride : layout.token_stride;
    const char* inner_name = batch_outside ? token_stride_name : batch_stride_name;
    const char* outer_name = batch_outside ? batch_stride_name : token_stride_name;

    int64_t extent = layout.row;
    if (!extend(inner_name, inner_stride, inner_count, &extent)) return;
    if (!extend(outer_name, outer_stride, outer_count, &extent)) return;
    int64_t bytes;
    if (__builtin_mul_overflow(extent, element_bytes, &bytes)) {
      status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s spans %lld elements, wanted a span whose bytes fit 64 bits",
                     prefix_, name, static_cast<long long>(extent));
      return;
    }
    span(name, pointer, presence, access, bytes, element_bytes);
  }

  // grad_logits may be logits itself: the same address and, as the caller has checked, the same strides.
  void allow_in_place() { in_place_ = true; }

  void no_overlap() {
    for (int i = 0; i < span_count_ && ok(); ++i) {
      for (int j = i + 1; j < span_count_ && ok(); ++j) overlap(spans_[i], spans_[j]);
    }
  }

 private:
  struct Span {
    const char* prefix;
    const char* name;
    uintptr_t begin;
    uintptr_t end;
    Access access;
  };

  // Adds `count` steps of `stride` to an extent; a step has to leave the extent so far.
  bool extend(const char* name, int64_t stride, int64_t count, int64_t* extent) {
    if (count <= 1) return true;
    if (stride < *extent) {
      status_ = fail(RRFT_ERROR_STRIDE, operation_, "%s%s is %lld, wanted at least %lld so that rows do not overlap",
                     prefix_, name, static_cast<long long>(stride), static_cast<long long>(*extent));
      return false;
    }
    int64_t steps;
    if (__builtin_mul_overflow(stride, count - 1, &steps) || __builtin_add_overflow(*extent, steps, extent)) {
      status_ = fail(RRFT_ERROR_SHAPE, operation_, "%s%s is %lld, wanted a stride that fits 64 bits over %lld steps",
                     prefix_, name, static_cast<long long>(stride), static_cast<long long>(count - 1));
      return false;
    }
    return true;
  }

  void span(const char* name, const void* pointer, Presence presence, Access access, int64_t bytes, int64_t alignment) {
    if (bytes == 0) return;
    if (pointer == nullptr) {
      if (presence == Presence::kRequired)
        status_ = fail(RRFT_ERROR_NULL_POINTER, operation_, "%s%s is NULL, wanted a pointer to %lld bytes", prefix_,
                       name, static_cast<long long>(bytes));
      return;
    }
    const uintptr_t begin = reinterpret_cast<uintptr_t>(pointer);
    if (begin % static_cast<uintptr_t>(alignment) != 0) {
      status_ = fail(RRFT_ERROR_VALUE, operation_, "%s%s is at address 0x%llx, wanted a multiple of %lld bytes",
                     prefix_, name, static_cast<unsigned long long>(begin), static_cast<long long>(alignment));
      return;
    }
    spans_[span_count_++] = {prefix_, name, begin, begin + static_cast<uintptr_t>(bytes), access};
  }

  void overlap(const Span& a, const Span& b) {
    if (a.access == Access::kInput && b.access == Access::kInput) return;
    if (a.end <= b.begin || b.end <= a.begin) return;
    const bool gradient_of_input = a.name == kLogits && b.name == kGradLogits;
    if (gradient_of_input && in_place_ && a.begin == b.begin && a.end == b.end) return;
    status_ = fail(RRFT_ERROR_OVERLAP, operation_, "%s%s [0x%llx, 0x%llx) and %s%s [0x%llx, 0x%llx) overlap, wanted %s",
                   a.prefix, a.name, static_cast<unsigned long long>(a.begin), static_cast<unsigned long long>(a.end),
                   b.prefix, b.name, static_cast<unsigned long long>(b.begin), static_cast<unsigned long long>(b.end),
                   gradient_of_input ? "separate buffers or the same one with the same strides" : "separate buffers");
  }

  const char* operation_;
  const char* prefix_;
  bool in_place_ = false;
  rrft_status status_ = RRFT_OK;
  Span spans_[20] = {};
  int span_count_ = 0;
};

inline bool finite_at_least(double value, double minimum) { return value >= minimum && std::isfinite(value); }

// The part of log_probs that forward, backward and the fused loss share.
void check_rows(Validation& check, const rrft_log_probs_args& rows);
void check_row_outputs(Validation& check, const rrft_log_probs_args& rows);
void check_grad_logits(Validation& check, const rrft_log_probs_args& rows, Presence presence);

}  // namespace rrft::validation
