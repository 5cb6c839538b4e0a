// linear: y = norm(x) weight^T + bias for few rows.
//
// Rows in panels of two vectors (matrix_kernels.h), at most kBlock at a time, whose panels stay in the second-level
// cache while the weight passes once. Bytes: the weight once per kBlock rows. Threads share out rows of the weight; a
// row's result depends on nothing but the row.
#include "../dispatch.h"
#include "../status.h"
#include "../validate.h"
#include "panels.h"

namespace rrft::cpu {
namespace {

constexpr int64_t kBlock = 64;

void run(const rrft_linear_args& args, const MatrixKernels& kernels, int32_t threads) {
  const int64_t most = Panels{kernels, std::min(kBlock, args.rows), threads}.padded();
  const std::unique_ptr<float[]> x = workspace(most * args.inputs);
  const std::unique_ptr<float[]> y = workspace(most * args.outputs);
  for (int64_t first = 0; first < args.rows; first += kBlock) {
    const Panels panels{kernels, std::min(kBlock, args.rows - first), threads};
    for (int64_t panel = 0; panel < panels.count(); ++panel) {
      float* const values = x.get() + panels.begin(panel, args.inputs);
      kernels.pack(args.x + (first + panel * kernels.lanes) * args.x_stride, args.x_stride, panels.tokens_of(panel),
                   args.inputs, values);
      if (args.norm_weight != nullptr)
        kernels.normalise(values, args.norm_weight, args.inputs, args.norm_epsilon, values);
    }
    panels.for_rows(0, args.outputs, args.inputs, [&](int64_t panel, int64_t begin, int64_t end) {
      float* const result = y.get() + panels.begin(panel, args.outputs);
      const int64_t tokens = panels.tokens_of(panel);
      kernels.product(args.weight, args.inputs, begin, end, args.inputs, args.bias,
                      x.get() + panels.begin(panel, args.inputs), tokens, false, result);
      kernels.unpack(result + begin * kernels.lanes, tokens, end - begin,
                     args.y + (first + panel * kernels.lanes) * args.y_stride + begin, args.y_stride);
    });
  }
}

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_linear(const rrft_linear_args* args) {
  constexpr const char* kOperation = "rrft_cpu_linear";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_linear_arguments(kOperation, args)) return status;
    const rrft::RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = rrft::cpu_backend(kOperation, args->threads, &kernels, &threads)) return status;
    rrft::cpu::run(*args, *kernels->matrices, threads);
    return RRFT_OK;
  });
}
