package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.data.Sample;

class FormatRewardTest {
    private static final Sample SAMPLE = new Sample("1", List.of(), "How many?", "2", null);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<think>a</think><answer>2</answer>",
                "<think>a</think>\n \t<answer>2</answer>",
                "<think>\na\nb\n</think>\n<answer>\n2\n</answer>",
                "<think></think><answer></answer>",
                // A lazy group may swallow further tags because the whole text has to match.
                "<think>a</think> so <think>b</think><answer>2</answer>",
                "<think>a</think><answer>1</answer> no <answer>2</answer>",
                "<think><think>a</think></think><answer>2</answer>",
                "<think>a</think>\u00a0\u001c\u2003<answer>2</answer>",
            })
    void accepts(String completion) {
        assertThat(score(completion)).isEqualTo(1f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2",
                "<answer>2</answer>",
                "<think>a</think>",
                " <think>a</think><answer>2</answer>",
                "\n<think>a</think><answer>2</answer>",
                "<think>a</think><answer>2</answer> ",
                "<think>a</think><answer>2</answer>\n",
                "<think>a</think><answer>2</answer>.",
                "<think>a</think>so<answer>2</answer>",
                "<think>a</think>\u200b<answer>2</answer>",
                "<answer>2</answer><think>a</think>",
                "<think>a<answer>2</answer>",
                "<think>a</think><answer>2",
                "<Think>a</Think><answer>2</answer>",
            })
    void rejects(String completion) {
        assertThat(score(completion)).isEqualTo(0f);
    }

    @Test
    void scoresInBatchOrder() {
        assertThat(new FormatReward()
                        .score(List.of(
                                new RewardInput("no", SAMPLE),
                                new RewardInput("<think>a</think><answer>2</answer>", SAMPLE),
                                new RewardInput("", SAMPLE))))
                .containsExactly(0f, 1f, 0f);
        assertThat(new FormatReward().score(List.of())).isEmpty();
        assertThat(new FormatReward().name()).isEqualTo("format");
    }

    @Test
    void aRunawayCompletionIsJudgedAtOnce() {
        Assertions.assertTimeout(Duration.ofSeconds(2), () -> {
            String babble = "<think>" + "</think> <answer>\n".repeat(100_000);
            assertThat(score(babble)).isEqualTo(0f);
            assertThat(score(babble + "</answer>")).isEqualTo(1f);
            assertThat(score("<think>" + "</think>\n".repeat(100_000) + "</answer>"))
                    .isEqualTo(0f);
        });
    }

    /** Random sequences of tags and text: the same verdict as the reference's regular expression. */
    @Test
    void agreesWithTheReferencePattern() {
        Pattern reference = Pattern.compile("<think>.*?</think>\\s*<answer>.*?</answer>", Pattern.DOTALL);
        String[] parts = {"<think>", "</think>", "<answer>", "</answer>", " ", "\n", "a", ""};
        Random random = new Random(3);
        int accepted = 0;
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "<think>" : "");
            for (int k = random.nextInt(7); k >= 0; k--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            text.append(random.nextBoolean() ? "</answer>" : "");
            boolean wanted = reference.matcher(text).matches();
            accepted += wanted ? 1 : 0;
            assertThat(FormatReward.matches(text.toString()))
                    .as(text.toString())
                    .isEqualTo(wanted);
        }
        assertThat(accepted).isGreaterThan(1000);
    }

    private static float score(String completion) {
        return new FormatReward().score(List.of(new RewardInput(completion, SAMPLE)))[0];
    }
}
