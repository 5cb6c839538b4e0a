package org.reasonrft.kernels;

/**
 * What one call of {@link PolicyLoss} or {@link FusedPolicyLoss} measured. Means are over the tokens of that call whose
 * mask is not 0; everything is 0 when there is none. Packed rows are one sequence here. With {@link RatioLevel#SEQUENCE}, {@code ratioMean} and the clip
 * fractions are means over the sequences in which a token counts. {@code d = logProb - oldLogProb}. TRL's names are in
 * brackets.
 *
 * @param loss the reduced objective, KL and entropy terms included [loss]
 * @param policyLoss the reduced objective without the KL and entropy terms
 * @param entropyLoss the entropy term, part of the loss; {@code loss - entropyLoss} is TRL's [policy_loss]
 * @param kl mean estimate of KL(policy || reference) in nats, importance included; 0 without reference log-probs [kl]
 * @param approxKl mean of {@code exp(d) - 1 - d}: k3 estimate of KL(old policy || policy) in nats, the drift since sampling
 * @param logRatioMean mean of {@code d}; verl's {@code ppo_kl} is its negative
 * @param ratioMin smallest importance ratio; NaN when one is NaN
 * @param ratioMean mean of the importance ratios
 * @param ratioMax largest; NaN when one is NaN
 * @param clipFractionLow fraction with {@code s < 1 - epsilonLow} and a negative advantage [clip_ratio/low_mean]
 * @param clipFractionHigh fraction with {@code s > 1 + epsilonHigh} and a positive advantage [clip_ratio/high_mean,
 *     cispo_clip_ratio]. Both are 0 with SAPO, VESPO and REINFORCE, and of {@code d} with GMPO
 * @param clipFraction fraction with either [clip_ratio/region_mean]
 * @param clipFractionLowMin smallest {@code clipFractionLow} of a sequence in which a token counts [clip_ratio/low_min]
 * @param clipFractionHighMax largest {@code clipFractionHigh} of such a sequence [clip_ratio/high_max]
 * @param clipFractionDual fraction where the dual clip is what counts; verl {@code pg_clipfrac_lower}
 * @param vespoWeightMean VESPO's weight, over the sequences in which a token counts [vespo/phi_seq_mean]
 * @param sampling how far the engine that sampled is from the old policy
 * @param offPolicyKeptFraction fraction that the off-policy filter keeps
 * @param entropyKeptFraction fraction that the entropy filter keeps
 * @param entropyThreshold what it compared entropies with, in nats; 0 without it
 * @param entropy mean token entropy in nats; 0 from {@link PolicyLoss} without entropies [entropy]
 * @param tokenCount tokens that counted
 * @param sequenceCount sequences in which a token counted
 */
public record PolicyMetrics(
        double loss,
        double policyLoss,
        double entropyLoss,
        double kl,
        double approxKl,
        double logRatioMean,
        double ratioMin,
        double ratioMean,
        double ratioMax,
        double clipFractionLow,
        double clipFractionHigh,
        double clipFraction,
        double clipFractionLowMin,
        double clipFractionHighMax,
        double clipFractionDual,
        double vespoWeightMean,
        Sampling sampling,
        double offPolicyKeptFraction,
        double entropyKeptFraction,
        double entropyThreshold,
        double entropy,
        long tokenCount,
        long sequenceCount) {

    /**
     * The sampler's log-probs against the old ones; all 0 without them, but {@code keptFraction}. Ratios are over tokens, or
     * over sequences where the {@link SamplerCorrection.Level} is theirs.
     *
     * @param logRatioMean mean of {@code |oldLogProb - samplingLogProb|} [sampling/sampling_logp_difference/mean]
     * @param logRatioMax the largest [sampling/sampling_logp_difference/max]
     * @param ratioMin smallest weight after truncation or masking [sampling/importance_sampling_ratio/min]
     * @param ratioMean their mean [sampling/importance_sampling_ratio/mean]
     * @param ratioMax the largest [sampling/importance_sampling_ratio/max]
     * @param keptFraction fraction within the bounds; 1 without correction
     */
    public record Sampling(
            double logRatioMean,
            double logRatioMax,
            double ratioMin,
            double ratioMean,
            double ratioMax,
            double keptFraction) {}
}
