package org.reasonrft.kernels;

import java.util.Objects;

/**
 * The KL term {@code coefficient K(k)} of a token, {@code k = refLogProb - logProb}. It is not touched by filters or by the
 * sampler's correction.
 *
 * @param coefficient its weight, at least 0; 0 needs no reference log-probs. TRL {@code beta}, verl {@code kl_loss_coef}
 * @param estimator what K is
 * @param importanceCorrected whether K is multiplied by the importance ratio, with the gradient of both, which makes it
 *     unbiased off policy (DeepSeek-V3.2; TRL {@code use_bias_correction_kl})
 * @param logRatioClamp k is kept within +- this; 0: not. verl 20
 * @param clamp K is kept within +- this, before importance; 0: not. verl 10
 */
public record KlPenalty(
        double coefficient, KlEstimator estimator, boolean importanceCorrected, double logRatioClamp, double clamp) {

    public KlPenalty {
        Checks.range("klCoefficient", coefficient, 0, Float.MAX_VALUE);
        Objects.requireNonNull(estimator, "estimator");
        Checks.range("logRatioClamp", logRatioClamp, 0, Float.MAX_VALUE);
        Checks.range("clamp", clamp, 0, Float.MAX_VALUE);
    }

    /** K3 without clamps, as in GRPO and TRL. */
    public static KlPenalty k3(double coefficient) {
        return new KlPenalty(coefficient, KlEstimator.K3, false, 0, 0);
    }

    public KlPenalty withCoefficient(double value) {
        return new KlPenalty(value, estimator, importanceCorrected, logRatioClamp, clamp);
    }

    public KlPenalty withEstimator(KlEstimator value) {
        return new KlPenalty(coefficient, value, importanceCorrected, logRatioClamp, clamp);
    }

    public KlPenalty withImportanceCorrected(boolean value) {
        return new KlPenalty(coefficient, estimator, value, logRatioClamp, clamp);
    }

    /** verl clamps k to +-20 and K to +-10. */
    public KlPenalty withClamps(double logRatio, double value) {
        return new KlPenalty(coefficient, estimator, importanceCorrected, logRatio, value);
    }
}
