package org.reasonrft.train;

import java.util.Locale;

/** How the learning rate falls after a linear warm-up; the names and shapes are those of transformers. */
public enum Schedule {
    /** Stays at the peak. */
    CONSTANT,
    /** Falls in a straight line to {@code minimumRatio * peak} at the last step. */
    LINEAR,
    /** Falls along half a cosine to {@code minimumRatio * peak} at the last step. */
    COSINE;

    /**
     * The learning rate of one optimizer step.
     *
     * @param step zero-based index of the step, in {@code [0, maxSteps)}
     * @param warmupSteps steps over which the rate rises linearly; the first step gets {@code peak / warmupSteps}
     * @param maxSteps steps of the whole run
     * @param peak rate at the end of the warm-up
     * @param minimumRatio the rate's share of the peak that is left at the end, in {@code [0, 1]}
     */
    double learningRate(long step, long warmupSteps, long maxSteps, double peak, double minimumRatio) {
        if (step < warmupSteps) {
            return peak * (step + 1) / warmupSteps;
        }
        double progress = Math.min(1.0, (double) (step - warmupSteps) / Math.max(1, maxSteps - warmupSteps));
        double share = switch (this) {
            case CONSTANT -> 1.0;
            case LINEAR -> minimumRatio + (1 - minimumRatio) * (1 - progress);
            case COSINE -> minimumRatio + (1 - minimumRatio) * 0.5 * (1 + StrictMath.cos(Math.PI * progress));
        };
        return peak * share;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
