package org.reasonrft.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    private static final int TRIALS = 600;

    /**
     * How often the interval covers the true mean, over new sets of questions. The binomial error of 600 trials is 0.9 points,
     * so a share outside 92 to 97.5 % is no accident; the percentile bootstrap itself is short of 95 % by about half a point
     * here.
     */
    private static double coverage(int questions, double mean, ToDoubleFunction<Random> draw) {
        Random random = new Random(5);
        int covered = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            double[] values = new double[questions];
            Arrays.setAll(values, i -> draw.applyAsDouble(random));
            Estimate estimate = new Bootstrap(400, trial).means(List.of(values)).get(0);
            covered += estimate.low() <= mean && mean <= estimate.high() ? 1 : 0;
        }
        return covered / (double) TRIALS;
    }

    @Test
    void covers() {
        assertThat(coverage(200, 0.3, random -> random.nextDouble() < 0.3 ? 1 : 0))
                .isBetween(0.92, 0.975);
        assertThat(coverage(150, 0.5, Random::nextDouble)).isBetween(0.92, 0.975);
    }

    @Test
    void coversAnAverageOfUnequalSets() {
        Random random = new Random(6);
        int covered = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            double[] large = new double[300];
            double[] small = new double[60];
            Arrays.setAll(large, i -> random.nextDouble() < 0.9 ? 1 : 0);
            Arrays.setAll(small, i -> random.nextDouble() < 0.4 ? 1 : 0);
            Estimate estimate = new Bootstrap(400, trial)
                    .stratified(List.of(List.of(large, small)), new double[] {0.5, 0.5})
                    .get(0);
            covered += estimate.low() <= 0.65 && 0.65 <= estimate.high() ? 1 : 0;
        }
        assertThat(covered / (double) TRIALS).isBetween(0.92, 0.975);
    }

    /** As wide as the normal approximation says, and half as wide with four times the questions. */
    @Test
    void widths() {
        for (int questions : new int[] {200, 800, 3200}) {
            double[] values = new double[questions];
            Arrays.setAll(values, i -> i % 4 == 0 ? 1 : 0);
            Estimate estimate =
                    new Bootstrap(Bootstrap.RESAMPLES, 1).means(List.of(values)).get(0);
            double expected = 2 * 1.96 * Math.sqrt(0.25 * 0.75 / questions);
            assertThat(estimate.value()).isEqualTo(0.25);
            assertThat(estimate.high() - estimate.low()).isCloseTo(expected, within(0.08 * expected + 2.0 / questions));
            assertThat((estimate.high() + estimate.low()) / 2).isCloseTo(0.25, within(0.1 * expected));
        }
    }

    @Test
    void oneDrawServesAllMeasures() {
        double[] a = {1, 0, 0, 1, 1, 0, 1, 0};
        double[] twice = Arrays.stream(a).map(x -> 2 * x).toArray();
        List<Estimate> estimates = new Bootstrap(500, 3).means(List.of(a, twice));
        assertThat(estimates.get(1).low())
                .isEqualTo(2 * estimates.get(0).low())
                .isLessThan(estimates.get(1).high());
        assertThat(new Bootstrap(500, 3).means(List.of(a)).get(0)).isEqualTo(estimates.get(0));
        assertThat(new Bootstrap(500, 4).means(List.of(a, twice))).isNotEqualTo(estimates);
        assertThat(new Bootstrap(500, 3).means(List.of())).isEmpty();
    }

    @Test
    void weightsOfSets() {
        Bootstrap bootstrap = new Bootstrap(100, 0);
        List<List<double[]>> sets = List.of(List.of(new double[] {1, 1, 1}, new double[] {0}));
        assertThat(bootstrap.stratified(sets, new double[] {0.75, 0.25}).get(0))
                .isEqualTo(new Estimate(0.75, 0.75, 0.75));
        assertThat(bootstrap.stratified(sets, new double[] {0.5, 0.5}).get(0)).isEqualTo(new Estimate(0.5, 0.5, 0.5));
    }

    @Test
    void refusals() {
        assertThatThrownBy(() -> new Bootstrap(39, 0)).hasMessageContaining("resamples: got 39");
        Bootstrap bootstrap = new Bootstrap(40, 0);
        assertThatThrownBy(() -> bootstrap.means(List.of(new double[0]))).hasMessageContaining("got 0 questions");
        assertThatThrownBy(() -> bootstrap.means(List.of(new double[2], new double[3])))
                .hasMessageContaining("got 3 questions in set 0");
        assertThatThrownBy(() -> bootstrap.stratified(List.of(List.of(new double[1])), new double[] {0.5, 0.5}))
                .hasMessageContaining("got 1 sets, wanted one per weight: 2");
    }
}
