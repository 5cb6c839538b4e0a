package org.reasonrft.train;

import java.util.List;
import org.reasonrft.reward.RewardFunction;
import org.reasonrft.reward.RewardInput;

/** A reward that a model of random parameters earns in differing amounts: how long its text is. */
public final class TextLengthReward implements RewardFunction {
    @Override
    public String name() {
        return "text_length";
    }

    @Override
    public float[] score(List<RewardInput> batch) {
        float[] rewards = new float[batch.size()];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = batch.get(i).completion().length();
        }
        return rewards;
    }
}
