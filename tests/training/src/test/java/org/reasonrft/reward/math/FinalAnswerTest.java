package org.reasonrft.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FinalAnswerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3 | 3",
                "The answer is 3. | 3",
                "The answer is 3.0 | 3",
                "Answer: \\frac{1}{2} | 0.5",
                "the final answer is: 2√3 cm. | 2√3",
                "The answer is A | A",
                "答案是 5米 | 5",
                "So we get \\boxed{12} apples in all. | 12",
                "\\boxed{3} or rather \\boxed{\\frac{1}{2}} | 1/2",
                "x = 3 | 3",
                "2 + 3 = 5 | 5",
                "Therefore AB = 3 * 4 = 12 cm. | 12",
                "so 12,345.5 | 12345.5",
                "That makes 3 | 3",
                "it is: 0 | 0",
                "It costs $5 | 5",
                "<answer>3 | 3",
            })
    void found(String text, String gold) {
        assertThat(FinalAnswer.of(text))
                .hasValueSatisfying(answer -> assertThat(MathEquivalence.equivalent(answer, gold))
                        .as(answer)
                        .isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "I cannot tell.",
                "There are 3 apples and some pears",
                "1.2.3",
                "Object A3",
                "3..",
                "the length of the line segment EF",
            })
    void none(String text) {
        assertThat(FinalAnswer.of(text)).isEmpty();
    }
}
