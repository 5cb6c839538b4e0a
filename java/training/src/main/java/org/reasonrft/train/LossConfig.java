package org.reasonrft.train;

import org.reasonrft.kernels.EntropyBonus;
import org.reasonrft.kernels.KlEstimator;
import org.reasonrft.kernels.KlPenalty;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.kernels.PolicyObjective;
import org.reasonrft.kernels.RatioLevel;
import org.reasonrft.kernels.TokenFilter;
import org.reasonrft.run.Default;

/**
 * The member of the GRPO family that phase 2 trains with, beyond the keys that all of them have (epsilon_low,
 * epsilon_high, beta, reduction, advantage_baseline, scale_rewards). Defaults are GRPO's. The formulas stand at
 * {@link PolicyLossOptions} and its parts; how published methods spell themselves:
 *
 * <pre>
 * DAPO          reduction: token_mean, epsilon_high: 0.28, beta: 0
 * Dr. GRPO      reduction: fixed_length, scale_rewards: none, beta: 0
 * GSPO          loss: {ratio_level: sequence}, epsilon_low: 3e-4, epsilon_high: 4e-4
 * CISPO, SAPO   loss: {objective: cispo}, loss: {objective: sapo}
 * RLOO          loss: {objective: reinforce}, advantage_baseline: leave_one_out, scale_rewards: none
 * </pre>
 *
 * @param objective the loss of a token
 * @param ratioLevel whose importance ratio: token, sequence (GSPO) or sequence_token (GSPO-token)
 * @param ratioCap ratios beyond it do not count; 0: none. TRL {@code delta}; clip alone
 * @param dualClip bound of the loss where the advantage is negative; 0: none. verl {@code clip_ratio_c}; clip alone
 * @param logRatioClamp log-ratios within +- this; 0: no clamp
 * @param klEstimator of the KL term that beta weighs
 * @param klImportance whether that term is corrected by the importance ratio (DeepSeek-V3.2)
 * @param sapoTemperaturePositive of SAPO's gate where the advantage is positive
 * @param sapoTemperatureNegative where it is not
 * @param vespoKPositive of VESPO's weight where the advantage is not negative
 * @param vespoLambdaPositive likewise
 * @param vespoKNegative where it is negative
 * @param vespoLambdaNegative likewise
 * @param offPolicyThreshold leaves out sequences with a negative advantage whose mean log-ratio to the sampler is larger
 *     (DeepSeek-V3.2); 0: none
 * @param topEntropyFraction trains on this share of the tokens of a micro-batch, those of the highest entropy; 0: all
 * @param entropyCoefficient weight of the mean token entropy, which is added to the objective
 */
public record LossConfig(
        @Default("clip") Objective objective,
        @Default("token") RatioLevel ratioLevel,
        @Default("0") double ratioCap,
        @Default("0") double dualClip,
        @Default("0") double logRatioClamp,
        @Default("k3") KlEstimator klEstimator,
        @Default("false") boolean klImportance,
        @Default("1") double sapoTemperaturePositive,
        @Default("1.05") double sapoTemperatureNegative,
        @Default("2") double vespoKPositive,
        @Default("3") double vespoLambdaPositive,
        @Default("3") double vespoKNegative,
        @Default("2") double vespoLambdaNegative,
        @Default("0") double offPolicyThreshold,
        @Default("0") double topEntropyFraction,
        @Default("0") double entropyCoefficient) {

    /** The loss of a token, {@link PolicyObjective}. */
    public enum Objective {
        CLIP,
        CISPO,
        SAPO,
        VESPO,
        GMPO,
        REINFORCE
    }

    public LossConfig {
        Requirements.present("loss.objective", objective);
        Requirements.present("loss.ratio_level", ratioLevel);
        Requirements.present("loss.kl_estimator", klEstimator);
        if (objective != Objective.CLIP && (ratioCap != 0 || dualClip != 0)) {
            throw new IllegalArgumentException("loss: got " + (ratioCap != 0 ? "ratio_cap" : "dual_clip")
                    + " with objective " + objective + ", wanted objective CLIP for it");
        }
    }

    /** Without reduction and normalizers, which depend on the batch. */
    PolicyLossOptions options(double epsilonLow, double epsilonHigh, double beta) {
        return PolicyLossOptions.defaults()
                .withObjective(objective(epsilonLow, epsilonHigh))
                .withRatioLevel(ratioLevel)
                .withLogRatioClamp(logRatioClamp)
                .withKl(new KlPenalty(beta, klEstimator, klImportance, 0, 0))
                .withTokenFilter(new TokenFilter(offPolicyThreshold, topEntropyFraction, 0));
    }

    /** The entropy bonus of an optimizer step over so many tokens. */
    EntropyBonus entropyBonus(double tokens) {
        return new EntropyBonus(entropyCoefficient, EntropyBonus.Mean.TOKENS, tokens);
    }

    private PolicyObjective objective(double epsilonLow, double epsilonHigh) {
        return switch (objective) {
            case CLIP -> new PolicyObjective.Clip(epsilonLow, epsilonHigh, ratioCap, dualClip);
            case CISPO -> new PolicyObjective.Cispo(1 - epsilonLow, 1 + epsilonHigh);
            case SAPO -> new PolicyObjective.Sapo(sapoTemperaturePositive, sapoTemperatureNegative);
            case VESPO ->
                new PolicyObjective.Vespo(vespoKPositive, vespoLambdaPositive, vespoKNegative, vespoLambdaNegative);
            case GMPO -> new PolicyObjective.Gmpo(epsilonLow, epsilonHigh);
            case REINFORCE -> new PolicyObjective.Reinforce();
        };
    }
}
