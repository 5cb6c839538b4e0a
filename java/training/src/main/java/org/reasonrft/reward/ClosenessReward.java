package org.reasonrft.reward;

import java.util.List;
import org.reasonrft.data.AnswerTags;

/**
 * How near a number comes to the gold number: {@code max(0, 1 - |answer - gold| / 3)}, 0 when the tags hold no number.
 *
 * <p>A graded companion of {@link AccuracyReward} for counts. Each wrong step of a count moves it by one, so this reward
 * tells a chain with one slip from a chain with three, where exact equality calls both wrong and a group of only wrong
 * answers teaches nothing. The paper's tolerance reward serves the same end for measurements, by relative error; a count
 * of five missed by one would earn 0 there.
 */
public final class ClosenessReward implements RewardFunction {
    /** A count this far off earns nothing. */
    private static final double REACH = 3;

    @Override
    public String name() {
        return "closeness";
    }

    @Override
    public float[] score(List<RewardInput> batch) {
        float[] rewards = new float[batch.size()];
        for (int i = 0; i < rewards.length; i++) {
            RewardInput input = batch.get(i);
            rewards[i] = score(
                    AnswerTags.inside(input.completion()).orElse(""),
                    AnswerTags.insideOrWhole(input.sample().answer()));
        }
        return rewards;
    }

    private static float score(String answer, String gold) {
        try {
            double distance = Math.abs(Double.parseDouble(answer) - Double.parseDouble(gold));
            return distance < REACH ? (float) (1 - distance / REACH) : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
