// The objective of a call: its options as the kernels take them, and what is computed once per sequence. Shared by
// policy_loss and fused_policy_loss, which differ in where log-probs come from.
#pragma once

#include <cstdint>

#include "policy_kernels.h"
#include "reasonrft/kernels.h"
#include "row_kernels.h"

namespace rrft::cpu {

class PolicyObjective {
 public:
  PolicyObjective(const rrft_policy_loss_options& options, const RowKernels& kernels);

  // Tokens with a smaller entropy have no objective; -infinity, the default without a filter, keeps all.
  void keep_entropies_from(double threshold);
  double entropy_threshold() const { return parameters_.entropy_threshold; }

  // Whether the terms of a token read more than the token.
  bool needs_sequence() const { return needs_log_ratios_ || needs_staleness_ || parameters_.sequence_rho; }
  // Whether they read other log-probs of the policy, which a fused call has to make first.
  bool needs_policy_sequence(bool has_old) const {
    return needs_log_ratios_ || needs_staleness_ || (parameters_.sequence_rho && !has_old);
  }
  // Whether a token's derivative needs the terms of the others.
  bool couples() const { return parameters_.couples; }

  // Reads log_probs to some purpose only if needs_policy_sequence.
  SequenceTerms sequence(const TokenInputs& inputs, int64_t count) const;

  // The sums of a sequence and the derivatives of its tokens. `own` is memory for as many derivatives, needed if
  // couples() and one of the outputs is wanted.
  SequenceSums sum(const TokenInputs& inputs, const SequenceTerms& sequence, int64_t count, double* own,
                   const TokenOutputs& outputs) const;

 private:
  const PolicyKernels& kernels_;
  const rrft_policy_loss_options options_;
  PolicyParameters parameters_;
  const bool needs_log_ratios_;
  const bool needs_staleness_;
};

}  // namespace rrft::cpu
