package org.reasonrft.reward;

import java.util.Objects;
import org.reasonrft.data.Sample;

/**
 * One completion to be scored.
 *
 * @param completion the generated text, decoded without special tokens (end of turn, padding)
 * @param sample the record that the completion answers
 */
public record RewardInput(String completion, Sample sample) {
    /** @throws NullPointerException if either is null */
    public RewardInput {
        Objects.requireNonNull(completion, "completion");
        Objects.requireNonNull(sample, "sample");
    }
}
