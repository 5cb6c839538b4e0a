package org.reasonrft.torch;

/**
 * Random numbers as a pure function of a key and a counter: the n-th number of a stream is the same whoever asks, in
 * whatever order and on whatever thread. That is what makes a sampled row independent of the batch around it, and an
 * initialised parameter independent of the parameters before it.
 *
 * <p>The mixing function is the 64-bit finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), applied to the key
 * and the counter in turn. Statistical quality is ample for sampling; it is no cryptographic generator.
 */
public final class CounterRandom {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private CounterRandom() {}

    /** One 64-bit key out of two; {@code combine(a, b)} differs from {@code combine(b, a)}. */
    public static long combine(long key, long value) {
        return mix(mix(key + GOLDEN_GAMMA) ^ (value * GOLDEN_GAMMA + 0x632BE59BD9B4E019L));
    }

    /** A key from text, for streams named by a string. */
    public static long combine(long key, String text) {
        long result = combine(key, text.length());
        for (int i = 0; i < text.length(); i++) {
            result = combine(result, text.charAt(i));
        }
        return result;
    }

    /** 64 random bits. */
    public static long bits(long key, long counter) {
        return mix(key + GOLDEN_GAMMA * (counter + 1));
    }

    /** Uniform in [0, 1), 53 bits. */
    public static double uniform(long key, long counter) {
        return (bits(key, counter) >>> 11) * 0x1.0p-53;
    }

    /**
     * Standard normal by Box and Muller, one of each pair. {@link StrictMath}, so that a seed means the same bits on
     * every machine.
     */
    public static double gaussian(long key, long counter) {
        long pair = counter & ~1L;
        // 1 - u lies in (0, 1], where the logarithm is finite.
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(key, pair)));
        double angle = 2 * StrictMath.PI * uniform(key, pair + 1);
        return radius * ((counter & 1) == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
