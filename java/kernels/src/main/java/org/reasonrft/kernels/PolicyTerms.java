package org.reasonrft.kernels;

/** What the objective reads beside the policy's own log-probabilities. */
final class PolicyTerms {

    private final long[] shape;
    final View advantages;
    View oldLogProbs;
    View refLogProbs;
    View samplingLogProbs;

    PolicyTerms(long batch, long tokens, View advantages) {
        this.shape = new long[] {batch, tokens};
        boolean perToken = advantages != null && advantages.rank() == 2;
        this.advantages = Checks.contiguous("advantages", advantages, perToken ? shape : new long[] {batch}, DType.F32);
    }

    void oldLogProbs(View input) {
        oldLogProbs = input == null ? null : Checks.contiguous("oldLogProbs", input, shape, DType.F32);
    }

    void refLogProbs(View input) {
        refLogProbs = input == null ? null : Checks.contiguous("refLogProbs", input, shape, DType.F32);
    }

    void samplingLogProbs(View input) {
        samplingLogProbs = input == null ? null : Checks.contiguous("samplingLogProbs", input, shape, DType.F32);
    }

    View sequenceAdvantages() {
        return advantages.rank() == 1 ? advantages : null;
    }

    View tokenAdvantages() {
        return advantages.rank() == 2 ? advantages : null;
    }

    void check(PolicyLossOptions options) {
        if (options == null) {
            throw new IllegalArgumentException("options: null; wanted for example PolicyLossOptions.grpo()");
        }
        if (options.kl().coefficient() > 0 && refLogProbs == null) {
            throw new IllegalArgumentException("refLogProbs: not set; wanted because klCoefficient is "
                    + options.kl().coefficient());
        }
        if (options.samplerCorrection().mode() != SamplerCorrection.Mode.NONE && samplingLogProbs == null) {
            throw new IllegalArgumentException("samplingLogProbs: not set; wanted because samplerCorrection is "
                    + options.samplerCorrection().mode());
        }
    }
}
