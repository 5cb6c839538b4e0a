package org.reasonrft.kernels;

import java.util.Objects;

/**
 * The clipped policy objective and how it is reduced. With {@code r = exp(logProb - oldLogProb)} and
 * {@code k = refLogProb - logProb}, the loss of a token is
 *
 * <pre>{@code -min(r A, clip(r, 1 - epsilonLow, 1 + epsilonHigh) A) + klCoefficient (exp(k) - k - 1)}</pre>
 *
 * as in GRPO (arXiv:2402.03300) with the asymmetric clip of DAPO (arXiv:2503.14476); the KL term is Schulman's k3
 * estimate. No log-ratio is clamped. Immutable; the {@code with} methods return changed copies.
 *
 * @param epsilonLow how far the ratio may fall below 1, in [0, 1]. TRL {@code epsilon}
 * @param epsilonHigh how far it may rise above 1, at least 0. TRL {@code epsilon_high}
 * @param klCoefficient weight of the KL term, at least 0; 0 needs no reference log-probs. TRL {@code beta}
 * @param reduction how token losses become one number
 * @param normalizer the divisor of the reduction, at least 0; 0 takes it from the mask of the call, which
 *     {@link Reduction#FIXED_LENGTH} does not allow
 */
public record PolicyLossOptions(
        double epsilonLow, double epsilonHigh, double klCoefficient, Reduction reduction, double normalizer) {

    /** Checks the ranges given above; {@link IllegalArgumentException} names the offending value. */
    public PolicyLossOptions {
        Objects.requireNonNull(reduction, "reduction");
        Checks.range("epsilonLow", epsilonLow, 0, 1);
        Checks.range("epsilonHigh", epsilonHigh, 0, Float.MAX_VALUE);
        Checks.range("klCoefficient", klCoefficient, 0, Float.MAX_VALUE);
        Checks.range("normalizer", normalizer, 0, Double.MAX_VALUE);
        if (reduction == Reduction.FIXED_LENGTH && normalizer == 0) {
            throw new IllegalArgumentException(
                    "normalizer: 0 with FIXED_LENGTH; wanted B times the longest completion allowed");
        }
    }

    /** TRL's defaults: symmetric clip at 0.2, no KL term, token mean. */
    public static PolicyLossOptions defaults() {
        return new PolicyLossOptions(0.2, 0.2, 0, Reduction.TOKEN_MEAN, 0);
    }

    /** GRPO: symmetric clip at 0.2, sequence mean, no KL term (the paper uses {@code withKlCoefficient(0.04)}). */
    public static PolicyLossOptions grpo() {
        return defaults().withReduction(Reduction.SEQUENCE_MEAN);
    }

    /** DAPO: clip between 0.8 and 1.28, token mean, no KL term. Set the normalizer when a step has several calls. */
    public static PolicyLossOptions dapo() {
        return defaults().withEpsilonHigh(0.28);
    }

    /**
     * Dr. GRPO: symmetric clip at 0.2, no KL term, every token divided by the same constant.
     *
     * @param sequences sequences in the optimisation step, at least 1
     * @param maxCompletionLength longest completion that sampling allows, in tokens, at least 1
     */
    public static PolicyLossOptions drGrpo(long sequences, long maxCompletionLength) {
        Checks.atLeast("sequences", sequences, 1);
        Checks.atLeast("maxCompletionLength", maxCompletionLength, 1);
        return new PolicyLossOptions(0.2, 0.2, 0, Reduction.FIXED_LENGTH, (double) sequences * maxCompletionLength);
    }

    public PolicyLossOptions withEpsilonLow(double value) {
        return new PolicyLossOptions(value, epsilonHigh, klCoefficient, reduction, normalizer);
    }

    public PolicyLossOptions withEpsilonHigh(double value) {
        return new PolicyLossOptions(epsilonLow, value, klCoefficient, reduction, normalizer);
    }

    public PolicyLossOptions withKlCoefficient(double value) {
        return new PolicyLossOptions(epsilonLow, epsilonHigh, value, reduction, normalizer);
    }

    public PolicyLossOptions withReduction(Reduction value) {
        return new PolicyLossOptions(epsilonLow, epsilonHigh, klCoefficient, value, normalizer);
    }

    public PolicyLossOptions withNormalizer(double value) {
        return new PolicyLossOptions(epsilonLow, epsilonHigh, klCoefficient, reduction, value);
    }
}
