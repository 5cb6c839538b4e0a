// linear_log_probs: log_probs of logits that exist one vocabulary tile at a time. The matrix products are the caller's.
//
// merge and backward read a tile once, backward writes it once; both are meant to find it in a cache, right after the
// product that made it. A row's state keeps the sums of the row kernels lane by lane, not folded, which is why tiles of
// whole blocks leave exactly the sums that log_probs makes of the whole row.
// Threads share out rows, as in log_probs.
#include <cstring>

#include "../dispatch.h"
#include "../element.h"
#include "../status.h"
#include "../tile_state.h"
#include "../validate.h"
#include "row_softmax.h"
#include "thread_pool.h"

namespace rrft::cpu {
namespace {

struct RowState : TileState {
  double target;  // the logit of the row's token, once its tile was there
  RowSums sums;
};
static_assert(sizeof(RowState) <= RRFT_TILE_STATE_BYTES);

// The rows of a tile, and their states.
class TileRows {
 public:
  TileRows(const rrft_linear_log_probs_args& args, const RowKernels& kernels) : args_(args), kernels_(kernels) {}

  // Rows in a piece of work: about 64k logits, or a single row.
  int64_t grain() const { return 1 + 65536 / args_.tile_size; }

  void merge(int64_t n) const {
    RowState& state = *tile_state<RowState>(args_, n);
    if (args_.tile_begin == 0) state = {{0}, 0, kernels_.no_sums()};
    state.columns = args_.tile_begin + args_.tile_size;
    if (!counts(args_.mask, n)) return;
    kernels_.merge[args_.logits_dtype](logits_row(n), args_.tile_size, scale(n).rounded, &state.sums);
    if (in_tile(n)) state.target = static_cast<double>(logit(logits_row(n), args_.logits_dtype, column(n)));
  }

  void finish(int64_t n) const {
    float log_prob = 0;
    float log_sum_exp = 0;
    float entropy = 0;
    if (counts(args_.mask, n)) {
      const RowSoftmax row = softmax(n);
      log_prob = static_cast<float>(row.log_prob(target(n)));
      log_sum_exp = static_cast<float>(row.log_sum_exp());
      entropy = static_cast<float>(row.entropy);
    }
    args_.log_probs[n] = log_prob;
    if (args_.log_sum_exp != nullptr) args_.log_sum_exp[n] = log_sum_exp;
    if (args_.entropy != nullptr) args_.entropy[n] = entropy;
  }

  void write_gradient(int64_t n) const {
    void* const out = element_address(args_.grad_logits, args_.logits_dtype, n * args_.grad_logits_stride);
    if (!counts(args_.mask, n)) {
      std::memset(out, 0, static_cast<size_t>(args_.tile_size) * element_size(args_.logits_dtype));
      return;
    }
    const RowSoftmax softmax_of_row = softmax(n);
    const double grad_entropy = args_.grad_entropy != nullptr ? static_cast<double>(args_.grad_entropy[n]) : 0.0;
    const SoftmaxGradient gradient(softmax_of_row, softmax_of_row.log_prob(target(n)),
                                   static_cast<double>(args_.grad_log_probs[n]), grad_entropy, false);
    kernels_.gradient[args_.logits_dtype](logits_row(n), out, args_.tile_size, gradient.all);
    if (in_tile(n)) set_logit(out, args_.logits_dtype, column(n), gradient.at_token);
  }

 private:
  RowScale scale(int64_t n) const {
    return RowScale(args_.temperatures != nullptr ? args_.temperatures[n] : args_.temperature);
  }
  RowSoftmax softmax(int64_t n) const { return {scale(n), kernels_.totals(tile_state<RowState>(args_, n)->sums)}; }
  float target(int64_t n) const { return static_cast<float>(tile_state<RowState>(args_, n)->target); }

  // Of the row's token in this tile.
  int64_t column(int64_t n) const { return token_id(args_, n) - args_.tile_begin; }
  bool in_tile(int64_t n) const { return column(n) >= 0 && column(n) < args_.tile_size; }

  const void* logits_row(int64_t n) const {
    return element_address(args_.logits, args_.logits_dtype, n * args_.logits_stride);
  }

  const rrft_linear_log_probs_args& args_;
  const RowKernels& kernels_;
};

rrft_status run(const char* operation, const rrft_linear_log_probs_args* args, TileStep step) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_linear_log_probs_arguments(operation, args, step)) return status;
    if (const rrft_status status = validate_linear_log_probs_contents(operation, *args, step)) return status;
    const RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = cpu_backend(operation, args->threads, &kernels, &threads)) return status;
    const TileRows rows(*args, *kernels);
    constexpr int64_t kFinishGrain = 256;
    switch (step) {
      case TileStep::kMerge: parallel_for(args->rows, rows.grain(), threads, [&](int64_t n) { rows.merge(n); }); break;
      case TileStep::kFinish:
        parallel_for(args->rows, kFinishGrain, threads, [&](int64_t n) { rows.finish(n); });
        break;
      case TileStep::kBackward:
        parallel_for(args->rows, rows.grain(), threads, [&](int64_t n) { rows.write_gradient(n); });
        break;
    }
    return RRFT_OK;
  });
}

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_linear_log_probs_merge(const rrft_linear_log_probs_args* args) {
  return rrft::cpu::run("rrft_cpu_linear_log_probs_merge", args, rrft::TileStep::kMerge);
}

rrft_status rrft_cpu_linear_log_probs_finish(const rrft_linear_log_probs_args* args) {
  return rrft::cpu::run("rrft_cpu_linear_log_probs_finish", args, rrft::TileStep::kFinish);
}

rrft_status rrft_cpu_linear_log_probs_backward(const rrft_linear_log_probs_args* args) {
  return rrft::cpu::run("rrft_cpu_linear_log_probs_backward", args, rrft::TileStep::kBackward);
}
