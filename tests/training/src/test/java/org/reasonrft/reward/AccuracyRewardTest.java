package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.Sample;

class AccuracyRewardTest {
    @ParameterizedTest
    @CsvSource({
        "<think>x</think><answer>3</answer>, 3, 1",
        "<answer> 3 </answer>,               3, 1",
        "'<answer>\n3\n</answer>',           3, 1",
        "<answer>3.0</answer>,               3, 0",
        "<answer>3.</answer>,                3, 0",
        "<answer>three</answer>,             3, 0",
        "<answer>a</answer>,                 A, 0",
        "<answer>A.</answer>,                A, 0",
        "<answer></answer>,                  3, 0",
        // The first pair of tags decides, right or wrong.
        "<answer>2</answer><answer>3</answer>, 3, 0",
        // With tags there is no second chance, whatever stands after them.
        "<answer>two</answer> that is 3,     3, 0",
        // Without tags: the whole text, then the number at its end.
        "3,                                  3, 1",
        "' A\n',                             A, 1",
        "The answer is 3.,                   3, 1",
        "The answer is 3.0,                  3, 1",
        "The answer is A,                    A, 1",
        "The answer is B,                    A, 0",
        "so it is \\frac{6}{2},              3, 1",
        "AB = 2√3,                           \\sqrt{12}, 1",
        "3 or 4,                             3, 0",
        // An answer that was cut off has no complete pair of tags, hence a second chance.
        "<answer>3,                          3, 1",
        "'<answer> 3',                       3, 1",
        "'',                                 3, 0",
    })
    void rewards(String completion, String gold, float wanted) {
        assertThat(score(completion, gold)).isEqualTo(wanted);
    }

    @Test
    void theGoldAnswerMayBeWrappedInTags() {
        AccuracyReward reward = new AccuracyReward();
        assertThat(reward.isCorrect("<answer>3</answer>", "<answer>\n3 </answer>"))
                .isTrue();
        assertThat(reward.isCorrect("<answer>4</answer>", "<answer>3</answer>")).isFalse();
    }

    @Test
    void asksTheEquivalenceOnlyForUnequalTextWithoutTags() {
        AccuracyReward never = new AccuracyReward((completion, gold) -> {
            throw new AssertionError("asked about '" + completion + "'");
        });
        assertThat(never.isCorrect("<answer>4</answer>", "3")).isFalse();
        assertThat(never.isCorrect("3", "3")).isTrue();
        AccuracyReward always = new AccuracyReward((completion, gold) -> completion.equals("so 4") && gold.equals("3"));
        assertThat(always.isCorrect("so 4", "<answer>3</answer>")).isTrue();
    }

    @Test
    void scoresEachCompletionAgainstItsOwnSample() {
        assertThat(new AccuracyReward()
                        .score(List.of(
                                new RewardInput("<answer>1</answer>", sample("1")),
                                new RewardInput("<answer>1</answer>", sample("2")),
                                new RewardInput("<answer>2</answer>", sample("2")))))
                .containsExactly(1f, 0f, 1f);
        assertThat(new AccuracyReward().score(List.of())).isEmpty();
        assertThat(new AccuracyReward().name()).isEqualTo("accuracy");
    }

    private static float score(String completion, String gold) {
        return new AccuracyReward().score(List.of(new RewardInput(completion, sample(gold))))[0];
    }

    private static Sample sample(String gold) {
        return new Sample("1", List.of(), "How many?", gold, null);
    }
}
