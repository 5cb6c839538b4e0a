package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void warmsUpLinearlyAndThenFalls() {
        assertThat(Schedule.COSINE.learningRate(0, 4, 20, 1, 0)).isEqualTo(0.25);
        assertThat(Schedule.COSINE.learningRate(3, 4, 20, 1, 0)).isEqualTo(1);
        assertThat(Schedule.COSINE.learningRate(12, 4, 20, 1, 0)).isCloseTo(0.5, within(1e-12));
        assertThat(Schedule.LINEAR.learningRate(12, 4, 20, 2, 0)).isCloseTo(1, within(1e-12));
        assertThat(Schedule.LINEAR.learningRate(20, 4, 20, 2, 0.1)).isCloseTo(0.2, within(1e-12));
        assertThat(Schedule.CONSTANT.learningRate(19, 0, 20, 3, 0)).isEqualTo(3);
    }

    @Test
    void aWarmUpAsLongAsTheRunNeverDecays() {
        // Phase 1 of Reason-RFT: 100 steps, 100 of them warm-up.
        assertThat(Schedule.COSINE.learningRate(99, 100, 100, 1e-5, 0)).isEqualTo(1e-5);
    }
}
