package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;

/** Whose importance ratio a token gets, with {@code d = logProb - oldLogProb}. TRL {@code importance_sampling_level}. */
public enum RatioLevel {
    /** {@code exp(d)} of the token itself: PPO, GRPO. */
    TOKEN(Abi.RRFT_RATIO_TOKEN),
    /** {@code exp(mean_t d)} of its sequence, with the gradient of that mean. GSPO (arXiv:2507.18071). */
    SEQUENCE(Abi.RRFT_RATIO_SEQUENCE),
    /** The value of {@link #SEQUENCE} with the gradient of {@link #TOKEN}. GSPO-token, of the same paper; verl {@code gspo}. */
    SEQUENCE_TOKEN(Abi.RRFT_RATIO_SEQUENCE_TOKEN);

    private final int code;

    RatioLevel(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
