package org.reasonrft.reward;

import java.util.Objects;
import org.reasonrft.data.Sample;

/**
 * One completion to be scored.
 *
 * @param completion the generated text, decoded without special tokens (end of turn, padding)
 * @param sample the record that the completion answers
 * @param step rollouts before the one it belongs to, for rewards that change in the course of training
 */
public record RewardInput(String completion, Sample sample, long step) {
    /**
     * @throws NullPointerException if either is null
     * @throws IllegalArgumentException if {@code step} is negative
     */
    public RewardInput {
        Objects.requireNonNull(completion, "completion");
        Objects.requireNonNull(sample, "sample");
        if (step < 0) {
            throw new IllegalArgumentException("step: got " + step + ", wanted 0 or more");
        }
    }

    /** A completion outside training. */
    public RewardInput(String completion, Sample sample) {
        this(completion, sample, 0);
    }
}
