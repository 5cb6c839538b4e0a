#include "status.h"

#include <cstdarg>
#include <cstdio>

namespace rrft {
namespace {

// A fixed buffer, so that reporting an error can neither allocate nor fail.
thread_local char last_error[512] = "";

}  // namespace

rrft_status fail(rrft_status code, const char* operation, const char* format, ...) noexcept {
  const int prefix = std::snprintf(last_error, sizeof last_error, "%s: ", operation);
  if (prefix > 0 && static_cast<size_t>(prefix) < sizeof last_error) {
    va_list values;
    va_start(values, format);
    std::vsnprintf(last_error + prefix, sizeof last_error - static_cast<size_t>(prefix), format, values);
    va_end(values);
  }
  return code;
}

}  // namespace rrft

const char* rrft_last_error(void) { return rrft::last_error; }
