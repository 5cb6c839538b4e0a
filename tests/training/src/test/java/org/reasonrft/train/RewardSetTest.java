package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reasonrft.data.Sample;
import org.reasonrft.kernels.GroupAdvantages;
import org.reasonrft.kernels.Rewards;
import org.reasonrft.reward.RewardFunction;
import org.reasonrft.reward.RewardInput;

class RewardSetTest {
    private static final Sample SAMPLE = new Sample("1", List.of(), "How many?", "3", null);
    private static final String RIGHT = "<think>x</think><answer>3</answer>";

    /** Applies to completions with a tag only, and fails on those that say so. */
    public static final class Moody implements RewardFunction {
        @Override
        public String name() {
            return "moody";
        }

        @Override
        public float[] score(List<RewardInput> batch) {
            float[] rewards = new float[batch.size()];
            for (int i = 0; i < rewards.length; i++) {
                String completion = batch.get(i).completion();
                if (completion.contains("fail")) {
                    throw new IllegalStateException("as asked");
                }
                rewards[i] = completion.contains("<") ? 1f : Float.NaN;
            }
            return rewards;
        }
    }

    @Test
    void sumsByWeight() {
        RewardSet.Scores scores = new RewardSet(List.of("accuracy", "format"), List.of(2f, 0.5f), Duration.ofSeconds(5))
                .score(inputs(RIGHT, "3", "<think>x</think><answer>4</answer>", "4"));
        assertThat(scores.totals()).containsExactly(2.5f, 2f, 0.5f, 0f);
        assertThat(scores.parts()).containsOnlyKeys("accuracy", "format");
        assertThat(scores.parts().get("accuracy")).containsExactly(1f, 1f, 0f, 0f);
        assertThat(scores.unscored()).isZero();
    }

    @Test
    void whereARewardDoesNotApplyTheOthersCount() {
        RewardSet.Scores scores = moody().score(inputs(RIGHT, "3"));
        assertThat(scores.totals()).containsExactly(2f, 1f);
        assertThat(scores.unscored()).isZero();
        assertThat(new RewardSet(List.of(Moody.class.getName()), List.of(1f), Duration.ZERO)
                        .score(inputs("3"))
                        .unscored())
                .isEqualTo(1);
    }

    /** Without its part a completion would look worse than the others of its group; so it is left out. */
    @Test
    void whereARewardFailsTheCompletionIsLeftOut() {
        RewardSet.Scores scores = moody().score(inputs(RIGHT, "4", "<answer>3</answer> fail", "3"));
        assertThat(scores.totals()).containsExactly(2f, 0f, Float.NaN, 1f);
        assertThat(scores.parts().get("accuracy")).containsExactly(1f, 0f, 1f, 1f);
        assertThat(scores.parts().get("moody")).containsExactly(1f, Float.NaN, Float.NaN, Float.NaN);
        assertThat(scores.unscored()).isEqualTo(1);
        float[] advantages = GroupAdvantages.grpo()
                .compute(Rewards.of(scores.totals()).groupSize(4))
                .advantages();
        // Mean 1 and deviation 1 of 2, 0 and 1.
        assertThat(advantages).hasSize(4);
        assertThat(advantages[0]).isCloseTo(1f, within(1e-3f));
        assertThat(advantages[1]).isCloseTo(-1f, within(1e-3f));
        assertThat(advantages[2]).isZero();
        assertThat(advantages[3]).isZero();
        float[] perFunction = GroupAdvantages.gdpo()
                .compute(scores.perFunction().groupSize(4))
                .advantages();
        assertThat(perFunction[2]).isZero();
    }

    @Test
    void refusesUnknownAndRepeatedNames() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RewardSet(List.of("accurate"), List.of(1f), Duration.ZERO))
                .withMessageContaining("rewards: got 'accurate'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RewardSet(
                        List.of("format", "org.reasonrft.reward.FormatReward"), List.of(1f, 1f), Duration.ZERO))
                .withMessage("rewards: 'format' is there twice");
    }

    private static RewardSet moody() {
        return new RewardSet(List.of("accuracy", Moody.class.getName()), List.of(1f, 1f), Duration.ofSeconds(5));
    }

    private static List<RewardInput> inputs(String... completions) {
        return List.of(completions).stream()
                .map(completion -> new RewardInput(completion, SAMPLE))
                .toList();
    }
}
