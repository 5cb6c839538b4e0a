// Bit for bit: a row's results do not depend on the batch, its position, the number of threads, concurrent callers, or
// whether the gradient replaces the logits.
#include <thread>

#include "cases.h"
#include "check.h"

using namespace rrft_test;

namespace {

constexpr int64_t kSizes[] = {1, 17, 1000, 32003};

void every_row_alone(const Shape& shape) {
  Case batch(shape);
  const rrft_log_probs_args all = batch.rows(2);
  CHECK_OK(rrft_cpu_log_probs_forward(&all));
  CHECK_OK(rrft_cpu_log_probs_backward(&all));
  const size_t row_bytes = static_cast<size_t>(shape.vocabulary) * batch.logits.width();
  for (int64_t i = 0; i < shape.batch; ++i) {
    for (int64_t t = 0; t < shape.tokens; ++t) {
      const size_t n = static_cast<size_t>(i * shape.tokens + t);
      if (!batch.mask[n]) continue;
      // A copy of the row, one element off any alignment it had before.
      Elements row(shape.dtype, shape.vocabulary + 1, 0), gradient(shape.dtype, shape.vocabulary + 1, kGuard);
      std::memcpy(static_cast<uint8_t*>(row.data()) + row.width(),
                  batch.logits.bytes().data() + static_cast<size_t>(batch.offset(i, t)) * row.width(), row_bytes);
      float log_prob, log_sum_exp, entropy;
      rrft_log_probs_args one = all;
      one.batch = one.tokens = 1;
      one.logits = static_cast<uint8_t*>(row.data()) + row.width();
      one.token_ids = &batch.ids64[n];
      one.token_ids_dtype = RRFT_I64;
      one.mask = nullptr;
      if (shape.own_temperatures) one.temperatures = &batch.temperatures[n];
      one.threads = 1;
      one.log_probs = &log_prob;
      one.log_sum_exp = &log_sum_exp;
      one.entropy = &entropy;
      one.grad_log_probs = &batch.grad_log_probs[n];
      one.grad_entropy = &batch.grad_entropy[n];
      one.grad_logits = static_cast<uint8_t*>(gradient.data()) + gradient.width();
      CHECK_OK(rrft_cpu_log_probs_forward(&one));
      CHECK_OK(rrft_cpu_log_probs_backward(&one));
      CHECK(log_prob == batch.log_probs[n] && log_sum_exp == batch.log_sum_exp[n] && entropy == batch.entropy[n]);
      CHECK(std::memcmp(gradient.bytes().data() + gradient.width(),
                        batch.grad_logits.bytes().data() + static_cast<size_t>(batch.offset(i, t)) * gradient.width(),
                        row_bytes) == 0);
    }
  }
}

void any_number_of_threads(const Shape& shape) {
  Case one(shape);
  const rrft_fused_policy_loss_args a = one.fused(options(RRFT_REDUCE_SEQUENCE_MEAN), 1);
  CHECK_OK(rrft_cpu_fused_policy_loss(&a));
  for (const int32_t threads : {0, 2, 5, 64}) {
    Case many(shape);
    const rrft_fused_policy_loss_args b = many.fused(options(RRFT_REDUCE_SEQUENCE_MEAN), threads);
    CHECK_OK(rrft_cpu_fused_policy_loss(&b));
    CHECK(same_bits(one.metrics, many.metrics) && same_bits(one.log_probs, many.log_probs));
    CHECK(same_bits(one.entropy, many.entropy) && same_bits(one.grad_logits.bytes(), many.grad_logits.bytes()));
  }
}

void in_place(const Shape& shape) {
  Case apart(shape), in(shape), backward_apart(shape), backward_in(shape);
  rrft_fused_policy_loss_args a = apart.fused(options(RRFT_REDUCE_TOKEN_MEAN)),
                              b = in.fused(options(RRFT_REDUCE_TOKEN_MEAN), 2);
  b.rows.grad_logits = in.logits.data();
  CHECK_OK(rrft_cpu_fused_policy_loss(&a));
  CHECK_OK(rrft_cpu_fused_policy_loss(&b));
  CHECK(same_bits(apart.metrics, in.metrics) && same_bits(apart.log_probs, in.log_probs));
  const rrft_log_probs_args c = backward_apart.rows();
  rrft_log_probs_args d = backward_in.rows(2);
  d.grad_logits = backward_in.logits.data();
  CHECK_OK(rrft_cpu_log_probs_backward(&c));
  CHECK_OK(rrft_cpu_log_probs_backward(&d));
  for (int64_t i = 0; i < shape.batch; ++i)
    for (int64_t t = 0; t < shape.tokens; ++t)
      for (int64_t v = apart.offset(i, t); v < apart.offset(i, t) + shape.vocabulary; ++v)
        CHECK(apart.grad_logits.get(v) == in.logits.get(v) &&
              backward_apart.grad_logits.get(v) == backward_in.logits.get(v));
}

// More callers than processors, all of them using the pool, with up to `most` threads each.
void concurrent_callers(int32_t most) {
  const Shape shape{4, 6, 5003, RRFT_F32, Layout::kLastDropped, true, 0.9f};
  Case expected(shape);
  const rrft_fused_policy_loss_args args = expected.fused(options(RRFT_REDUCE_TOKEN_MEAN), 1);
  CHECK_OK(rrft_cpu_fused_policy_loss(&args));
  std::vector<int> wrong(8);
  std::vector<std::thread> callers;
  for (size_t caller = 0; caller < wrong.size(); ++caller)
    callers.emplace_back([&, caller] {
      for (int repeat = 0; repeat < 10; ++repeat) {
        Case own(shape);
        const rrft_fused_policy_loss_args mine =
            own.fused(options(RRFT_REDUCE_TOKEN_MEAN), 1 + static_cast<int32_t>(caller) % most);
        wrong[caller] += rrft_cpu_fused_policy_loss(&mine) != RRFT_OK || !same_bits(own.metrics, expected.metrics) ||
                         !same_bits(own.grad_logits.bytes(), expected.grad_logits.bytes());
      }
    });
  for (std::thread& caller : callers) caller.join();
  for (const int count : wrong) CHECK(count == 0);
}

// The text of an error belongs to the thread that made it.
void errors_are_per_thread() {
  rrft_log_probs_args bad{};
  CHECK(rrft_cpu_log_probs_forward(&bad) == RRFT_ERROR_STRUCT_SIZE);
  std::thread([] { CHECK(rrft_last_error()[0] == '\0'); }).join();
  CHECK(std::strstr(rrft_last_error(), "struct_size") != nullptr);
}

}  // namespace

int main() {
  if (!backend_runs_here()) return kSkipped;
  // First, as long as there are fewer threads than processors: they wait in a loop.
  if (!kOnExecutionLayer) concurrent_callers(2);
  for (const int64_t vocabulary : kSizes)
    for (const int32_t dtype : kLogitTypes)
      for (const Layout layout : kLayouts) {
        Shape shape{3, vocabulary > 10000 ? 3 : 7, vocabulary, dtype, layout, true, 0.6f};
        shape.own_temperatures = layout == Layout::kLastDropped || layout == Layout::kTimeMajor;
        every_row_alone(shape);
        in_place(shape);
        if (!kOnExecutionLayer) any_number_of_threads(shape);
      }
  errors_are_per_thread();
  if (kOnExecutionLayer) return report();  // which has one thread
  // A long sequence of short rows: pieces of many rows.
  any_number_of_threads({1, 70000, 3, RRFT_F32, Layout::kDense, true});
  concurrent_callers(8);
  return report();
}
