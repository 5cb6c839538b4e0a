package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.Sample;

class ClosenessRewardTest {
    @ParameterizedTest
    @CsvSource({
        "<answer>5</answer>, 5, 1",
        "<answer> 5.0 </answer>, 5, 1",
        "<answer>4</answer>, 5, 0.6666667",
        "<answer>7</answer>, 5, 0.33333334",
        "<answer>8</answer>, 5, 0",
        "<answer>80</answer>, 5, 0",
        "<answer>-1e999999999</answer>, 5, 0",
        "<answer>five</answer>, 5, 0",
        "<answer></answer>, 5, 0",
        "5, 5, 0",
        "<answer>5</answer>, five, 0"
    })
    void fallsWithTheDistance(String completion, String gold, float expected) {
        Sample sample = new Sample("id", List.of(), "How many?", gold, null);
        assertThat(new ClosenessReward().score(List.of(new RewardInput(completion, sample))))
                .containsExactly(expected);
    }
}
