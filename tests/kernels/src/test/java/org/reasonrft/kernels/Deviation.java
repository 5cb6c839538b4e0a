package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

/** Largest difference between two arrays relative to the largest expected magnitude, and where it is. */
record Deviation(double relative, int index, float actual, float expected) {

    static Deviation of(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double scale = Double.MIN_NORMAL;
        for (float value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        Deviation worst = new Deviation(0, -1, 0, 0);
        for (int i = 0; i < actual.length; i++) {
            double relative = Math.abs((double) actual[i] - expected[i]) / scale;
            if (!(relative <= worst.relative)) { // NaN counts as worst
                worst = new Deviation(relative, i, actual[i], expected[i]);
            }
        }
        return worst;
    }

    void assertAtMost(double tolerance) {
        assertThat(relative).as(toString()).isLessThanOrEqualTo(tolerance);
    }
}
