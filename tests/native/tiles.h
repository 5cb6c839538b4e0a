// The rows of a case as tiles of their vocabulary, for linear_log_probs.
#pragma once

#include <algorithm>

#include "cases.h"
#include "check.h"

namespace rrft_test {

struct TileOperations {
  using Operation = rrft_status (*)(const rrft_linear_log_probs_args*);
  Operation merge, finish, backward;
};
constexpr TileOperations kReferenceTiles = {rrft_reference_linear_log_probs_merge,
                                            rrft_reference_linear_log_probs_finish,
                                            rrft_reference_linear_log_probs_backward};
constexpr TileOperations kCpuTiles = {rrft_cpu_linear_log_probs_merge, rrft_cpu_linear_log_probs_finish,
                                      rrft_cpu_linear_log_probs_backward};

// Tiles that point into the whole logits, of rows at the same distance from each other.
class Tiles {
 public:
  explicit Tiles(const rrft_log_probs_args& rows)
      : state_(static_cast<size_t>(rows.batch * rows.tokens) * RRFT_TILE_STATE_BYTES / 8 + 1), rows_(rows) {
    for (double& value : state_) value = static_cast<double>(kNaN);  // merge has to write what it reads
    args.struct_size = sizeof args;
    args.rows = rows.batch * rows.tokens;
    args.vocabulary = rows.vocabulary;
    args.logits_stride = rows.logits_token_stride;
    args.logits_dtype = rows.logits_dtype;
    args.token_ids_dtype = rows.token_ids_dtype;
    args.token_ids = rows.token_ids;
    args.mask = rows.mask;
    args.temperature = rows.temperature;
    args.temperatures = rows.temperatures;
    args.threads = rows.threads;
    args.state = state_.data();
    args.log_probs = rows.log_probs;
    args.log_sum_exp = rows.log_sum_exp;
    args.entropy = rows.entropy;
    args.grad_log_probs = rows.grad_log_probs;
    args.grad_entropy = rows.grad_entropy;
    args.grad_logits_stride = rows.grad_logits_token_stride;
  }

  // Aims at entries [begin, begin + size).
  const rrft_linear_log_probs_args* at(int64_t begin, int64_t size) {
    const int64_t bytes = args.logits_dtype == RRFT_F32 ? 4 : 2;
    args.tile_begin = begin;
    args.tile_size = size;
    args.logits = static_cast<const char*>(rows_.logits) + begin * bytes;
    args.grad_logits = static_cast<char*>(rows_.grad_logits) + begin * bytes;
    return &args;
  }

  void merge(const TileOperations& backend, int64_t tile) {
    for (int64_t begin = 0; begin < args.vocabulary; begin += tile)
      CHECK_OK(backend.merge(at(begin, size(begin, tile))));
  }
  void backward(const TileOperations& backend, int64_t tile) {
    const int64_t last = (args.vocabulary - 1) / tile * tile;
    for (int64_t begin = last; begin >= 0; begin -= tile) CHECK_OK(backend.backward(at(begin, size(begin, tile))));
  }
  void run(const TileOperations& backend, int64_t tile) {
    merge(backend, tile);
    CHECK_OK(backend.finish(&args));
    backward(backend, tile);
  }

  rrft_linear_log_probs_args args{};

 private:
  int64_t size(int64_t begin, int64_t tile) const { return std::min(tile, args.vocabulary - begin); }

  std::vector<double> state_;
  rrft_log_probs_args rows_;
};

}  // namespace rrft_test
