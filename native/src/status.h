// The calling thread's error text and the wall that keeps C++ exceptions inside the library.
#pragma once

#include <exception>
#include <new>

#include "reasonrft/kernels.h"

namespace rrft {

// Records "operation: message" as the calling thread's last error and returns code.
[[gnu::format(printf, 3, 4)]] rrft_status fail(rrft_status code, const char* operation, const char* format,
                                               ...) noexcept;

// Text of the calling thread's last failure; "" before the first.
const char* last_error() noexcept;

// Runs the body of an ABI entry. Only an exhausted resource (memory) can throw in there; it becomes a status.
template <typename Body>
rrft_status guarded(const char* operation, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail(RRFT_ERROR_INTERNAL, operation, "out of memory for the workspace");
  } catch (const std::exception& error) {
    return fail(RRFT_ERROR_INTERNAL, operation, "%s", error.what());
  } catch (...) {
    return fail(RRFT_ERROR_INTERNAL, operation, "unknown exception");
  }
}

}  // namespace rrft
