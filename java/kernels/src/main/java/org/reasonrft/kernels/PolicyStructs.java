package org.reasonrft.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.PolicyLossOptionsStruct;
import org.reasonrft.kernels.internal.PolicyMetricsStruct;

/** Options and metrics of the policy loss as structs of the C ABI. Fields left alone are 0 in a cleared struct. */
final class PolicyStructs {

    private PolicyStructs() {}

    /** Options in the form of the C ABI, made anew when others come: a trainer has one set of them. */
    static final class OptionsWriter {
        private final PolicyLossOptionsStruct encoded = new PolicyLossOptionsStruct();
        private PolicyLossOptions options;

        OptionsWriter() {
            encoded.retainReference();
        }

        void write(PolicyLossOptions wanted, PolicyLossOptionsStruct to) {
            if (wanted != options) {
                set(Native.cleared(encoded), wanted);
                options = wanted;
            }
            Pointer.memcpy(to, encoded, encoded.sizeof());
        }
    }

    private static void set(PolicyLossOptionsStruct struct, PolicyLossOptions options) {
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

    /**
     * Reads a metrics struct, all of whose fields have 8 bytes: a getter of the binding is a JNI call each, and they were half
     * the cost of a call.
     */
    static final class MetricsReader {
        private static final int[] OFFSETS = Stream.of(
                        "loss",
                        "policy_loss",
                        "entropy_loss",
                        "kl",
                        "approx_kl",
                        "log_ratio_mean",
                        "ratio_min",
                        "ratio_mean",
                        "ratio_max",
                        "clip_fraction_low",
                        "clip_fraction_high",
                        "clip_fraction",
                        "clip_fraction_low_min",
                        "clip_fraction_high_max",
                        "clip_fraction_dual",
                        "vespo_weight_mean",
                        "sampling_log_ratio_mean",
                        "sampling_log_ratio_max",
                        "sampling_ratio_min",
                        "sampling_ratio_mean",
                        "sampling_ratio_max",
                        "sampling_kept_fraction",
                        "off_policy_kept_fraction",
                        "entropy_kept_fraction",
                        "entropy_threshold",
                        "entropy",
                        "token_count",
                        "sequence_count")
                .mapToInt(field -> Loader.offsetof(PolicyMetricsStruct.class, field))
                .toArray();

        private final ByteBuffer bytes;
        private int next;

        MetricsReader(PolicyMetricsStruct struct) {
            bytes = new BytePointer(struct)
                    .capacity(struct.sizeof())
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder());
        }

        private double number() {
            return bytes.getDouble(OFFSETS[next++]);
        }

        private long count() {
            return bytes.getLong(OFFSETS[next++]);
        }

        /** In the order of OFFSETS: arguments are evaluated from left to right. */
        PolicyMetrics read() {
            next = 0;
            return new PolicyMetrics(
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    number(),
                    new PolicyMetrics.Sampling(number(), number(), number(), number(), number(), number()),
                    number(),
                    number(),
                    number(),
                    number(),
                    count(),
                    count());
        }
    }
}
