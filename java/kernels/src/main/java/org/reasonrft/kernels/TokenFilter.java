package org.reasonrft.kernels;

/**
 * Tokens whose objective counts; the others keep their KL term and their place in the reduction.
 *
 * @param offPolicyThreshold keep where the advantage is not negative or the sequence's mean of
 *     {@code samplingLogProb - logProb} (old log-probs without the sampler's) is at most this; 0: keep all. DeepSeek-V3.2,
 *     eq. 9; TRL {@code off_policy_mask_threshold}
 * @param topEntropyFraction keep this fraction of the call's tokens, those of highest entropy: at or above the quantile,
 *     linearly interpolated; 0 or 1: keep all. arXiv:2506.01939; TRL {@code top_entropy_quantile}
 * @param entropyThreshold keep entropies of at least this, in nats, instead of a quantile: for one that spans several
 *     calls; 0: keep all
 */
public record TokenFilter(double offPolicyThreshold, double topEntropyFraction, double entropyThreshold) {

    public TokenFilter {
        Checks.range("offPolicyThreshold", offPolicyThreshold, 0, Float.MAX_VALUE);
        Checks.range("topEntropyFraction", topEntropyFraction, 0, 1);
        Checks.range("entropyThreshold", entropyThreshold, 0, Float.MAX_VALUE);
        if (entropyThreshold > 0 && topEntropyFraction > 0 && topEntropyFraction < 1) {
            throw new IllegalArgumentException(
                    "entropyThreshold: " + entropyThreshold + " with a topEntropyFraction; wanted one of the two");
        }
    }

    /** Every token counts. */
    public static TokenFilter none() {
        return new TokenFilter(0, 0, 0);
    }

    public TokenFilter withOffPolicyThreshold(double value) {
        return new TokenFilter(value, topEntropyFraction, entropyThreshold);
    }

    public TokenFilter withTopEntropyFraction(double value) {
        return new TokenFilter(offPolicyThreshold, value, entropyThreshold);
    }

    public TokenFilter withEntropyThreshold(double value) {
        return new TokenFilter(offPolicyThreshold, topEntropyFraction, value);
    }

    boolean readsEntropy() {
        return entropyThreshold > 0 || (topEntropyFraction > 0 && topEntropyFraction < 1);
    }
}
