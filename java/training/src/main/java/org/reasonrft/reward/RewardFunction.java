package org.reasonrft.reward;

import java.util.List;

/**
 * Scores completions. A reward sees the whole batch because some rewards compare completions with each other.
 *
 * <p>Implementations are free of side effects, and bad model output is an ordinary case that gets a low score, never
 * an exception.
 */
public interface RewardFunction {
    /** Short name for logs and metrics, for example {@code accuracy}. */
    String name();

    /**
     * Scores a batch.
     *
     * @param batch any number of completions, of one or several samples
     * @return one reward per completion, in batch order; NaN means that this reward does not apply to the completion
     *     and must be left out of its total
     */
    float[] score(List<RewardInput> batch);
}
