package org.reasonrft.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.run.SampledGroup;

/** The arithmetic behind tables and charts. */
final class NumbersTest {
    @ParameterizedTest
    // Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3 (score interval).
    @CsvSource({"81, 263, 0.2553, 0.3662", "15, 148, 0.0624, 0.1605", "0, 20, 0.0000, 0.1611", "1, 29, 0.0061, 0.1718"})
    void wilsonIntervalMatchesPublishedValues(int successes, int trials, double low, double high) {
        Proportion share = Proportion.of(successes, trials);
        assertThat(share.low()).isCloseTo(low, within(5e-5));
        assertThat(share.high()).isCloseTo(high, within(5e-5));
    }

    @Test
    void pairedDifferenceCountsOnlyWhatDiffers() {
        String a = "1".repeat(40) + "0".repeat(10) + "1".repeat(50);
        String b = "0".repeat(40) + "1".repeat(10) + "1".repeat(50);
        Proportion difference = Proportion.pairedDifference(a, b);
        assertThat(difference.value()).isCloseTo(0.3, within(1e-12));
        // sqrt(40 + 10 - 30^2 / 100) / 100 = sqrt(41) / 100 is the standard error.
        assertThat(difference.high() - difference.value()).isCloseTo(1.959964 * Math.sqrt(41) / 100, within(1e-6));
        assertThat(Proportion.pairedDifference(a, a)).isEqualTo(new Proportion(0, 0, 0));
        assertThatThrownBy(() -> Proportion.pairedDifference("10", "1")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void smoothingKeepsConstantsAndIsNotPulledDownAtTheStart() {
        double[] x = IntStream.range(0, 50).asDoubleStream().toArray();
        double[] y = new double[50];
        Arrays.fill(y, 7);
        y[10] = Double.NaN;
        Series smooth = new Series(x, y).smoothed(10);
        for (int i = 0; i < 50; i++) {
            assertThat(smooth.y(i)).isCloseTo(7, within(1e-9));
        }
    }

    @Test
    void thinningKeepsSpikesAndOrder() {
        double[] x = IntStream.range(0, 10_000).asDoubleStream().toArray();
        double[] y = Arrays.stream(x).map(v -> Math.sin(v / 500)).toArray();
        y[4321] = 9;
        y[8765] = -9;
        Series thin = new Series(x, y).thinned(400);
        assertThat(thin.size()).isBetween(300, 400);
        assertThat(thin.values()).contains(9.0, -9.0);
        for (int i = 1; i < thin.size(); i++) {
            assertThat(thin.x(i)).isGreaterThan(thin.x(i - 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0.31, 0.58", "-3e-7, 9e-7", "0, 1700", "1e6, 1.0001e6"})
    void ticksAreRoundInsideAndNeitherFewNorMany(double low, double high) {
        List<Double> ticks = new Axis(low, high, 0, 100).ticks(4);
        assertThat(ticks)
                .hasSizeBetween(2, 8)
                .allMatch(t -> t >= low - 1e-9 * (high - low) && t <= high + 1e-9 * (high - low));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.5, 0.5",
        "1234, 1234",
        "12345, 12.3k",
        "2500000, 2.5M",
        "0.0123, 0.0123",
        "0.000001, 1e−6",
        "-3, −3",
        "0.30000000000000004, 0.3",
        "NaN, –"
    })
    void numbersReadWell(double value, String text) {
        assertThat(Html.number(value)).isEqualTo(text);
    }

    @Test
    void sampledGroupsAreSpreadOverTheRunAndTelling() {
        List<SampledGroup> groups = new java.util.ArrayList<>();
        for (int step = 10; step <= 200; step += 10) {
            groups.add(group(step, "equal", 1, 1));
            groups.add(group(step, "mixed", 0, 1));
            groups.add(group(step, "mixed too", 1, 0));
        }
        List<SampledGroup> chosen = SamplesSection.chosen(groups);
        assertThat(chosen).hasSize(6).allMatch(group -> group.question().equals("mixed"));
        assertThat(chosen)
                .extracting(SampledGroup::step)
                .startsWith(10L)
                .endsWith(200L)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(SamplesSection.chosen(List.of())).isEmpty();
    }

    private static SampledGroup group(long step, String question, double... rewards) {
        return new SampledGroup(
                step,
                question,
                List.of(),
                "",
                Arrays.stream(rewards)
                        .mapToObj(r -> new SampledGroup.Completion("", java.util.Map.of(), r, 0, 1))
                        .toList());
    }
}
