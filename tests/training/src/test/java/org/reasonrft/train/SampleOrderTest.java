package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
    @Test
    void everyEpochVisitsEverySampleOnceInAnOrderOfItsOwn() {
        SampleOrder order = new SampleOrder(12, 4, 5, null);
        int[] first = epoch(order, 0, 3);
        int[] second = epoch(order, 3, 6);
        assertThat(first).containsExactlyInAnyOrder(IntStream.range(0, 12).toArray());
        assertThat(second).containsExactlyInAnyOrder(IntStream.range(0, 12).toArray());
        assertThat(second).isNotEqualTo(first);
        assertThat(order.stepsFor(2)).isEqualTo(6);
    }

    @Test
    void aStepHasTheSameSamplesWhoeverAsksAndWhenever() {
        SampleOrder forward = new SampleOrder(10, 4, 5, null);
        int[] seventh = forward.batch(7);
        forward.batch(0);
        assertThat(forward.batch(7)).isEqualTo(seventh);
        assertThat(new SampleOrder(10, 4, 5, null).batch(7)).isEqualTo(seventh);
        assertThat(new SampleOrder(10, 4, 6, null).batch(7)).isNotEqualTo(seventh);
    }

    @Test
    void aBatchLargerThanTheDataWrapsAround() {
        assertThat(Arrays.stream(new SampleOrder(3, 7, 1, null).batch(0))
                        .distinct()
                        .count())
                .isEqualTo(3);
    }

    @Test
    void bucketsPutLikeLengthsTogetherAndLoseNothing() {
        int[] lengths = IntStream.range(0, 64).map(i -> (i * 37) % 64).toArray();
        SampleOrder order = new SampleOrder(64, 8, 9, lengths);
        assertThat(epoch(order, 0, 8))
                .containsExactlyInAnyOrder(IntStream.range(0, 64).toArray());
        for (int step = 0; step < 8; step++) {
            int[] batch = Arrays.stream(order.batch(step)).map(i -> lengths[i]).toArray();
            int spread = Arrays.stream(batch).max().orElseThrow()
                    - Arrays.stream(batch).min().orElseThrow();
            assertThat(spread).isEqualTo(7); // all 64 in one window, so a batch is 8 neighbouring lengths
        }
    }

    private static int[] epoch(SampleOrder order, int from, int to) {
        return IntStream.range(from, to)
                .flatMap(step -> Arrays.stream(order.batch(step)))
                .toArray();
    }
}
