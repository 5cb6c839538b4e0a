package org.reasonrft.eval;

/** How likely it is that at least one of k completions of a question is right. */
public final class PassAtK {
    private PassAtK() {}

    /**
     * The unbiased estimate {@code 1 - C(n - c, k) / C(n, k)} from n completions of which c are right (Chen et al.
     * 2021, arXiv:2107.03374, equation 1), as a product of ratios: the binomials themselves would overflow.
     *
     * @param n completions, at least 1
     * @param c right ones, 0 to n
     * @param k 1 to n
     */
    public static double estimate(int n, int c, int k) {
        if (n < 1 || c < 0 || c > n || k < 1 || k > n) {
            throw new IllegalArgumentException(
                    "got n " + n + ", c " + c + ", k " + k + "; wanted n >= 1, 0 <= c <= n and 1 <= k <= n");
        }
        double missed = 1;
        for (int i = 0; i < k; i++) {
            // The i-th draw without replacement misses as well. At 0 and below there are no wrong ones left.
            missed *= Math.max(0, n - c - i) / (double) (n - i);
        }
        return 1 - missed;
    }
}
