package org.reasonrft.kernels;

import java.util.Objects;

/**
 * The loss of the GRPO family and how it is reduced. Per token that counts,
 *
 * <pre>{@code l = objective(s, A) [tokenFilter keeps it] rho + kl.coefficient K(k)}</pre>
 *
 * with the importance ratio {@code s}, advantage {@code A}, sampler weight {@code rho} and
 * {@code k = refLogProb - logProb}; the loss is the reduction of {@code l} minus the entropy bonus. The factories are the
 * published methods; everything else is a {@code with} away. Immutable.
 *
 * @param objective the loss of a token
 * @param ratioLevel whose importance ratio it gets; {@link RatioLevel#TOKEN} with VESPO, GMPO and REINFORCE
 * @param logRatioClamp {@code logProb - oldLogProb} is kept within +- this; 0: not. verl 20
 * @param kl the KL term
 * @param samplerCorrection weights against the log-probs of the engine that sampled
 * @param tokenFilter tokens whose objective counts
 * @param entropyBonus the entropy term
 * @param reduction how token losses become one number
 * @param normalizer the divisor of the reduction, at least 0; 0 takes it from the mask of the call, which
 *     {@link Reduction#FIXED_LENGTH} does not allow
 */
public record PolicyLossOptions(
        PolicyObjective objective,
        RatioLevel ratioLevel,
        double logRatioClamp,
        KlPenalty kl,
        SamplerCorrection samplerCorrection,
        TokenFilter tokenFilter,
        EntropyBonus entropyBonus,
        Reduction reduction,
        double normalizer) {

    /** Checks the ranges given above; {@link IllegalArgumentException} names the offending value. */
    public PolicyLossOptions {
        Objects.requireNonNull(objective, "objective");
        Objects.requireNonNull(ratioLevel, "ratioLevel");
        Objects.requireNonNull(kl, "kl");
        Objects.requireNonNull(samplerCorrection, "samplerCorrection");
        Objects.requireNonNull(tokenFilter, "tokenFilter");
        Objects.requireNonNull(entropyBonus, "entropyBonus");
        Objects.requireNonNull(reduction, "reduction");
        Checks.range("logRatioClamp", logRatioClamp, 0, Float.MAX_VALUE);
        Checks.range("normalizer", normalizer, 0, Double.MAX_VALUE);
        if (reduction == Reduction.FIXED_LENGTH && normalizer == 0) {
            throw new IllegalArgumentException(
                    "normalizer: 0 with FIXED_LENGTH; wanted B times the longest completion allowed");
        }
        boolean hasRatio = objective instanceof PolicyObjective.Clip
                || objective instanceof PolicyObjective.Cispo
                || objective instanceof PolicyObjective.Sapo;
        if (!hasRatio && ratioLevel != RatioLevel.TOKEN) {
            throw new IllegalArgumentException("ratioLevel: " + ratioLevel + " with "
                    + objective.getClass().getSimpleName() + "; wanted TOKEN");
        }
    }

    /** TRL's defaults: clip at 0.8 and 1.2, no KL term, token mean. */
    public static PolicyLossOptions defaults() {
        return of(new PolicyObjective.Clip(0.2, 0.2), RatioLevel.TOKEN, Reduction.TOKEN_MEAN);
    }

    /**
     * GRPO (arXiv:2402.03300; TRL {@code loss_type="grpo"}; verl {@code seq-mean-token-mean}): clip at 0.8 and 1.2,
     * sequence mean, no KL term (the paper uses {@code withKlCoefficient(0.04)}).
     */
    public static PolicyLossOptions grpo() {
        return defaults().withReduction(Reduction.SEQUENCE_MEAN);
    }

    /**
     * DAPO (arXiv:2503.14476; TRL {@code "dapo"}; verl {@code token-mean}): clip at 0.8 and 1.28, token mean, no KL term.
     * Set the normalizer when a step has several calls.
     */
    public static PolicyLossOptions dapo() {
        return defaults().withObjective(new PolicyObjective.Clip(0.2, 0.28));
    }

    /**
     * Dr. GRPO (arXiv:2503.20783; TRL {@code "dr_grpo"}; verl {@code seq-mean-token-sum-norm}): clip at 0.8 and 1.2, no KL
     * term, every token divided by the same constant.
     *
     * @param sequences sequences in the optimisation step, at least 1
     * @param maxCompletionLength longest completion that sampling allows, in tokens, at least 1
     */
    public static PolicyLossOptions drGrpo(long sequences, long maxCompletionLength) {
        Checks.atLeast("sequences", sequences, 1);
        Checks.atLeast("maxCompletionLength", maxCompletionLength, 1);
        return defaults().withReduction(Reduction.FIXED_LENGTH, (double) sequences * maxCompletionLength);
    }

    /**
     * GSPO (arXiv:2507.18071; TRL {@code importance_sampling_level="sequence"}): the paper's clip of the sequence's ratio
     * at 1 - 3e-4 and 1 + 4e-4, sequence mean. {@code withRatioLevel(SEQUENCE_TOKEN)} is GSPO-token, verl's {@code gspo}.
     */
    public static PolicyLossOptions gspo() {
        return of(new PolicyObjective.Clip(3e-4, 4e-4), RatioLevel.SEQUENCE, Reduction.SEQUENCE_MEAN);
    }

    /**
     * CISPO (arXiv:2506.13585; TRL {@code "cispo"} with {@code epsilon_high=5.0}, ScaleRL's value): weights of at most 5, no
     * lower bound, token mean.
     */
    public static PolicyLossOptions cispo() {
        return of(new PolicyObjective.Cispo(0, 5), RatioLevel.TOKEN, Reduction.TOKEN_MEAN);
    }

    /** SAPO (arXiv:2511.20347; TRL {@code "sapo"}): temperatures 1 and 1.05, sequence mean. */
    public static PolicyLossOptions sapo() {
        return of(new PolicyObjective.Sapo(1, 1.05), RatioLevel.TOKEN, Reduction.SEQUENCE_MEAN);
    }

    /** GMPO (arXiv:2507.20673; verl {@code geo_mean}): the paper's clip of log-ratios at -0.4 and 0.4, sequence mean. */
    public static PolicyLossOptions gmpo() {
        return of(new PolicyObjective.Gmpo(0.4, 0.4), RatioLevel.TOKEN, Reduction.SEQUENCE_MEAN);
    }

    /** VESPO (TRL {@code "vespo"} with its defaults: k 2 and 3, lambda 3 and 2), token mean. */
    public static PolicyLossOptions vespo() {
        return of(new PolicyObjective.Vespo(2, 3, 3, 2), RatioLevel.TOKEN, Reduction.TOKEN_MEAN);
    }

    /** LUSPO (TRL {@code "luspo"}): GSPO's loss times the length of the sequence, clip at 1 - 2e-3 and 1 + 2.5e-3. */
    public static PolicyLossOptions luspo() {
        return of(new PolicyObjective.Clip(2e-3, 2.5e-3), RatioLevel.SEQUENCE, Reduction.SEQUENCE_SUM);
    }

    /** The plain policy gradient {@code -A log-prob}, token mean. */
    public static PolicyLossOptions reinforce() {
        return of(new PolicyObjective.Reinforce(), RatioLevel.TOKEN, Reduction.TOKEN_MEAN);
    }

    /** The first of the choices that need to know which tokens are of one sequence; null: none does. */
    String sequenceCoupling() {
        if (reduction == Reduction.SEQUENCE_MEAN || reduction == Reduction.SEQUENCE_SUM) {
            return "reduction " + reduction;
        }
        if (ratioLevel != RatioLevel.TOKEN) {
            return "ratioLevel " + ratioLevel;
        }
        if (objective instanceof PolicyObjective.Vespo || objective instanceof PolicyObjective.Gmpo) {
            return "objective " + objective.getClass().getSimpleName();
        }
        if (tokenFilter.offPolicyThreshold() > 0) {
            return "offPolicyThreshold " + tokenFilter.offPolicyThreshold();
        }
        if (samplerCorrection.mode() != SamplerCorrection.Mode.NONE
                && samplerCorrection.level() != SamplerCorrection.Level.TOKEN) {
            return "samplerCorrection of level " + samplerCorrection.level();
        }
        return null;
    }

    private static PolicyLossOptions of(PolicyObjective objective, RatioLevel level, Reduction reduction) {
        return new PolicyLossOptions(
                objective,
                level,
                0,
                KlPenalty.k3(0),
                SamplerCorrection.none(),
                TokenFilter.none(),
                EntropyBonus.none(),
                reduction,
                0);
    }

    public PolicyLossOptions withObjective(PolicyObjective value) {
        return new PolicyLossOptions(
                value,
                ratioLevel,
                logRatioClamp,
                kl,
                samplerCorrection,
                tokenFilter,
                entropyBonus,
                reduction,
                normalizer);
    }

    public PolicyLossOptions withRatioLevel(RatioLevel value) {
        return new PolicyLossOptions(
                objective,
                value,
                logRatioClamp,
                kl,
                samplerCorrection,
                tokenFilter,
                entropyBonus,
                reduction,
                normalizer);
    }

    public PolicyLossOptions withLogRatioClamp(double value) {
        return new PolicyLossOptions(
                objective, ratioLevel, value, kl, samplerCorrection, tokenFilter, entropyBonus, reduction, normalizer);
    }

    public PolicyLossOptions withKl(KlPenalty value) {
        return new PolicyLossOptions(
                objective,
                ratioLevel,
                logRatioClamp,
                value,
                samplerCorrection,
                tokenFilter,
                entropyBonus,
                reduction,
                normalizer);
    }

    /** The KL term with another weight. */
    public PolicyLossOptions withKlCoefficient(double value) {
        return withKl(kl.withCoefficient(value));
    }

    public PolicyLossOptions withSamplerCorrection(SamplerCorrection value) {
        return new PolicyLossOptions(
                objective, ratioLevel, logRatioClamp, kl, value, tokenFilter, entropyBonus, reduction, normalizer);
    }

    public PolicyLossOptions withTokenFilter(TokenFilter value) {
        return new PolicyLossOptions(
                objective,
                ratioLevel,
                logRatioClamp,
                kl,
                samplerCorrection,
                value,
                entropyBonus,
                reduction,
                normalizer);
    }

    public PolicyLossOptions withEntropyBonus(EntropyBonus value) {
        return new PolicyLossOptions(
                objective, ratioLevel, logRatioClamp, kl, samplerCorrection, tokenFilter, value, reduction, normalizer);
    }

    public PolicyLossOptions withReduction(Reduction value) {
        return withReduction(value, normalizer);
    }

    public PolicyLossOptions withReduction(Reduction value, double divisor) {
        return new PolicyLossOptions(
                objective, ratioLevel, logRatioClamp, kl, samplerCorrection, tokenFilter, entropyBonus, value, divisor);
    }

    public PolicyLossOptions withNormalizer(double value) {
        return withReduction(reduction, value);
    }
}
