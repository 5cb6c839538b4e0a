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

// "x86-64-v4, x86-64-v3, x86-64"
struct TierNames {
  char text[128] = "";

  TierNames() {
    for (const Tier& tier : kTiers) {
      const size_t used = std::strlen(text);
      std::snprintf(text + used, sizeof text - used, "%s%s", used == 0 ? "" : ", ", tier.kernels->tier);
    }
  }
};

struct Selection {
  const char* source = nullptr;  // who names a tier; nullptr: nobody, the best is taken
  char wanted[32] = "";          // its name
  const RowKernels* kernels = nullptr;
  bool known = false;
  char reason[192] = "";

  // The caller's choice, nullptr for none.
  explicit Selection(const char* cpu_tier) {
    const char* value = cpu_tier != nullptr ? cpu_tier : std::getenv("REASONRFT_CPU_TIER");
    if (value != nullptr) {
      source = cpu_tier != nullptr ? "cpu_tier" : "REASONRFT_CPU_TIER";
      std::snprintf(wanted, sizeof wanted, "%s", value);
    }
    for (const Tier& tier : kTiers) {
      if (value != nullptr && std::strcmp(value, tier.kernels->tier) != 0) continue;
      known = true;
      if (tier.runs_here()) {
        kernels = tier.kernels;
        break;
      }
    }
    describe(cpu_tier != nullptr);
  }

  void describe(bool by_caller) {
    if (kernels == nullptr && known) {
      std::snprintf(reason, sizeof reason, "%s is %s, which this processor does not have", source, wanted);
    } else if (kernels == nullptr) {
      std::snprintf(reason, sizeof reason, "%s is \"%s\", wanted one of %s", source, wanted, TierNames().text);
    } else if (source != nullptr) {
      std::snprintf(reason, sizeof reason, "forced by %s", by_caller ? "rrft_configure" : source);
    } else {
      std::snprintf(reason, sizeof reason, "best of %s that this processor supports", TierNames().text);
    }
  }

  rrft_status status(const char* operation) const {
    if (kernels != nullptr) return RRFT_OK;
    return fail(known ? RRFT_ERROR_UNAVAILABLE : RRFT_ERROR_VALUE, operation, "%s", reason);
  }
};

// Made by the first call that needs it, rrft_configure included, and never again. A refused rrft_configure makes none.
const Selection& selection(const char* cpu_tier = nullptr) {
  static const Selection instance(cpu_tier);
  return instance;
}

}  // namespace

namespace {

rrft_status refuse_threads(const char* operation) {
  return fail(RRFT_ERROR_VALUE, operation, "REASONRFT_NUM_THREADS is \"%s\", wanted a number from 1 to 1024",
              default_threads_text());
}

}  // namespace

const RowKernels* row_kernels() noexcept { return selection().kernels; }

rrft_status cpu_backend(const char* operation, int32_t threads_argument, const RowKernels** kernels, int32_t* threads) {
  const Selection& chosen = selection();
  if (const rrft_status status = chosen.status(operation)) return status;
  *kernels = chosen.kernels;
  *threads = threads_argument > 0 ? threads_argument : default_threads();
  return *threads > 0 ? RRFT_OK : refuse_threads(operation);
}

}  // namespace rrft

const char* rrft_last_error(void) { return rrft::last_error(); }

int32_t rrft_version(void) { return RRFT_VERSION; }

int32_t rrft_default_threads(void) {
  const int32_t threads = rrft::default_threads();
  return threads > 0 ? threads : rrft::refuse_threads("rrft_default_threads");
}

const char* rrft_cpu_tier(void) {
  const rrft::RowKernels* kernels = rrft::row_kernels();
  return kernels != nullptr ? kernels->tier : "unavailable";
}

const char* rrft_cpu_tier_reason(void) { return rrft::selection().reason; }

rrft_status rrft_configure(const char* cpu_tier, int32_t threads) {
  constexpr const char* kOperation = "rrft_configure";
  if (threads < 0 || threads > 1024)
    return rrft::fail(RRFT_ERROR_VALUE, kOperation, "threads is %d, wanted 0 (the default) to 1024", threads);
  if (const rrft_status status = rrft::Selection(cpu_tier).status(kOperation)) return status;
  const rrft::Selection& chosen = rrft::selection(cpu_tier);
  if (const rrft_status status = chosen.status(kOperation)) return status;
  if (cpu_tier != nullptr && std::strcmp(cpu_tier, chosen.kernels->tier) != 0)
    return rrft::fail(RRFT_ERROR_UNAVAILABLE, kOperation, "cpu_tier is %s, wanted %s, which this process already uses",
                      cpu_tier, chosen.kernels->tier);
  if (threads > 0) rrft::set_default_threads(threads);
  return rrft::default_threads() > 0 ? RRFT_OK : rrft::refuse_threads(kOperation);
}
