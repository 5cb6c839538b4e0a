package org.reasonrft.report;

import java.util.ArrayList;
import java.util.List;

/** A linear axis: maps values to a length on the paper and finds round numbers to write at it. */
final class Axis {
    private final double low;
    private final double high;
    private final double from;
    private final double to;

    /**
     * @param low  value at {@code from}
     * @param high value at {@code to}, above {@code low}
     */
    Axis(double low, double high, double from, double to) {
        if (!(low < high)) {
            throw new IllegalArgumentException("axis from " + low + " to " + high);
        }
        this.low = low;
        this.high = high;
        this.from = from;
        this.to = to;
    }

    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** About {@code count} values 1, 2 or 5 times a power of ten apart. */
    List<Double> ticks(int count) {
        double rough = (high - low) / count;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double fraction = rough / power;
        double step = power * (fraction <= 1.5 ? 1 : fraction <= 3.5 ? 2 : fraction <= 7.5 ? 5 : 10);
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }
}
