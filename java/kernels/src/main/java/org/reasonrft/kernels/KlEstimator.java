package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;

/** Estimates of KL(policy || reference) from one token, with {@code k = refLogProb - logProb} (Schulman, 2020). */
public enum KlEstimator {
    /**
     * {@code -k}. Its gradient is 1 whatever the reference: only {@link KlPenalty#importanceCorrected()} makes it a
     * penalty. verl {@code kl}.
     */
    K1(Abi.RRFT_KL_K1),
    /** {@code k^2 / 2}. verl {@code mse}. */
    K2(Abi.RRFT_KL_K2),
    /** {@code exp(k) - k - 1}: never negative, unbiased. GRPO (arXiv:2402.03300, eq. 4); TRL; verl {@code low_var_kl}. */
    K3(Abi.RRFT_KL_K3),
    /** {@code |k|}. verl {@code abs}. */
    ABSOLUTE(Abi.RRFT_KL_ABSOLUTE);

    private final int code;

    KlEstimator(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
