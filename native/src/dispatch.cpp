#include "dispatch.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cpu/thread_pool.h"
#include "status.h"

#if defined(RRFT_TIER_X86_64_V3) || defined(RRFT_TIER_X86_64_V4)
#include <cpuid.h>
#endif

namespace rrft {

extern const RowKernels row_kernels_baseline;
#ifdef RRFT_TIER_X86_64_V3
extern const RowKernels row_kernels_x86_64_v3;
#endif
#ifdef RRFT_TIER_X86_64_V4
extern const RowKernels row_kernels_x86_64_v4;
#endif

namespace {

#if defined(RRFT_TIER_X86_64_V3) || defined(RRFT_TIER_X86_64_V4)

// Every feature that -march=x86-64-v3 lets the compiler use. __builtin_cpu_supports also asks whether the operating
// system saves the wide registers; the last three features have no name that all supported compilers know.
bool has_x86_64_v3() {
  unsigned a, b, c, d, extended_c;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || __get_cpuid(0x80000001u, &a, &b, &extended_c, &d) == 0) return false;
  const bool movbe = (c & (1u << 22)) != 0;
  const bool f16c = (c & (1u << 29)) != 0;
  const bool lzcnt = (extended_c & (1u << 5)) != 0;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") && movbe && f16c && lzcnt;
}

bool has_x86_64_v4() {
  return has_x86_64_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

#endif

bool has_baseline() { return true; }

struct Tier {
  const RowKernels* kernels;
  bool (*runs_here)();
};

// Best first.
constexpr Tier kTiers[] = {
#ifdef RRFT_TIER_X86_64_V4
    {&row_kernels_x86_64_v4, has_x86_64_v4},
#endif
#ifdef RRFT_TIER_X86_64_V3
    {&row_kernels_x86_64_v3, has_x86_64_v3},
#endif
    {&row_kernels_baseline, has_baseline},
};

struct Selection {
  char wanted[32];  // REASONRFT_CPU_TIER, "" when not set
  const RowKernels* kernels = nullptr;
  bool known = false;

  Selection() : wanted() {
    const char* value = std::getenv("REASONRFT_CPU_TIER");
    if (value != nullptr) std::snprintf(wanted, sizeof wanted, "%s", value);
    for (const Tier& tier : kTiers) {
      if (value != nullptr && std::strcmp(value, tier.kernels->tier) != 0) continue;
      known = true;
      if (tier.runs_here()) {
        kernels = tier.kernels;
        return;
      }
    }
  }
};

const Selection& selection() {
  static const Selection instance;
  return instance;
}

}  // namespace

const RowKernels* row_kernels() noexcept { return selection().kernels; }

rrft_status cpu_backend(const char* operation, int32_t threads_argument, const RowKernels** kernels, int32_t* threads) {
  const Selection& chosen = selection();
  if (chosen.kernels == nullptr) {
    if (chosen.known)
      return fail(RRFT_ERROR_UNAVAILABLE, operation, "REASONRFT_CPU_TIER is %s, which this processor does not have",
                  chosen.wanted);
    char names[128] = "";
    for (const Tier& tier : kTiers) {
      const size_t used = std::strlen(names);
      std::snprintf(names + used, sizeof names - used, "%s%s", used == 0 ? "" : ", ", tier.kernels->tier);
    }
    return fail(RRFT_ERROR_VALUE, operation, "REASONRFT_CPU_TIER is \"%s\", wanted one of %s", chosen.wanted, names);
  }
  *kernels = chosen.kernels;
  *threads = threads_argument > 0 ? threads_argument : default_threads();
  if (*threads == 0)
    return fail(RRFT_ERROR_VALUE, operation, "REASONRFT_NUM_THREADS is \"%s\", wanted a number from 1 to 1024",
                default_threads_text());
  return RRFT_OK;
}

}  // namespace rrft

const char* rrft_last_error(void) { return rrft::last_error(); }

int32_t rrft_version(void) { return RRFT_VERSION; }

int32_t rrft_default_threads(void) {
  const int32_t threads = rrft::default_threads();
  if (threads > 0) return threads;
  return rrft::fail(RRFT_ERROR_VALUE, "rrft_default_threads",
                    "REASONRFT_NUM_THREADS is \"%s\", wanted a number from 1 to 1024", rrft::default_threads_text());
}

const char* rrft_cpu_tier(void) {
  const rrft::RowKernels* kernels = rrft::row_kernels();
  return kernels != nullptr ? kernels->tier : "unavailable";
}
