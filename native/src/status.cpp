#include "status.h"

#include <cstdarg>
#include <cstdio>

namespace rrft {
namespace {

// A fixed buffer, so that reporting an error can neither allocate nor fail.
thread_local char last_error_text[512] = "";

}  // namespace

rrft_status fail(rrft_status code, const char* operation, const char* format, ...) noexcept {
  const int prefix = std::snprintf(last_error_text, sizeof last_error_text, "%s: ", operation);
  if (prefix > 0 && static_cast<size_t>(prefix) < sizeof last_error_text) {
    va_list values;
    va_start(values, format);
    std::vsnprintf(last_error_text + prefix, sizeof last_error_text - static_cast<size_t>(prefix), format, values);
    va_end(values);
  }
  return code;
}

const char* last_error() noexcept { return last_error_text; }

}  // namespace rrft
