// Checks that count failures and go on, so that one run shows all of them.
#pragma once

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "reasonrft/kernels.h"
#ifdef RRFT_TEST_CUDA
#include "reasonrft/kernels_cuda.h"
#endif

namespace rrft_test {

inline int failures = 0;
inline int checks = 0;

[[gnu::format(printf, 4, 5)]] inline void check(bool condition, const char* file, int line, const char* format, ...) {
  ++checks;
  if (condition) return;
  if (++failures > 40) return;  // enough to see what is wrong
  std::printf("%s:%d: ", file, line);
  va_list values;
  va_start(values, format);
  std::vprintf(format, values);
  va_end(values);
  std::printf("\n");
}

// Equal NaNs and infinities are close.
inline bool close(double actual, double expected, double absolute, double relative) {
  if (std::isnan(expected)) return std::isnan(actual);
  if (std::isinf(expected)) return actual == expected;
  return std::fabs(actual - expected) <= absolute + relative * std::fabs(expected);
}

constexpr int kSkipped = 77;  // what ctest takes as "not run"

// First line of main: tests run once per tier of the CPU backend, and on CUDA, which this machine may lack.
inline bool backend_runs_here() {
#ifdef RRFT_TEST_CUDA
  const int32_t devices = rrft_cuda_device_count();
  if (devices < 0) std::printf("skipped: %s\n", rrft_cuda_last_error());
  return devices > 0;
#else
  std::printf("CPU tier: %s\n", rrft_cpu_tier());
  if (std::strcmp(rrft_cpu_tier(), "unavailable") != 0) return true;
  std::printf("skipped: this processor does not have the tier that REASONRFT_CPU_TIER names\n");
  return false;
#endif
}

// Last line of main.
inline int report() {
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace rrft_test

#define CHECK(condition) rrft_test::check((condition), __FILE__, __LINE__, "%s is false", #condition)
#define CHECK_THAT(condition, ...) rrft_test::check((condition), __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_OK(call)                                                                                           \
  do {                                                                                                           \
    const rrft_status status_of_call = (call);                                                                   \
    rrft_test::check(status_of_call == RRFT_OK, __FILE__, __LINE__, "%s: status %d, %s", #call, status_of_call, \
                     rrft_last_error());                                                                         \
  } while (0)
#define CHECK_CLOSE(actual, expected, absolute, relative)                                                           \
  rrft_test::check(rrft_test::close((actual), (expected), (absolute), (relative)), __FILE__, __LINE__,              \
                   "%s is %.9g, wanted %.9g", #actual, static_cast<double>(actual), static_cast<double>(expected))
