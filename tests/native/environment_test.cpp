// What the environment variables and rrft_configure do. Usage: environment_test threads N | bad-threads | bad-tier |
// no-tier | configure | configure-late. They work once per process, so every case is a process of its own.
#include <cstdlib>

#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

rrft_status call(int32_t threads) {
  Case c({2, 3, 10});
  const rrft_log_probs_args args = c.rows(threads);
  const rrft_status status = rrft_cpu_log_probs_forward(&args);
  if (status != RRFT_OK) CHECK(c.log_probs[0] == kGuard);
  return status;
}

}  // namespace

int main(int count, char** arguments) {
  const char* subject = count > 1 ? arguments[1] : "";
  CHECK(rrft_version() == RRFT_VERSION);
  if (std::strcmp(subject, "threads") == 0 && count == 3) {
    CHECK(rrft_default_threads() == std::atoi(arguments[2]));
    CHECK(call(0) == RRFT_OK);
  } else if (std::strcmp(subject, "bad-threads") == 0) {
    CHECK(rrft_default_threads() == RRFT_ERROR_VALUE);
    CHECK(std::strstr(rrft_last_error(), "REASONRFT_NUM_THREADS") != nullptr);
    CHECK(call(0) == RRFT_ERROR_VALUE);
    CHECK(std::strstr(rrft_last_error(), "rrft_cpu_log_probs_forward: REASONRFT_NUM_THREADS is \"") != nullptr);
    CHECK(call(1) == RRFT_OK);  // the variable is not used
  } else if (std::strcmp(subject, "bad-tier") == 0) {
    CHECK(std::strcmp(rrft_cpu_tier(), "unavailable") == 0);
    CHECK(call(1) == RRFT_ERROR_VALUE);
    CHECK(std::strstr(rrft_last_error(), "REASONRFT_CPU_TIER is \"i386\", wanted one of ") != nullptr);
    CHECK(std::strstr(rrft_cpu_tier_reason(), "REASONRFT_CPU_TIER is \"i386\", wanted one of ") != nullptr);
    CHECK(rrft_configure(nullptr, 0) == RRFT_ERROR_VALUE);
  } else if (std::strcmp(subject, "no-tier") == 0) {
    CHECK(std::strstr(rrft_cpu_tier_reason(), "best of ") == rrft_cpu_tier_reason());
    CHECK(std::strstr(rrft_cpu_tier_reason(), rrft_cpu_tier()) != nullptr);
    CHECK(call(0) == RRFT_OK);
  } else if (std::strcmp(subject, "configure") == 0 && count == 3) {
    // The environment says nonsense about both; the caller wins.
    const char* tier = arguments[2];
    CHECK(rrft_configure("i386", 2) == RRFT_ERROR_VALUE);
    CHECK(std::strstr(rrft_last_error(), "rrft_configure: cpu_tier is \"i386\", wanted one of ") != nullptr);
    CHECK(rrft_configure(tier, -1) == RRFT_ERROR_VALUE && rrft_configure(tier, 1025) == RRFT_ERROR_VALUE);
    CHECK(std::strstr(rrft_last_error(), "rrft_configure: threads is 1025, wanted 0 (the default) to 1024") != nullptr);
    CHECK(rrft_configure(tier, 2) == RRFT_OK);
    CHECK(std::strcmp(rrft_cpu_tier(), tier) == 0);
    CHECK(std::strcmp(rrft_cpu_tier_reason(), "forced by rrft_configure") == 0);
    CHECK(rrft_default_threads() == 2 && call(0) == RRFT_OK);
    CHECK(rrft_configure(tier, 3) == RRFT_OK && rrft_default_threads() == 3);  // the same tier again is no change
  } else if (std::strcmp(subject, "configure-late") == 0 && count == 3) {
    CHECK(call(1) == RRFT_OK);
    CHECK(std::strcmp(rrft_cpu_tier_reason(), "forced by REASONRFT_CPU_TIER") == 0);
    for (const char* tier : {"x86-64", "x86-64-v3", "aarch64"}) {
      const rrft_status status = rrft_configure(tier, 0);
      CHECK((status == RRFT_OK) == (std::strcmp(tier, arguments[2]) == 0));
    }
  } else {
    CHECK_THAT(false, "unknown subject \"%s\"", subject);
  }
  return report();
}
