// The specification of linear_log_probs in double precision. With z = logits / temperature, of the tiles so far:
//   m = max_v z_v,  s = sum_v exp(z_v - m),  w = sum_v exp(z_v - m) (z_v - m)   (terms with exp(..) = 0 are 0)
// and a tile that raises m to m' turns s into s e and w into (w + s d) e, d = m - m', e = exp(d). In the end
//   logsumexp(z) = m + log s,  log_prob = z_y - logsumexp(z),  entropy H = log s - w / s.
// The gradient is that of log_probs.
#include <cmath>

#include "../element.h"
#include "../status.h"
#include "../tile_state.h"
#include "../validate.h"

namespace rrft::reference {
namespace {

struct RowState : TileState {
  double target;  // z_y, once its tile was there
  double maximum;
  double sum;
  double weighted_sum;
  double log_sum_exp() const { return maximum + std::log(sum); }
  double entropy() const { return std::log(sum) - weighted_sum / sum; }
};
static_assert(sizeof(RowState) <= RRFT_TILE_STATE_BYTES);

double temperature(const rrft_linear_log_probs_args& args, int64_t n) {
  return args.temperatures != nullptr ? args.temperatures[n] : args.temperature;
}

double scaled(const rrft_linear_log_probs_args& args, int64_t n, int64_t column) {
  return static_cast<double>(logit(args.logits, args.logits_dtype, n * args.logits_stride + column)) /
         temperature(args, n);
}

void add(RowState& row, double z) {
  if (z > row.maximum) {
    const double d = row.maximum - z;
    const double e = std::exp(d);
    row.weighted_sum = e == 0 ? 0 : (row.weighted_sum + row.sum * d) * e;
    row.sum *= e;
    row.maximum = z;
  }
  // -inf below a maximum of -inf adds nothing; NaN, and infinity, make both sums NaN.
  const double below = z - row.maximum;
  const double e = std::isinf(z) && z < 0 ? 0 : std::exp(below);
  row.sum += e;
  row.weighted_sum += e == 0 ? 0 : e * below;
}

void merge(const rrft_linear_log_probs_args& args) {
  for (int64_t n = 0; n < args.rows; ++n) {
    RowState& row = *tile_state<RowState>(args, n);
    if (args.tile_begin == 0) row = {{0}, 0, -INFINITY, 0, 0};
    row.columns = args.tile_begin + args.tile_size;
    if (!counts(args.mask, n)) continue;
    for (int64_t column = 0; column < args.tile_size; ++column) {
      const double z = scaled(args, n, column);
      add(row, z);
      if (args.tile_begin + column == token_id(args, n)) row.target = z;
    }
  }
}

void finish(const rrft_linear_log_probs_args& args) {
  for (int64_t n = 0; n < args.rows; ++n) {
    const RowState& row = *tile_state<RowState>(args, n);
    const bool counted = counts(args.mask, n);
    args.log_probs[n] = counted ? static_cast<float>(row.target - row.log_sum_exp()) : 0;
    if (args.log_sum_exp != nullptr) args.log_sum_exp[n] = counted ? static_cast<float>(row.log_sum_exp()) : 0;
    if (args.entropy != nullptr) args.entropy[n] = counted ? static_cast<float>(row.entropy()) : 0;
  }
}

void backward(const rrft_linear_log_probs_args& args) {
  for (int64_t n = 0; n < args.rows; ++n) {
    const RowState& row = *tile_state<RowState>(args, n);
    const double grad_entropy = args.grad_entropy != nullptr ? static_cast<double>(args.grad_entropy[n]) : 0;
    for (int64_t column = 0; column < args.tile_size; ++column) {
      double gradient = 0;
      if (counts(args.mask, n)) {
        const double log_p = scaled(args, n, column) - row.log_sum_exp();
        const double p = std::exp(log_p);
        const double one = args.tile_begin + column == token_id(args, n) ? 1 : 0;
        const double through_entropy = p == 0 ? 0 : p * (log_p + row.entropy());
        gradient = (static_cast<double>(args.grad_log_probs[n]) * (one - p) - grad_entropy * through_entropy) /
                   temperature(args, n);
      }
      set_logit(args.grad_logits, args.logits_dtype, n * args.grad_logits_stride + column,
                static_cast<float>(gradient));
    }
  }
}

rrft_status run(const char* operation, const rrft_linear_log_probs_args* args, TileStep step) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_linear_log_probs_arguments(operation, args, step)) return status;
    if (const rrft_status status = validate_linear_log_probs_contents(operation, *args, step)) return status;
    switch (step) {
      case TileStep::kMerge: merge(*args); break;
      case TileStep::kFinish: finish(*args); break;
      case TileStep::kBackward: backward(*args); break;
    }
    return RRFT_OK;
  });
}

}  // namespace
}  // namespace rrft::reference

rrft_status rrft_reference_linear_log_probs_merge(const rrft_linear_log_probs_args* args) {
  return rrft::reference::run("rrft_reference_linear_log_probs_merge", args, rrft::TileStep::kMerge);
}

rrft_status rrft_reference_linear_log_probs_finish(const rrft_linear_log_probs_args* args) {
  return rrft::reference::run("rrft_reference_linear_log_probs_finish", args, rrft::TileStep::kFinish);
}

rrft_status rrft_reference_linear_log_probs_backward(const rrft_linear_log_probs_args* args) {
  return rrft::reference::run("rrft_reference_linear_log_probs_backward", args, rrft::TileStep::kBackward);
}
