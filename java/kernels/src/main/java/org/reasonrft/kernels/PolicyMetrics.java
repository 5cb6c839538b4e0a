package org.reasonrft.kernels;

/**
 * What one call of {@link PolicyLoss} or {@link FusedPolicyLoss} measured. Means are over the tokens of that call whose
 * mask is not 0, and 0 when there is none. TRL's names are in brackets.
 *
 * @param loss the reduced objective, KL term included [loss]
 * @param policyLoss the reduced objective without the KL term
 * @param kl mean k3 estimate of KL(policy || reference) in nats; 0 without reference log-probs [kl]
 * @param approxKl mean of {@code exp(d) - 1 - d} with {@code d = logProb - oldLogProb}: k3 estimate of
 *     KL(old policy || policy) in nats, the drift since sampling
 * @param ratioMean mean of {@code exp(d)}
 * @param ratioMax largest {@code exp(d)}; NaN when one is NaN
 * @param clipFractionLow fraction of tokens with {@code r < 1 - epsilonLow} and a negative advantage
 *     [clip_ratio/low_mean]
 * @param clipFractionHigh fraction of tokens with {@code r > 1 + epsilonHigh} and a positive advantage
 *     [clip_ratio/high_mean]
 * @param clipFraction fraction of tokens with either [clip_ratio/region_mean]
 * @param clipFractionLowMin smallest {@code clipFractionLow} of a sequence in which a token counts [clip_ratio/low_min]
 * @param clipFractionHighMax largest {@code clipFractionHigh} of such a sequence [clip_ratio/high_max]
 * @param entropy mean token entropy in nats; 0 from {@link PolicyLoss}, which sees no logits [entropy]
 * @param tokenCount tokens that counted
 */
public record PolicyMetrics(
        double loss,
        double policyLoss,
        double kl,
        double approxKl,
        double ratioMean,
        double ratioMax,
        double clipFractionLow,
        double clipFractionHigh,
        double clipFraction,
        double clipFractionLowMin,
        double clipFractionHighMax,
        double entropy,
        long tokenCount) {}
