// The specification of fused_policy_loss: log_probs forward, policy_loss, log_probs backward, in that order.
#include <vector>

#include "../element.h"
#include "../status.h"
#include "../validate.h"

rrft_status rrft_reference_fused_policy_loss(const rrft_fused_policy_loss_args* args) {
  constexpr const char* kOperation = "rrft_reference_fused_policy_loss";
  return rrft::guarded(kOperation, [&] {
    if (const rrft_status status = rrft::validate_fused_policy_loss_arguments(kOperation, args)) return status;
    if (const rrft_status status = rrft::validate_row_contents(kOperation, "rows.", args->rows)) return status;
    rrft_log_probs_args rows = args->rows;
    const size_t count = static_cast<size_t>(rows.batch * rows.tokens);
    std::vector<float> entropy(count), grad_log_probs(count), grad_entropy(count);
    if (rows.entropy == nullptr) rows.entropy = entropy.data();

    rrft_policy_loss_args loss{};
    loss.struct_size = sizeof loss;
    loss.batch = rows.batch;
    loss.tokens = rows.tokens;
    loss.log_probs = rows.log_probs;
    loss.old_log_probs = args->old_log_probs;
    loss.ref_log_probs = args->ref_log_probs;
    loss.advantages = args->advantages;
    loss.token_advantages = args->token_advantages;
    loss.sampling_log_probs = args->sampling_log_probs;
    loss.mask = rows.mask;
    loss.entropy = rows.entropy;
    loss.options = args->options;
    loss.grad_log_probs = grad_log_probs.data();
    loss.grad_entropy = grad_entropy.data();
    loss.metrics = args->metrics;
    rows.grad_log_probs = grad_log_probs.data();
    if (args->options.entropy_coefficient > 0) rows.grad_entropy = grad_entropy.data();

    if (const rrft_status status = rrft_reference_log_probs_forward(&rows)) return status;
    if (const rrft_status status = rrft_reference_policy_loss(&loss)) return status;
    return rows.grad_logits != nullptr ? rrft_reference_log_probs_backward(&rows) : RRFT_OK;
  });
}
