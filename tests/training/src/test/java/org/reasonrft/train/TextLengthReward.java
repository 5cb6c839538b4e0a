package org.reasonrft.train;

import org.reasonrft.reward.CompletionReward;
import org.reasonrft.reward.RewardInput;

/** A reward that a model of random parameters earns in differing amounts: how long its text is. */
public final class TextLengthReward implements CompletionReward {
    @Override
    public String name() {
        return "text_length";
    }

    @Override
    public float score(RewardInput input) {
        return input.completion().length();
    }
}
