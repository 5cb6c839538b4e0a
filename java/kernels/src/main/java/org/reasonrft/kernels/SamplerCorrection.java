package org.reasonrft.kernels;

import java.util.Objects;
import org.reasonrft.kernels.internal.Abi;

/**
 * Weights {@code rho = exp(oldLogProb - samplingLogProb)} for completions that another engine sampled than the one that
 * trains; they multiply the objective and have no gradient. The KL term is not weighted. TRL
 * {@code vllm_importance_sampling_correction}, verl {@code rollout_is}.
 *
 * @param mode what happens to a rho outside the bounds
 * @param level whose rho a token gets
 * @param min lower bound, 0 to max. TRL has 0
 * @param max upper bound, above 0. TRL {@code vllm_importance_sampling_cap}, 3 there; verl 2
 */
public record SamplerCorrection(Mode mode, Level level, double min, double max) {

    /** What happens to a rho outside its bounds. */
    public enum Mode {
        /** Nothing is weighted. */
        NONE(Abi.RRFT_SAMPLER_NONE),
        /** It becomes the nearer bound. Truncated importance sampling; TRL {@code token_truncate}, {@code sequence_truncate}. */
        TRUNCATE(Abi.RRFT_SAMPLER_TRUNCATE),
        /** It becomes 0: the tokens do not count. IcePop; TRL {@code token_mask}, {@code sequence_mask}. */
        MASK(Abi.RRFT_SAMPLER_MASK);

        private final int code;

        Mode(int code) {
            this.code = code;
        }
    }

    /** Whose rho a token gets. */
    public enum Level {
        /** Its own. */
        TOKEN(Abi.RRFT_SAMPLER_TOKEN),
        /** The product over its sequence, as in TRL. */
        SEQUENCE(Abi.RRFT_SAMPLER_SEQUENCE),
        /** The geometric mean over its sequence. */
        SEQUENCE_MEAN(Abi.RRFT_SAMPLER_SEQUENCE_MEAN);

        private final int code;

        Level(int code) {
            this.code = code;
        }
    }

    public SamplerCorrection {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(level, "level");
        if (mode != Mode.NONE) {
            Checks.above("max", max, 0);
            Checks.range("min", min, 0, max);
        }
    }

    /** No weights. */
    public static SamplerCorrection none() {
        return new SamplerCorrection(Mode.NONE, Level.TOKEN, 0, 0);
    }

    public static SamplerCorrection truncate(Level level, double max) {
        return new SamplerCorrection(Mode.TRUNCATE, level, 0, max);
    }

    public static SamplerCorrection mask(Level level, double min, double max) {
        return new SamplerCorrection(Mode.MASK, level, min, max);
    }

    int modeCode() {
        return mode.code;
    }

    int levelCode() {
        return level.code;
    }
}
