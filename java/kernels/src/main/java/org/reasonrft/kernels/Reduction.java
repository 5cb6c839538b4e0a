package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;

/**
 * How the token losses {@code l[i,t]} under the mask {@code m} become one number. The {@code normalizer} is
 * {@link PolicyLossOptions#normalizer()}; setting it makes the gradients of micro-batches add up to those of the whole
 * batch.
 */
public enum Reduction {
    /**
     * {@code sum(m l) / max(1, normalizer or sum(m))}: each token weighs the same. DAPO (arXiv:2503.14476, eq. 8; TRL
     * {@code loss_type="dapo"}) with the token count of the whole optimisation step as normalizer; BNPO (TRL
     * {@code "bnpo"}) with normalizer 0, the token count of this call.
     */
    TOKEN_MEAN(Abi.RRFT_REDUCE_TOKEN_MEAN),
    /**
     * {@code mean_i(sum_t(m l) / max(1, sum_t m))}: each sequence weighs the same. GRPO (arXiv:2402.03300, eq. 3; TRL
     * {@code loss_type="grpo"}). A positive normalizer replaces the number of sequences B.
     */
    SEQUENCE_MEAN(Abi.RRFT_REDUCE_SEQUENCE_MEAN),
    /**
     * {@code sum(m l) / normalizer} with normalizer B times the longest completion allowed, which takes out the length
     * bias. Dr. GRPO (arXiv:2503.20783; TRL {@code loss_type="dr_grpo"}). The normalizer must be set.
     */
    FIXED_LENGTH(Abi.RRFT_REDUCE_FIXED_LENGTH),
    /**
     * {@code mean_i(sum_t(m l))}: long sequences weigh more. LUSPO (TRL {@code loss_type="luspo"}; verl
     * {@code seq-mean-token-sum}). A positive normalizer replaces the number of sequences B.
     */
    SEQUENCE_SUM(Abi.RRFT_REDUCE_SEQUENCE_SUM);

    private final int code;

    Reduction(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
