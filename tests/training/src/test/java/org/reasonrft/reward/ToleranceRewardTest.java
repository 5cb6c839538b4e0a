package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ToleranceRewardTest {
    @ParameterizedTest
    @CsvSource({
        // Distance from 100 and the reward by the formula.
        "100, 1",
        "104, 1",
        "96,  1",
        "105, 1",
        "95,  1",
        "108.75, 0.8535534",
        "112.5,  0.5",
        "87.5,   0.5",
        "116.25, 0.1464466",
        "120, 0",
        "80,  0",
        "121, 0",
        "-100, 0",
        "1e2, 1",
        "1_00, 1",
        "' 100 ', 1",
        "+100., 1",
    })
    void halfACosineWave(String answer, float wanted) {
        for (ToleranceReward.Numbers numbers : ToleranceReward.Numbers.values()) {
            ToleranceReward reward = new ToleranceReward(numbers);
            assertThat(RewardCases.score(reward, "<answer>" + answer + "</answer>", "100"))
                    .isCloseTo(wanted, within(1e-6f));
            assertThat(RewardCases.score(reward, "<answer>" + answer + "</answer>", "<answer>100</answer>"))
                    .isCloseTo(wanted, within(1e-6f));
        }
    }

    @Test
    void theEndsOfTheWaveAreMet() {
        ToleranceReward reward = new ToleranceReward();
        assertThat(RewardCases.score(reward, "<answer>4.2</answer>", "4")).isGreaterThan(0.9999f);
        assertThat(RewardCases.score(reward, "<answer>4.8</answer>", "4")).isLessThan(0.0001f);
        assertThat(RewardCases.score(reward, "<answer>-112.5</answer>", "-100")).isCloseTo(0.5f, within(1e-6f));
    }

    /** The reference divides by zero at 0 and gives NaN for NaN. */
    @ParameterizedTest
    @EnumSource
    void edges(ToleranceReward.Numbers numbers) {
        ToleranceReward reward = new ToleranceReward(numbers);
        assertThat(RewardCases.score(reward, "<answer>0.0</answer>", "0")).isEqualTo(1f);
        assertThat(RewardCases.score(reward, "<answer>-0</answer>", "0")).isEqualTo(1f);
        assertThat(RewardCases.score(reward, "<answer>1e-9</answer>", "0")).isEqualTo(0f);
        assertThat(RewardCases.score(reward, "<answer>5e-324</answer>", "5e-324"))
                .isEqualTo(1f);
        assertThat(RewardCases.score(reward, "<answer>1e-323</answer>", "5e-324"))
                .isEqualTo(0f);
        for (String answer : new String[] {"nan", "-NaN", "inf", "-Infinity", "1e999", "", "3,3", "three"}) {
            assertThat(RewardCases.score(reward, "<answer>" + answer + "</answer>", "3"))
                    .as(answer)
                    .isEqualTo(0f);
        }
        assertThat(RewardCases.score(reward, "<answer>3</answer>", "nan")).isEqualTo(0f);
        assertThat(RewardCases.score(reward, "<answer>3</answer>", "inf")).isEqualTo(0f);
    }

    @ParameterizedTest
    @EnumSource
    void textIsComparedAsText(ToleranceReward.Numbers numbers) {
        ToleranceReward reward = new ToleranceReward(numbers);
        assertThat(RewardCases.score(reward, "<answer>B</answer>", "B")).isEqualTo(1f);
        assertThat(RewardCases.score(reward, "<answer>b</answer>", "B")).isEqualTo(0f);
        assertThat(RewardCases.score(reward, "<answer>nan</answer>", "nan")).isEqualTo(1f);
        assertThat(RewardCases.score(reward, "<answer>8√3</answer>", "8√3")).isEqualTo(1f);
    }

    @Test
    void mathematicsIsANumberUnlessAskedOtherwise() {
        ToleranceReward mathematical = new ToleranceReward();
        ToleranceReward plain = new ToleranceReward(ToleranceReward.Numbers.PLAIN);
        for (String answer : new String[] {"14", "13.86", "\\frac{28}{2}", "8√{3} cm", "x = 14"}) {
            String completion = "<answer>" + answer + "</answer>";
            assertThat(RewardCases.score(mathematical, completion, "8√{3}"))
                    .as(answer)
                    .isEqualTo(1f);
            assertThat(RewardCases.score(plain, completion, "8√{3}")).as(answer).isEqualTo(0f);
        }
        assertThat(RewardCases.score(mathematical, "<answer>51 mm</answer>", "5 cm"))
                .isEqualTo(1f);
        assertThat(RewardCases.score(mathematical, "<answer>5 kg</answer>", "5 cm"))
                .isEqualTo(0f);
        assertThat(mathematical.name()).isEqualTo("tolerance");
        assertThat(plain.name()).isEqualTo("tolerance_plain");
    }

    @ParameterizedTest
    @ValueSource(strings = {"100", "The answer is 100.", "so x = 50 + 50"})
    void withoutTagsThereIsASecondChance(String completion) {
        assertThat(RewardCases.score(new ToleranceReward(), completion, "100")).isEqualTo(1f);
        assertThat(RewardCases.score(new ToleranceReward(), completion + " and more", "100"))
                .isEqualTo(0f);
    }

    @Test
    void theSecondChanceIsForEquivalenceAlone() {
        assertThat(RewardCases.score(new ToleranceReward(), "The answer is 101", "100"))
                .isEqualTo(0f);
        assertThat(RewardCases.score(new ToleranceReward(), "112.5", "100")).isCloseTo(0.5f, within(1e-6f));
    }
}
