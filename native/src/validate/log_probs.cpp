#include "validation.h"

namespace rrft {
namespace validation {
namespace {

// Whether two strides mean the same rows; the stride of a dimension without steps does not matter.
bool same_strides(const rrft_log_probs_args& rows) {
  return (rows.batch <= 1 || rows.grad_logits_batch_stride == rows.logits_batch_stride) &&
         (rows.tokens <= 1 || rows.grad_logits_token_stride == rows.logits_token_stride);
}

}  // namespace

void check_rows(Validation& check, const rrft_log_probs_args& rows) {
  check.size("batch", rows.batch, 0);
  check.size("tokens", rows.tokens, 0);
  check.size("vocabulary", rows.vocabulary, 1);
  check.product("batch * tokens", rows.batch, rows.tokens);
  check.dtype("logits_dtype", rows.logits_dtype, {RRFT_F32, RRFT_BF16, RRFT_F16},
              "RRFT_F32 (0), RRFT_BF16 (1) or RRFT_F16 (2)");
  check.dtype("token_ids_dtype", rows.token_ids_dtype, {RRFT_I32, RRFT_I64}, "RRFT_I32 (16) or RRFT_I64 (17)");
  if (rows.temperatures == nullptr)
    check.option("temperature", rows.temperature, is_temperature(rows.temperature), kTemperatureWanted);
  check.threads(rows.threads);
  if (!check.ok()) return;
  const int64_t element = static_cast<int64_t>(element_size(rows.logits_dtype));
  const int64_t id = static_cast<int64_t>(element_size(rows.token_ids_dtype));
  check.strided(kLogits, rows.logits, Presence::kRequired, Access::kInput,
                {rows.batch, rows.tokens, rows.vocabulary, rows.logits_batch_stride, rows.logits_token_stride}, element,
                "logits_batch_stride", "logits_token_stride");
  check.strided("token_ids", rows.token_ids, Presence::kRequired, Access::kInput,
                {rows.tokens == 0 ? 0 : rows.batch, 1, rows.tokens, rows.token_ids_batch_stride, 0}, id,
                "token_ids_batch_stride", "");
  check.dense("mask", rows.mask, Presence::kOptional, Access::kInput, rows.batch * rows.tokens, 1);
  check.dense("temperatures", rows.temperatures, Presence::kOptional, Access::kInput, rows.batch * rows.tokens, 4);
}

void check_row_outputs(Validation& check, const rrft_log_probs_args& rows) {
  if (!check.ok()) return;
  const int64_t count = rows.batch * rows.tokens;
  check.dense("log_probs", rows.log_probs, Presence::kRequired, Access::kOutput, count, 4);
  check.dense("log_sum_exp", rows.log_sum_exp, Presence::kOptional, Access::kOutput, count, 4);
  check.dense("entropy", rows.entropy, Presence::kOptional, Access::kOutput, count, 4);
}

void check_grad_logits(Validation& check, const rrft_log_probs_args& rows, Presence presence) {
  if (!check.ok()) return;
  check.strided(
      kGradLogits, rows.grad_logits, presence, Access::kOutput,
      {rows.batch, rows.tokens, rows.vocabulary, rows.grad_logits_batch_stride, rows.grad_logits_token_stride},
      static_cast<int64_t>(element_size(rows.logits_dtype)), "grad_logits_batch_stride", "grad_logits_token_stride");
  if (check.ok() && same_strides(rows)) check.allow_in_place();
}

}  // namespace validation

using namespace validation;

rrft_status validate_log_probs_arguments(const char* operation, const rrft_log_probs_args* args, Direction direction) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  check_rows(check, *args);
  if (!check.ok()) return check.status();
  if (direction == Direction::kForward) {
    check_row_outputs(check, *args);
  } else {
    const int64_t count = args->batch * args->tokens;
    check.dense("grad_log_probs", args->grad_log_probs, Presence::kRequired, Access::kInput, count, 4);
    check.dense("grad_entropy", args->grad_entropy, Presence::kOptional, Access::kInput, count, 4);
    check_grad_logits(check, *args, Presence::kRequired);
  }
  check.no_overlap();
  return check.status();
}

rrft_status validate_row_contents(const char* operation, const char* prefix, const rrft_log_probs_args& rows) {
  for (int64_t i = 0; i < rows.batch; ++i) {
    for (int64_t t = 0; t < rows.tokens; ++t) {
      if (!counts(rows.mask, i * rows.tokens + t)) continue;
      const int64_t id = token_id(rows, i, t);
      if (id < 0 || id >= rows.vocabulary)
        return fail(RRFT_ERROR_TOKEN_ID, operation, "%stoken_ids[%lld, %lld] is %lld, wanted 0 to %lld", prefix,
                    static_cast<long long>(i), static_cast<long long>(t), static_cast<long long>(id),
                    static_cast<long long>(rows.vocabulary - 1));
      const float temperature = row_temperature(rows, i, t);
      if (!is_temperature(temperature))
        return fail(RRFT_ERROR_VALUE, operation, "%stemperatures[%lld, %lld] is %.9g, wanted %s", prefix,
                    static_cast<long long>(i), static_cast<long long>(t), static_cast<double>(temperature),
                    kTemperatureWanted);
    }
  }
  return RRFT_OK;
}

}  // namespace rrft
