package org.reasonrft.reward;

import java.util.List;

/** A reward that looks at one completion at a time. */
public interface CompletionReward extends RewardFunction {
    /**
     * Scores a completion.
     *
     * @return its reward; NaN means that this reward does not apply to it and must be left out of its total
     */
    float score(RewardInput input);

    @Override
    default float[] score(List<RewardInput> batch) {
        float[] rewards = new float[batch.size()];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = score(batch.get(i));
        }
        return rewards;
    }
}
