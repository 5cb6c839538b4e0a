package org.reasonrft.kernels;

/**
 * The dense matrix product that {@link LinearLogProbs} is driven with: a seam for the caller's linear algebra library, of
 * which {@code reason-rft-kernels} brings none. {@code org.reasonrft.torch.TorchMatrixProduct} of {@code reason-rft} is
 * the one on libtorch.
 */
@FunctionalInterface
public interface MatrixProduct {

    /**
     * {@code c = a b}, or {@code c += a b}.
     *
     * @param a F32, BF16 or F16 of shape (M, K), with any strides: one of the two is 1 where the size is above 1
     * @param b of the type of {@code a}, shape (K, N), likewise
     * @param c of the type of {@code a}, or F32, which then takes sums without rounding them to that type; shape (M, N), the
     *     second dimension contiguous
     * @param accumulate whether to add to what {@code c} holds
     */
    void multiply(View a, View b, View c, boolean accumulate);
}
