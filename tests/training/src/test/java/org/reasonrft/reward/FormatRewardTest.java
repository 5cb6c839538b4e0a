package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.data.Sample;

class FormatRewardTest {
    private static final Sample SAMPLE = new Sample("1", List.of(), "How many?", "2", null);

    @ParameterizedTest
    @ValueSource(strings = {
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
    @ValueSource(strings = {
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
        assertThat(new FormatReward().score(List.of(
                new RewardInput("no", SAMPLE),
                new RewardInput("<think>a</think><answer>2</answer>", SAMPLE),
                new RewardInput("", SAMPLE)))).containsExactly(0f, 1f, 0f);
        assertThat(new FormatReward().score(List.of())).isEmpty();
        assertThat(new FormatReward().name()).isEqualTo("format");
    }

    @Test
    void aRunawayCompletionDoesNotOverflowTheStack() {
        String babble = "<think>" + "</think> <answer>\n".repeat(20_000);
        assertThat(score(babble)).isEqualTo(0f);
        assertThat(score(babble + "</answer>")).isEqualTo(1f);
    }

    private static float score(String completion) {
        return new FormatReward().score(List.of(new RewardInput(completion, SAMPLE)))[0];
    }
}
