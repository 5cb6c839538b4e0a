package org.reasonrft.report;

/**
 * An estimate with its 95 % confidence interval: of a share in [0, 1], of a difference of shares in [-1, 1], or of a mean
 * of something else.
 *
 * @param value the estimate
 * @param low   lower end of the interval
 * @param high  upper end of the interval
 */
public record Proportion(double value, double low, double high) {
    /** Two-sided 95 % quantile of the standard normal distribution. */
    private static final double Z = 1.959963984540054;

    /** The share of successes, with Wilson's score interval (1927), which stays sensible near 0 and 1 where the usual one does not. */
    static Proportion of(int successes, int trials) {
        if (trials < 1 || successes < 0 || successes > trials) {
            throw new IllegalArgumentException("got " + successes + " successes in " + trials + " trials");
        }
        double n = trials;
        double p = successes / n;
        double center = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
        double half = Z / (1 + Z * Z / n) * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
        return new Proportion(p, Math.max(0, center - half), Math.min(1, center + half));
    }

    /**
     * How much more often {@code a} is right than {@code b}, on the same questions. Only the questions on which the two differ tell them
     * apart (McNemar 1947); the interval is Wald's for paired proportions.
     *
     * @param a one 0 or 1 per question
     * @param b as many, for the same questions in the same order
     */
    static Proportion pairedDifference(String a, String b) {
        if (a.length() != b.length() || a.isEmpty()) {
            throw new IllegalArgumentException(
                    "got " + a.length() + " and " + b.length() + " answers to the same questions");
        }
        double n = a.length();
        int onlyA = 0;
        int onlyB = 0;
        for (int i = 0; i < a.length(); i++) {
            onlyA += a.charAt(i) == '1' && b.charAt(i) == '0' ? 1 : 0;
            onlyB += a.charAt(i) == '0' && b.charAt(i) == '1' ? 1 : 0;
        }
        double difference = (onlyA - onlyB) / n;
        double half = Z * Math.sqrt(Math.max(0, onlyA + onlyB - (double) (onlyA - onlyB) * (onlyA - onlyB) / n)) / n;
        return new Proportion(difference, Math.max(-1, difference - half), Math.min(1, difference + half));
    }
}
