package org.reasonrft.reward;

import java.util.List;

/**
 * 1 if the completion's answer is the gold answer or mathematically equivalent to it, otherwise 0. Unlike
 * {@link AccuracyReward} it reads mathematics inside {@code <answer>} tags too: {@code 3.0} is {@code 3} and
 * {@code \sqrt{12}} is {@code 2\sqrt{3}}.
 */
public final class EquivalenceReward implements RewardFunction {
    private static final AccuracyReward ACCURACY = new AccuracyReward();

    @Override
    public String name() {
        return "equivalence";
    }

    @Override
    public float[] score(List<RewardInput> batch) {
        float[] rewards = new float[batch.size()];
        for (int i = 0; i < rewards.length; i++) {
            String completion = batch.get(i).completion();
            String gold = batch.get(i).sample().answer();
            boolean correct =
                    ACCURACY.isCorrect(completion, gold) || AnswerVerifier.MATHEMATICAL.verify(completion, gold);
            rewards[i] = correct ? 1f : 0f;
        }
        return rewards;
    }
}
