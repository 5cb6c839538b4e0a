// What the environment variables do. Usage: environment_test threads N | bad-threads | bad-tier. They are read once per
// process, so every case is a process of its own.
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
  } else {
    CHECK_THAT(false, "unknown subject \"%s\"", subject);
  }
  return report();
}
