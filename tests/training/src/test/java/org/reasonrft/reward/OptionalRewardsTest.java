package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rewards that no default recipe uses: caption format, reasoning steps, length. */
class OptionalRewardsTest {
    private static final String CAPTIONED =
            "<summary>s</summary><caption>c</caption><think>t</think><answer>3</answer>";

    @ParameterizedTest
    @ValueSource(
            strings = {
                CAPTIONED,
                "<summary></summary>\n<caption></caption> \t<think></think>\n\n<answer></answer>",
                "<summary>a\nb</summary>\n<caption>c</summary></caption>\n<think>t</think>\n<answer>1</answer></answer>",
            })
    void captionFormatAccepts(String completion) {
        assertThat(RewardCases.score(new CaptionFormatReward(), completion, "3"))
                .isEqualTo(1f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<think>t</think><answer>3</answer>",
                "\n" + CAPTIONED,
                CAPTIONED + "\n",
                "<caption>c</caption><summary>s</summary><think>t</think><answer>3</answer>",
                "<summary>s</summary>and<caption>c</caption><think>t</think><answer>3</answer>",
                "<summary>s</summary><caption>c</caption><answer>3</answer>",
                "<summary>s</summary><caption>c<think>t</think><answer>3</answer>",
            })
    void captionFormatRejects(String completion) {
        assertThat(RewardCases.score(new CaptionFormatReward(), completion, "3"))
                .isEqualTo(0f);
    }

    @Test
    void captionFormatOfARunawayCompletionIsJudgedAtOnce() {
        String babble = "<summary>" + "</summary><caption></caption><think></think>".repeat(50_000);
        Assertions.assertTimeout(Duration.ofSeconds(2), () -> {
            assertThat(RewardCases.score(new CaptionFormatReward(), babble, "3"))
                    .isEqualTo(0f);
            assertThat(RewardCases.score(new CaptionFormatReward(), babble + "<answer>3</answer>", "3"))
                    .isEqualTo(1f);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one thought | 0",
                "Step 1: a | 0.3333333",
                "Step 1: a Step 22: b | 0.6666667",
                "Step 1: a Step 2: b Step 3: c | 1",
                "Step 1: a Step 2: b Step 3: c Step 4: d | 1",
                "First, a. Second, b. Next, c. Finally, d. | 1",
                "first, a. step 1: b | 0",
                "1. a\\n2. b\\n3. c | 0.3333333",
                " a\\n1. b | 0",
                "a\\n- b\\n* c | 0.6666667",
                "- a | 0",
                "Step : a Step x: b | 0",
            })
    void reasoningSteps(String completion, float wanted) {
        assertThat(RewardCases.score(new ReasoningStepsReward(), completion.replace("\\n", "\n"), "3"))
                .isCloseTo(wanted, within(1e-6f));
    }

    @Test
    void reasoningStepsOfNothing() {
        assertThat(RewardCases.score(new ReasoningStepsReward(), "", "3")).isEqualTo(0f);
    }

    /** Lengths 18, 28 and 38: preferences 0.5, 0 and -0.5, for the wrong one of 18 no more than 0. */
    @Test
    void lengthPrefersShortCorrectCompletions() {
        assertThat(lengths(800, "<answer>3</answer>", pad(10), pad(20))).containsExactly(0.025f, 0f, -0.025f);
        assertThat(lengths(5000, "<answer>4</answer>", pad(10), pad(20))).containsExactly(0f, 0f, -0.025f);
        assertThat(lengths(
                        800,
                        "<answer>3</answer>",
                        "x".repeat(10) + "<answer>4</answer>",
                        "y".repeat(20) + "<answer>4</answer>"))
                .containsExactly(0.025f, 0f, -0.025f);
    }

    @Test
    void lengthWaitsForStep800() {
        assertThat(lengths(0, "<answer>3</answer>", pad(20))).containsExactly(0f, 0f);
        assertThat(lengths(799, "<answer>3</answer>", pad(20))).containsExactly(0f, 0f);
        assertThat(lengths(800, "<answer>3</answer>", pad(20))).containsExactly(0.025f, -0.025f);
    }

    @Test
    void equallyLongCompletionsGetNothing() {
        assertThat(lengths(900, "<answer>3</answer>", "<answer>4</answer>")).containsExactly(0f, 0f);
        assertThat(lengths(900, "<answer>3</answer>")).containsExactly(0f);
        assertThat(new LengthReward().score(List.of())).isEmpty();
    }

    /** As a number 3.0 is 3 here, though not for the accuracy reward; as text without tags the last number counts. */
    @Test
    void lengthKnowsNumbersBySize() {
        assertThat(lengths(900, "<answer>3.0</answer>", pad(20))).containsExactly(0.025f, -0.025f);
        assertThat(lengths(900, "3e0", pad(20))).containsExactly(0.025f, -0.025f);
        assertThat(lengths(900, "It is 3.0", pad(20))).containsExactly(0.025f, -0.025f);
    }

    @Test
    void lengthCountsCharactersAsPythonDoes() {
        // Four characters outside the basic plane are four, not eight.
        assertThat(lengths(900, "😀😀😀😀" + "<answer>3</answer>", "xxxx" + "<answer>3</answer>"))
                .containsExactly(0f, 0f);
    }

    @Test
    void lengthsAreComparedWithinAQuestion() {
        List<RewardInput> batch = new ArrayList<>();
        batch.addAll(inputs("1", 900, "<answer>3</answer>", pad(20)));
        batch.addAll(inputs("2", 900, pad(100), pad(300)));
        assertThat(new LengthReward().score(batch)).containsExactly(0.025f, -0.025f, 0.025f, -0.025f);
        assertThat(new LengthReward().judgesEachAlone()).isFalse();
    }

    @Test
    void aStepIsNotNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RewardInput("x", RewardCases.sample("1", "3"), -1))
                .withMessage("step: got -1, wanted 0 or more");
    }

    private static String pad(int more) {
        return "x".repeat(more) + "<answer>3</answer>";
    }

    private static float[] lengths(long step, String... completions) {
        return new LengthReward().score(inputs("1", step, completions));
    }

    private static List<RewardInput> inputs(String id, long step, String... completions) {
        List<RewardInput> inputs = new ArrayList<>();
        for (String completion : completions) {
            inputs.add(new RewardInput(completion, RewardCases.sample(id, "3"), step));
        }
        return inputs;
    }
}
