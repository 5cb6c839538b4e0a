package org.reasonrft.train;

import org.reasonrft.torch.Torch;

/** Checks of configuration values; each failure names the key, what came and what was wanted. */
final class Requirements {
    private Requirements() {}

    static <T> T present(String key, T value) {
        if (value == null) {
            throw new IllegalArgumentException(key + ": is required");
        }
        return value;
    }

    static void atLeast(String key, long value, long minimum) {
        if (value < minimum) {
            throw new IllegalArgumentException(key + ": got " + value + ", wanted at least " + minimum);
        }
    }

    /** More threads than any machine has cores end the process inside the OpenMP runtime, where no message can be given. */
    static void threads(int threads) {
        if (threads < 0 || threads > Torch.MAX_THREADS) {
            throw new IllegalArgumentException("threads: got " + threads + ", wanted 0 (all) to " + Torch.MAX_THREADS);
        }
    }

    static void positive(String key, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(key + ": got " + value + ", wanted a finite number above 0");
        }
    }

    static void within(String key, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(key + ": got " + value + ", wanted " + low + " to " + high);
        }
    }

    static void divides(String divisorKey, long divisor, String key, long value) {
        if (value % divisor != 0) {
            throw new IllegalArgumentException(
                    key + ": got " + value + ", wanted a multiple of " + divisorKey + " (" + divisor + ")");
        }
    }
}
