package org.reasonrft.eval;

import java.util.List;
import org.reasonrft.data.Sample;

/**
 * One answered question.
 *
 * @param attempts one or several completions, in the order of sampling
 */
public record Prediction(Sample sample, List<Attempt> attempts) {
    public Prediction {
        attempts = List.copyOf(attempts);
        if (attempts.isEmpty()) {
            throw new IllegalArgumentException("attempts: got none for " + sample.id() + ", wanted at least 1");
        }
    }

    /** The first completion. */
    public Attempt first() {
        return attempts.get(0);
    }
}
