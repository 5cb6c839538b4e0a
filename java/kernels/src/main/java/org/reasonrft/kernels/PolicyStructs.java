package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.PolicyLossOptionsStruct;
import org.reasonrft.kernels.internal.PolicyMetricsStruct;

/** Options and metrics of the policy loss as structs of the C ABI. Fields left alone are 0 in a cleared struct. */
final class PolicyStructs {

    private PolicyStructs() {}

    static void set(PolicyLossOptionsStruct struct, PolicyLossOptions options) {
        KlPenalty kl = options.kl();
        SamplerCorrection sampler = options.samplerCorrection();
        TokenFilter filter = options.tokenFilter();
        EntropyBonus bonus = options.entropyBonus();
        struct.ratio_level(options.ratioLevel().code())
                .log_ratio_clamp((float) options.logRatioClamp())
                .kl_coefficient((float) kl.coefficient())
                .kl_estimator(kl.estimator().code())
                .kl_importance(kl.importanceCorrected() ? 1 : 0)
                .kl_log_ratio_clamp((float) kl.logRatioClamp())
                .kl_clamp((float) kl.clamp())
                .sampler_correction(sampler.modeCode())
                .sampler_level(sampler.levelCode())
                .sampler_ratio_min((float) sampler.min())
                .sampler_ratio_max((float) sampler.max())
                .off_policy_threshold((float) filter.offPolicyThreshold())
                .entropy_threshold((float) filter.entropyThreshold())
                .top_entropy_fraction(filter.topEntropyFraction())
                .entropy_coefficient((float) bonus.coefficient())
                .entropy_reduction(bonus.meanCode())
                .entropy_normalizer(bonus.normalizer())
                .reduction(options.reduction().code())
                .normalizer(options.normalizer());
        setObjective(struct, options.objective());
    }

    private static void setObjective(PolicyLossOptionsStruct struct, PolicyObjective objective) {
        if (objective instanceof PolicyObjective.Clip clip) {
            struct.objective(Abi.RRFT_OBJECTIVE_CLIP)
                    .epsilon_low((float) clip.epsilonLow())
                    .epsilon_high((float) clip.epsilonHigh())
                    .ratio_cap((float) clip.ratioCap())
                    .dual_clip((float) clip.dualClip());
        } else if (objective instanceof PolicyObjective.Cispo cispo) {
            struct.objective(Abi.RRFT_OBJECTIVE_CISPO)
                    .epsilon_low((float) (1 - cispo.lowest()))
                    .epsilon_high((float) (cispo.highest() - 1));
        } else if (objective instanceof PolicyObjective.Sapo sapo) {
            struct.objective(Abi.RRFT_OBJECTIVE_SAPO)
                    .sapo_temperature_positive((float) sapo.temperaturePositive())
                    .sapo_temperature_negative((float) sapo.temperatureNegative());
        } else if (objective instanceof PolicyObjective.Vespo vespo) {
            struct.objective(Abi.RRFT_OBJECTIVE_VESPO)
                    .vespo_k_positive((float) vespo.kPositive())
                    .vespo_lambda_positive((float) vespo.lambdaPositive())
                    .vespo_k_negative((float) vespo.kNegative())
                    .vespo_lambda_negative((float) vespo.lambdaNegative());
        } else if (objective instanceof PolicyObjective.Gmpo gmpo) {
            struct.objective(Abi.RRFT_OBJECTIVE_GMPO)
                    .epsilon_low((float) gmpo.epsilonLow())
                    .epsilon_high((float) gmpo.epsilonHigh());
        } else {
            struct.objective(Abi.RRFT_OBJECTIVE_REINFORCE);
        }
    }

    static PolicyMetrics metrics(PolicyMetricsStruct m) {
        return new PolicyMetrics(
                m.loss(),
                m.policy_loss(),
                m.entropy_loss(),
                m.kl(),
                m.approx_kl(),
                m.log_ratio_mean(),
                m.ratio_min(),
                m.ratio_mean(),
                m.ratio_max(),
                m.clip_fraction_low(),
                m.clip_fraction_high(),
                m.clip_fraction(),
                m.clip_fraction_low_min(),
                m.clip_fraction_high_max(),
                m.clip_fraction_dual(),
                m.vespo_weight_mean(),
                new PolicyMetrics.Sampling(
                        m.sampling_log_ratio_mean(),
                        m.sampling_log_ratio_max(),
                        m.sampling_ratio_min(),
                        m.sampling_ratio_mean(),
                        m.sampling_ratio_max(),
                        m.sampling_kept_fraction()),
                m.off_policy_kept_fraction(),
                m.entropy_kept_fraction(),
                m.entropy_threshold(),
                m.entropy(),
                m.token_count(),
                m.sequence_count());
    }
}
