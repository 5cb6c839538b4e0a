package org.reasonrft.report;

import java.util.Arrays;

/** Values over a growing x; not-a-number where a value is missing. */
final class Series {
    private final double[] x;
    private final double[] y;

    Series(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException("got " + x.length + " x and " + y.length + " y");
        }
        this.x = x;
        this.y = y;
    }

    int size() {
        return x.length;
    }

    double x(int i) {
        return x[i];
    }

    double y(int i) {
        return y[i];
    }

    boolean hasValues() {
        return Arrays.stream(y).anyMatch(Double::isFinite);
    }

    /** The last value, not-a-number if there is none. */
    double last() {
        for (int i = y.length - 1; i >= 0; i--) {
            if (Double.isFinite(y[i])) {
                return y[i];
            }
        }
        return Double.NaN;
    }

    double[] values() {
        return Arrays.stream(y).filter(Double::isFinite).toArray();
    }

    /**
     * Exponential moving average over about {@code window} points, corrected for its start at zero (the correction of Adam, Kingma and
     * Ba 2015), so that the first points are not pulled down.
     */
    Series smoothed(double window) {
        double keep = window <= 1 ? 0 : 1 - 1 / window;
        double sum = 0;
        double weight = 0;
        double[] smooth = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            if (Double.isFinite(y[i])) {
                sum = keep * sum + (1 - keep) * y[i];
                weight = keep * weight + (1 - keep);
            }
            smooth[i] = weight == 0 ? Double.NaN : sum / weight;
        }
        return new Series(x, smooth);
    }

    /** At most about {@code points} points: of each stretch the lowest and the highest, so that spikes survive. */
    Series thinned(int points) {
        if (x.length <= points) {
            return this;
        }
        int stretches = Math.max(1, points / 2);
        int[] kept = new int[2 * stretches];
        int count = 0;
        for (int s = 0; s < stretches; s++) {
            int from = (int) ((long) s * x.length / stretches);
            int to = (int) ((long) (s + 1) * x.length / stretches);
            int low = -1;
            int high = -1;
            for (int i = from; i < to; i++) {
                if (Double.isFinite(y[i])) {
                    low = low < 0 || y[i] < y[low] ? i : low;
                    high = high < 0 || y[i] > y[high] ? i : high;
                }
            }
            if (low >= 0) {
                kept[count++] = Math.min(low, high);
                if (low != high) {
                    kept[count++] = Math.max(low, high);
                }
            }
        }
        int[] indices = Arrays.copyOf(kept, count);
        return new Series(
                Arrays.stream(indices).mapToDouble(i -> x[i]).toArray(),
                Arrays.stream(indices).mapToDouble(i -> y[i]).toArray());
    }

    Series withX(java.util.function.DoubleUnaryOperator map) {
        return new Series(Arrays.stream(x).map(map).toArray(), y);
    }
}
