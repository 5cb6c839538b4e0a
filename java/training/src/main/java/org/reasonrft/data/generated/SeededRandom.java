package org.reasonrft.data.generated;

import java.util.List;

/**
 * SplitMix64 (Steele, Lea, Flood 2014). Written out because a data set's seed has to mean the same pictures on every
 * platform and in every Java release, which {@link java.util.SplittableRandom} does not promise.
 */
public final class SeededRandom {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    /** The stream that a seed alone names. */
    public SeededRandom(long seed) {
        state = seed;
    }

    /** The stream of one sample: neighbouring seeds, splits or indices give unrelated streams. */
    public static SeededRandom of(long seed, String split, int index) {
        return new SeededRandom(mix(mix(mix(seed) ^ split.hashCode()) ^ index));
    }

    /** The next 64 bits. */
    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** Uniform in [0, 1). */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Uniform from low to high. */
    public double between(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** Uniform from low to high, both included. */
    public int between(int low, int high) {
        return low + (int) (nextDouble() * (high - low + 1));
    }

    /** True with the given probability. */
    public boolean chance(double probability) {
        return nextDouble() < probability;
    }

    /** One of the values, each as likely. */
    public <T> T pick(T[] values) {
        return values[between(0, values.length - 1)];
    }

    /** One of the values, each as likely. */
    public <T> T pick(List<T> values) {
        return values.get(between(0, values.size() - 1));
    }

    /** An index drawn in proportion to the weights, which are not negative and not all zero. */
    public int weighted(double[] weights) {
        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        double rest = nextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                last = i;
                rest -= weights[i];
                if (rest < 0) {
                    return i;
                }
            }
        }
        return last;
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
