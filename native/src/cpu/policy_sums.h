// From the terms of tokens to loss, gradient and metrics of a call: sums per sequence in double, added in the order of
// the sequences, so that results do not depend on the threads that made them.
#pragma once

#include <cstdint>
#include <vector>

#include "policy_kernels.h"
#include "reasonrft/kernels.h"

namespace rrft::cpu {

// What the loss of a sequence's tokens is multiplied by, and their entropy in the bonus (empty without one); functions
// of the mask and the options alone.
struct SequenceWeights {
  std::vector<double> loss;
  std::vector<double> entropy;
};
SequenceWeights sequence_weights(const rrft_policy_loss_options& options, int64_t batch, int64_t tokens,
                                 const uint8_t* mask, const PolicyKernels& kernels);

// The threshold of the entropy filter that the options ask for: given, or a quantile of the entropies that count.
double entropy_threshold(const rrft_policy_loss_options& options, const float* entropy, const uint8_t* mask,
                         int64_t count);

rrft_policy_metrics reduce(const rrft_policy_loss_options& options, const SequenceWeights& weights,
                           const std::vector<SequenceSums>& sequences, bool has_sampling, double entropy_threshold);

}  // namespace rrft::cpu
