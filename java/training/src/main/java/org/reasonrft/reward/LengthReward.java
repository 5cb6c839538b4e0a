package org.reasonrft.reward;

import java.util.HashMap;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.reasonrft.data.AnswerTags;

/**
 * Prefers short completions among those of a question: of lengths in characters from {@code min} to {@code max},
 * {@code 0.5 - (length - min) / (max - min)} for a correct one and the same but never above 0 for a wrong one, times 0.05.
 * It is 0 where all are equally long, and in the first 800 steps, when completions are still learning what an answer is.
 * (The reference's reward, whose batches hold one question; the rule is that of Kimi k1.5, arXiv:2501.12599.)
 *
 * <p>Correct is what {@link AccuracyReward} says and also the same number differently written.
 */
public final class LengthReward implements RewardFunction {
    private static final long FIRST_STEP = 800;
    private static final double SCALE = 0.05;
    private static final AccuracyReward ACCURACY = new AccuracyReward();

    @Override
    public String name() {
        return "length";
    }

    @Override
    public boolean judgesEachAlone() {
        return false;
    }

    @Override
    public float[] score(List<RewardInput> batch) {
        Map<String, IntSummaryStatistics> lengths = new HashMap<>();
        for (RewardInput input : batch) {
            lengths.computeIfAbsent(input.sample().id(), id -> new IntSummaryStatistics())
                    .accept(length(input));
        }
        float[] rewards = new float[batch.size()];
        for (int i = 0; i < rewards.length; i++) {
            RewardInput input = batch.get(i);
            rewards[i] = reward(input, lengths.get(input.sample().id()));
        }
        return rewards;
    }

    private static float reward(RewardInput input, IntSummaryStatistics lengths) {
        double spread = (double) lengths.getMax() - lengths.getMin();
        if (input.step() < FIRST_STEP || spread == 0) {
            return 0f;
        }
        double preference = 0.5 - (length(input) - lengths.getMin()) / spread;
        return (float) (SCALE * (isCorrect(input) ? preference : Math.min(0, preference)));
    }

    private static int length(RewardInput input) {
        return input.completion().codePointCount(0, input.completion().length());
    }

    private static boolean isCorrect(RewardInput input) {
        String gold = AnswerTags.insideOrWhole(input.sample().answer());
        OptionalDouble wanted = DecimalText.value(gold);
        OptionalDouble answer = DecimalText.value(AnswerTags.insideOrWhole(input.completion()));
        boolean sameNumber = wanted.isPresent() && answer.isPresent() && wanted.getAsDouble() == answer.getAsDouble();
        return sameNumber || ACCURACY.isCorrect(input.completion(), gold);
    }
}
