#include "validation.h"

namespace rrft {

using namespace validation;

rrft_status validate_linear_arguments(const char* operation, const rrft_linear_args* args) {
  Validation check(operation);
  check.args(args);
  if (!check.ok()) return check.status();
  check.size("rows", args->rows, 0);
  check.size("inputs", args->inputs, 1);
  check.size("outputs", args->outputs, 1);
  check.product("inputs * outputs", args->inputs, args->outputs);
  check.product("rows * inputs", args->rows, args->inputs);
  check.product("rows * outputs", args->rows, args->outputs);
  if (args->norm_weight != nullptr)
    check.option("norm_epsilon", static_cast<double>(args->norm_epsilon),
                 args->norm_epsilon > 0 && std::isfinite(args->norm_epsilon), "a finite number above 0");
  check.threads(args->threads);
  if (!check.ok()) return check.status();
  check.strided("x", args->x, Presence::kRequired, Access::kInput, {1, args->rows, args->inputs, 0, args->x_stride}, 4,
                "", "x_stride");
  check.dense("norm_weight", args->norm_weight, Presence::kOptional, Access::kInput, args->inputs, 4);
  check.dense("weight", args->weight, Presence::kRequired, Access::kInput, args->outputs * args->inputs, 4);
  check.dense("bias", args->bias, Presence::kOptional, Access::kInput, args->outputs, 4);
  check.strided("y", args->y, Presence::kRequired, Access::kOutput, {1, args->rows, args->outputs, 0, args->y_stride},
                4, "", "y_stride");
  check.no_overlap();
  return check.status();
}

}  // namespace rrft
