package org.reasonrft.reward;

import java.util.List;

/**
 * Scores completions; {@link CompletionReward} is the form for one at a time. A recipe names its rewards: those that come with the library by their {@link #name()}, others by
 * that too if {@link java.util.ServiceLoader} finds them, or by the name of their class, which then needs a public
 * constructor without parameters.
 *
 * <p>Implementations are free of side effects, and bad model output is an ordinary case that gets a low score. A call
 * that throws or takes too long does not end the run: {@link GuardedReward} leaves those completions unscored. It may
 * call again, on another thread, while the call that took too long still goes on.
 */
public interface RewardFunction {
    /** Short name for configuration, logs and metrics, for example {@code accuracy}. */
    String name();

    /**
     * Scores a batch.
     *
     * @param batch any number of completions, of one or several samples; those of a sample stand next to each other
     * @return one reward per completion, in batch order; NaN means that this reward does not apply to the completion
     *     and must be left out of its total
     */
    float[] score(List<RewardInput> batch);

    /**
     * Whether a completion's reward depends on nothing but itself and its sample. Then, after a failure, each completion
     * is scored by itself, so that only the one that cannot be scored is lost, and otherwise all completions of its
     * sample are.
     */
    default boolean judgesEachAlone() {
        return true;
    }
}
