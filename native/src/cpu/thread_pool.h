// Shares index ranges out over persistent threads.
#pragma once

#include <cstdint>
#include <type_traits>

namespace rrft {

// What set_default_threads() was given, else what REASONRFT_NUM_THREADS says, read once, else the processors of this
// process. 0: the variable is no number from 1 to 1024.
int32_t default_threads() noexcept;
// 1 to 1024; wins over the environment from now on.
void set_default_threads(int32_t threads) noexcept;
// What REASONRFT_NUM_THREADS says, for the message; "" when it is not set.
const char* default_threads_text() noexcept;

using RangeFunction = void (*)(void* context, int64_t begin, int64_t end);

// Runs function(context, begin, end) over [0, count) in pieces of `grain` indices, on the calling thread and on up to
// threads - 1 others. Any number of threads may call this at once. The function must not throw, and must not care who
// runs a piece or in which order: results may depend on the piece alone.
void parallel_ranges(int64_t count, int64_t grain, int32_t threads, RangeFunction function, void* context);

template <typename Body>
void parallel_for(int64_t count, int64_t grain, int32_t threads, Body&& body) {
  using Target = std::remove_reference_t<Body>;
  parallel_ranges(
      count, grain, threads,
      [](void* context, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) (*static_cast<Target*>(context))(i);
      },
      &body);
}

}  // namespace rrft
