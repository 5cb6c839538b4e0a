// The specification of linear.
#include "../status.h"
#include "../validate.h"
#include "products.h"

rrft_status rrft_reference_linear(const rrft_linear_args* args) {
  constexpr const char* kOperation = "rrft_reference_linear";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_linear_arguments(kOperation, args)) return status;
    for (int64_t m = 0; m < args->rows; ++m) {
      const float* const from = args->x + m * args->x_stride;
      rrft::reference::Row x(from, from + args->inputs);
      if (args->norm_weight != nullptr)
        x = rrft::reference::normalised(x, args->norm_weight, static_cast<double>(args->norm_epsilon));
      const rrft::reference::Row y = rrft::reference::product(x, args->weight, args->outputs, args->bias);
      for (size_t o = 0; o < y.size(); ++o)
        args->y[m * args->y_stride + static_cast<int64_t>(o)] = static_cast<float>(y[o]);
    }
    return RRFT_OK;
  });
}
