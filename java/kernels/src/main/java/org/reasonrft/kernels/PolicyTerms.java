package org.reasonrft.kernels;

/** What the clipped objective reads beside the policy's own log-probabilities. */
final class PolicyTerms {

    private final long[] shape;
    final View advantages;
    View oldLogProbs;
    View refLogProbs;

    PolicyTerms(long batch, long tokens, View advantages) {
        this.shape = new long[] {batch, tokens};
        this.advantages = Checks.contiguous("advantages", advantages, new long[] {batch}, DType.F32);
    }

    void oldLogProbs(View input) {
        oldLogProbs = input == null ? null : Checks.contiguous("oldLogProbs", input, shape, DType.F32);
    }

    void refLogProbs(View input) {
        refLogProbs = input == null ? null : Checks.contiguous("refLogProbs", input, shape, DType.F32);
    }

    void check(PolicyLossOptions options) {
        if (options == null) {
            throw new IllegalArgumentException("options: null; wanted for example PolicyLossOptions.grpo()");
        }
        if (options.klCoefficient() > 0 && refLogProbs == null) {
            throw new IllegalArgumentException(
                    "refLogProbs: not set; wanted because klCoefficient is " + options.klCoefficient());
        }
    }
}
