package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EquivalenceRewardTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<think>x</think><answer>3.0</answer> | 3 | 1",
                "<answer>3.</answer> | 3 | 1",
                "<answer>A.</answer> | A | 1",
                "<answer>\\sqrt{12}</answer> | 2√{3} | 1",
                "<answer>60</answer> | 60° | 1",
                "<answer>the cat</answer> | the cat | 1",
                "<answer>4</answer> that is 3 | 3 | 0",
                "<answer>10</answer> | 10√{2} | 0",
                "<answer></answer> | 3 | 0",
                "The answer is 3.0 | 3 | 1",
                "It has 3 of them and more | 3 | 0",
            })
    void rewards(String completion, String gold, float wanted) {
        assertThat(RewardCases.score(new EquivalenceReward(), completion, gold)).isEqualTo(wanted);
    }
}
