// Memory for panels of tokens and how a product over them is shared out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "matrix_kernels.h"
#include "thread_pool.h"

namespace rrft::cpu {

// Multiply-adds worth waking a thread for: some 10 us of work.
constexpr int64_t kWorkPerPiece = 1 << 20;
// Rows of a weight in a piece of work: whole tiles of any tier (12 or 6 rows), few enough for all threads to get some.
constexpr int64_t kRowsPerPiece = 48;

// A number of tokens in panels.
struct Panels {
  const MatrixKernels& kernels;
  int64_t tokens;
  int32_t threads;

  int64_t count() const { return (tokens + kernels.lanes - 1) / kernels.lanes; }
  int64_t tokens_of(int64_t panel) const { return std::min<int64_t>(kernels.lanes, tokens - panel * kernels.lanes); }
  int64_t padded() const { return count() * kernels.lanes; }
  // First value of a panel of so many features.
  int64_t begin(int64_t panel, int64_t features) const { return panel * features * kernels.lanes; }

  // body(panel, first row, last row) for rows [begin, end) of a weight, the panels of a piece one after another, so that
  // its rows come from memory once.
  template <typename Body>
  void for_rows(int64_t begin, int64_t end, int64_t inputs, const Body& body) const {
    const int64_t pieces = (end - begin + kRowsPerPiece - 1) / kRowsPerPiece;
    const int64_t work = std::max<int64_t>(1, kRowsPerPiece * inputs * padded());
    parallel_for(pieces, std::max<int64_t>(1, kWorkPerPiece / work), threads, [&](int64_t piece) {
      const int64_t first = begin + piece * kRowsPerPiece, last = std::min(end, first + kRowsPerPiece);
      for (int64_t panel = 0; panel < count(); ++panel) body(panel, first, last);
    });
  }

  // body(panel), for work of so many operations a token.
  template <typename Body>
  void for_panels(int64_t operations, Body&& body) const {
    const int64_t work = std::max<int64_t>(1, operations * kernels.lanes);
    parallel_for(count(), std::max<int64_t>(1, kWorkPerPiece / work), threads, body);
  }
};

// Not initialised: every element is written before it is read.
inline std::unique_ptr<float[]> workspace(int64_t elements) {
  return std::unique_ptr<float[]>(new float[static_cast<size_t>(elements)]);
}

}  // namespace rrft::cpu
