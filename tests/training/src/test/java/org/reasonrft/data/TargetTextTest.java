package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.reasonrft.reward.AccuracyReward;
import org.reasonrft.reward.FormatReward;
import org.reasonrft.reward.RewardInput;

class TargetTextTest {
    private static final Sample SAMPLE = new Sample("1", List.of(), "How many?", "2", "one two");

    @Test
    void theTargetEarnsBothRewards() {
        String target = TargetText.reasoned(SAMPLE);
        assertThat(target).isEqualTo("<think>one two</think><answer>2</answer>");
        List<RewardInput> batch = List.of(new RewardInput(target, SAMPLE));
        assertThat(new FormatReward().score(batch)).containsExactly(1f);
        assertThat(new AccuracyReward().score(batch)).containsExactly(1f);
    }

    @Test
    void theBareTargetIsTheAnswer() {
        assertThat(TargetText.bare(SAMPLE)).isEqualTo("2");
    }

    @Test
    void refusesASampleWithoutChainOfThought() {
        Sample sample = new Sample("q-7", List.of(), "How many?", "2", null);
        assertThatThrownBy(() -> TargetText.reasoned(sample))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("q-7")
                .hasMessageContaining("cot");
    }
}
