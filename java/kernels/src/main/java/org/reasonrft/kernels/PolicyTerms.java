package org.reasonrft.kernels;

/**
 * What the objective reads beside the policy's own log-probabilities: per-token arrays of shape (B, T), or (N) of packed
 * rows. The latter are one sequence to the kernels, which is right for all that does not ask where sequences end.
 */
final class PolicyTerms {

    private final long[] shape;
    private final boolean packed;
    final View advantages;
    private final boolean tokensHaveTheirOwn; // advantages
    View oldLogProbs;
    View refLogProbs;
    View samplingLogProbs;

    PolicyTerms(long[] shape, View advantages) {
        this.shape = shape;
        packed = shape.length == 1;
        tokensHaveTheirOwn = packed || (advantages != null && advantages.rank() == 2);
        long[] wanted = tokensHaveTheirOwn ? shape : new long[] {shape[0]};
        this.advantages = Checks.contiguous("advantages", advantages, wanted, DType.F32);
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
        return tokensHaveTheirOwn ? null : advantages;
    }

    View tokenAdvantages() {
        return tokensHaveTheirOwn ? advantages : null;
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
        String coupling = packed ? options.sequenceCoupling() : null;
        if (coupling != null) {
            throw new IllegalArgumentException("options: " + coupling + " with packed rows, which do not say where"
                    + " sequences end; wanted terms of single tokens, or (B, T) rows");
        }
    }
}
