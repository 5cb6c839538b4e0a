#include "../tile_state.h"
#include "validation.h"

namespace rrft {

using namespace validation;

namespace {

rrft_status check_tile_state(const char* operation, const rrft_linear_log_probs_args& args, TileStep step) {
  if (args.rows == 0 || (step == TileStep::kMerge && args.tile_begin == 0)) return RRFT_OK;
  const int64_t merged = tile_state<TileState>(args, 0)->columns;
  if (step == TileStep::kMerge && args.tile_begin != merged)
    return fail(RRFT_ERROR_VALUE, operation,
                "tile_begin is %lld, wanted %lld where the tile before ended, or 0 to start anew",
                static_cast<long long>(args.tile_begin), static_cast<long long>(merged));
  if (step != TileStep::kMerge && merged != args.vocabulary)
    return fail(RRFT_ERROR_VALUE, operation,
                "state has %lld of %lld entries of the vocabulary, wanted all of them merged",
                static_cast<long long>(merged), static_cast<long long>(args.vocabulary));
  return RRFT_OK;
}

}  // namespace

rrft_status validate_linear_log_probs_arguments(const char* operation, const rrft_linear_log_probs_args* args,
                                                TileStep step) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  const int64_t count = args->rows;
  check.size("rows", count, 0);
  check.product("rows * RRFT_TILE_STATE_BYTES", count, RRFT_TILE_STATE_BYTES);
  check.size("vocabulary", args->vocabulary, 1);
  check.dtype("token_ids_dtype", args->token_ids_dtype, {RRFT_I32, RRFT_I64}, "RRFT_I32 (16) or RRFT_I64 (17)");
  if (args->temperatures == nullptr)
    check.option("temperature", args->temperature, is_temperature(args->temperature), kTemperatureWanted);
  check.threads(args->threads);
  if (!check.ok()) return check.status();
  check.dense("token_ids", args->token_ids, Presence::kRequired, Access::kInput, count,
              static_cast<int64_t>(element_size(args->token_ids_dtype)));
  check.dense("mask", args->mask, Presence::kOptional, Access::kInput, count, 1);
  check.dense("temperatures", args->temperatures, Presence::kOptional, Access::kInput, count, 4);
  check.dense("state", args->state, Presence::kRequired, step == TileStep::kMerge ? Access::kOutput : Access::kInput,
              count * (RRFT_TILE_STATE_BYTES / 8), 8);
  if (step == TileStep::kFinish) {
    check.dense("log_probs", args->log_probs, Presence::kRequired, Access::kOutput, count, 4);
    check.dense("log_sum_exp", args->log_sum_exp, Presence::kOptional, Access::kOutput, count, 4);
    check.dense("entropy", args->entropy, Presence::kOptional, Access::kOutput, count, 4);
  } else {
    check.size("tile_begin", args->tile_begin, 0);
    check.size("tile_size", args->tile_size, 1);
    if (check.ok() && args->tile_begin > args->vocabulary - args->tile_size)
      return fail(RRFT_ERROR_SHAPE, operation,
                  "tile_begin + tile_size is %lld + %lld, wanted at most the vocabulary, %lld",
                  static_cast<long long>(args->tile_begin), static_cast<long long>(args->tile_size),
                  static_cast<long long>(args->vocabulary));
    check.dtype("logits_dtype", args->logits_dtype, {RRFT_F32, RRFT_BF16, RRFT_F16},
                "RRFT_F32 (0), RRFT_BF16 (1) or RRFT_F16 (2)");
    if (!check.ok()) return check.status();
    const int64_t element = static_cast<int64_t>(element_size(args->logits_dtype));
    check.strided(kLogits, args->logits, Presence::kRequired, Access::kInput,
                  {1, count, args->tile_size, 0, args->logits_stride}, element, "", "logits_stride");
    if (step == TileStep::kBackward) {
      check.dense("grad_log_probs", args->grad_log_probs, Presence::kRequired, Access::kInput, count, 4);
      check.dense("grad_entropy", args->grad_entropy, Presence::kOptional, Access::kInput, count, 4);
      check.strided(kGradLogits, args->grad_logits, Presence::kRequired, Access::kOutput,
                    {1, count, args->tile_size, 0, args->grad_logits_stride}, element, "", "grad_logits_stride");
      if (count <= 1 || args->grad_logits_stride == args->logits_stride) check.allow_in_place();
    }
  }
  check.no_overlap();
  return check.status();
}

rrft_status validate_linear_log_probs_contents(const char* operation, const rrft_linear_log_probs_args& args,
                                               TileStep step) {
  if (const rrft_status status = check_tile_state(operation, args, step)) return status;
  for (int64_t n = 0; n < args.rows; ++n) {
    if (!counts(args.mask, n)) continue;
    const int64_t id = token_id(args, n);
    if (id < 0 || id >= args.vocabulary)
      return fail(RRFT_ERROR_TOKEN_ID, operation, "token_ids[%lld] is %lld, wanted 0 to %lld",
                  static_cast<long long>(n), static_cast<long long>(id), static_cast<long long>(args.vocabulary - 1));
    if (args.temperatures != nullptr && !is_temperature(args.temperatures[n]))
      return fail(RRFT_ERROR_VALUE, operation, "temperatures[%lld] is %.9g, wanted %s", static_cast<long long>(n),
                  static_cast<double>(args.temperatures[n]), kTemperatureWanted);
  }
  return RRFT_OK;
}

}  // namespace rrft
