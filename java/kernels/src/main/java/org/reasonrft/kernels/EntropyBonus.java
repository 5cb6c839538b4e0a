package org.reasonrft.kernels;

import java.util.Objects;
import org.reasonrft.kernels.internal.Abi;

/**
 * The term {@code -coefficient mean(entropy)} of the loss. {@link FusedPolicyLoss} puts its gradient into the logits;
 * {@link PolicyLoss}, which sees no logits, takes entropies and gives the gradient by them.
 *
 * @param coefficient its weight, at least 0. TRL {@code entropy_coef}, verl {@code entropy_coeff}
 * @param mean what the mean is over
 * @param normalizer tokens to divide by with {@link Mean#TOKENS}, at least 0; 0: those of the call
 */
public record EntropyBonus(double coefficient, Mean mean, double normalizer) {

    /** How entropies become one number. */
    public enum Mean {
        /** Over tokens, whatever the loss: TRL. */
        TOKENS(Abi.RRFT_ENTROPY_TOKEN_MEAN),
        /** By the reduction and normalizer of the loss: verl. */
        AS_LOSS(Abi.RRFT_ENTROPY_AS_LOSS);

        private final int code;

        Mean(int code) {
            this.code = code;
        }
    }

    public EntropyBonus {
        Checks.range("entropyCoefficient", coefficient, 0, Float.MAX_VALUE);
        Objects.requireNonNull(mean, "mean");
        Checks.range("entropyNormalizer", normalizer, 0, Double.MAX_VALUE);
    }

    /** No bonus. */
    public static EntropyBonus none() {
        return of(0);
    }

    /** The mean over the tokens of the call. */
    public static EntropyBonus of(double coefficient) {
        return new EntropyBonus(coefficient, Mean.TOKENS, 0);
    }

    int meanCode() {
        return mean.code;
    }
}
