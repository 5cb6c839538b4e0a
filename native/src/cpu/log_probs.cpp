// log_probs: log-prob, log-sum-exp and entropy of (B, T) rows of V logits, and the gradient.
//
// Forward reads each row once: V * 4 or 2 bytes. Backward reads it, then reads it again (from the second-level cache)
// while it writes the gradient; it recomputes the softmax rather than take the float32 log_sum_exp of forward, whose
// rounding at a log-sum-exp of 1e4 would be an error of 5e-4 in every probability.
// Threads share out rows; a row belongs to one thread, so its result cannot depend on the others.
#include "../dispatch.h"
#include "../status.h"
#include "../validate.h"
#include "logit_rows.h"
#include "thread_pool.h"

namespace rrft::cpu {
namespace {

void log_probs_forward(const rrft_log_probs_args& args, const RowKernels& kernels, int32_t threads) {
  const LogitRows rows(args, kernels);
  parallel_for(args.batch * args.tokens, rows.grain(), threads, [&](int64_t n) {
    float log_prob = 0;
    float log_sum_exp = 0;
    float entropy = 0;
    if (counts(args.mask, n)) {
      const RowSoftmax row = rows.softmax(n / args.tokens, n % args.tokens);
      log_prob = static_cast<float>(rows.log_prob(row, n / args.tokens, n % args.tokens));
      log_sum_exp = static_cast<float>(row.log_sum_exp());
      entropy = static_cast<float>(row.entropy);
    }
    args.log_probs[n] = log_prob;
    if (args.log_sum_exp != nullptr) args.log_sum_exp[n] = log_sum_exp;
    if (args.entropy != nullptr) args.entropy[n] = entropy;
  });
}

void log_probs_backward(const rrft_log_probs_args& args, const RowKernels& kernels, int32_t threads) {
  const LogitRows rows(args, kernels);
  parallel_for(args.batch * args.tokens, rows.grain(), threads, [&](int64_t n) {
    const int64_t sequence = n / args.tokens;
    const int64_t token = n % args.tokens;
    if (!counts(args.mask, n)) return rows.clear_gradient(sequence, token);
    const RowSoftmax row = rows.softmax(sequence, token);
    const double grad_entropy = args.grad_entropy != nullptr ? static_cast<double>(args.grad_entropy[n]) : 0.0;
    rows.write_gradient(row, rows.log_prob(row, sequence, token), sequence, token,
                        static_cast<double>(args.grad_log_probs[n]), grad_entropy);
  });
}

using Implementation = void (*)(const rrft_log_probs_args&, const RowKernels&, int32_t);

rrft_status run(const char* operation, const rrft_log_probs_args* args, Direction direction, Implementation function) {
  return guarded(operation, [&] {
    if (const rrft_status status = validate_log_probs_arguments(operation, args, direction)) return status;
    if (const rrft_status status = validate_row_contents(operation, "", *args)) return status;
    const RowKernels* kernels = nullptr;
    int32_t threads = 0;
    if (const rrft_status status = cpu_backend(operation, args->threads, &kernels, &threads)) return status;
    function(*args, *kernels, threads);
    return RRFT_OK;
  });
}

}  // namespace
}  // namespace rrft::cpu

rrft_status rrft_cpu_log_probs_forward(const rrft_log_probs_args* args) {
  return rrft::cpu::run("rrft_cpu_log_probs_forward", args, rrft::Direction::kForward, rrft::cpu::log_probs_forward);
}

rrft_status rrft_cpu_log_probs_backward(const rrft_log_probs_args* args) {
  return rrft::cpu::run("rrft_cpu_log_probs_backward", args, rrft::Direction::kBackward,
                        rrft::cpu::log_probs_backward);
}
