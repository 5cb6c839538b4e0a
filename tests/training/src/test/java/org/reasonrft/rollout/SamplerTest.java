package org.reasonrft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.torch.CounterRandom;

class SamplerTest {
    private static final float[] ROW = {0.05f, 0.3f, 0.1f, 0.4f, 0.15f};
    private static final int DRAWS = 40_000;

    private static GenerationOptions options(int topK, float topP, float minP) {
        return new GenerationOptions(1, 1, topK, topP, minP, 0);
    }

    /** Frequencies against the truncated and renormalised distribution, worked out by hand. */
    @ParameterizedTest
    @CsvSource({
        "0, 1.0, 0.0, 0.05, 0.3, 0.1, 0.4, 0.15", // nothing truncated
        "2, 1.0, 0.0, 0, 0.428571, 0, 0.571429, 0", // top-k
        "0, 0.5, 0.0, 0, 0.428571, 0, 0.571429, 0", // 0.4 < 0.5 <= 0.7
        "0, 0.71, 0.0, 0, 0.352941, 0, 0.470588, 0.176471", // 0.7 < 0.71
        "3, 0.8, 0.0, 0, 0.428571, 0, 0.571429, 0", // of the 0.85 that top-k leaves, 0.7 is 0.82
        "0, 1.0, 0.3, 0, 0.352941, 0, 0.470588, 0.176471", // below 0.3 * 0.4 = 0.12
        "0, 0.0001, 0.0, 0, 0, 0, 1, 0", // the first token always stays
        "100, 1.0, 0.0, 0.05, 0.3, 0.1, 0.4, 0.15", // k beyond the vocabulary
    })
    void drawsFromTheTruncatedDistribution(
            int topK, float topP, float minP, double p0, double p1, double p2, double p3, double p4) {
        double[] wanted = {p0, p1, p2, p3, p4};
        Sampler sampler = new Sampler(options(topK, topP, minP), new boolean[5]);
        int[] counts = new int[5];
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.sample(ROW, 0, CounterRandom.uniform(1, i))]++;
        }
        for (int token = 0; token < 5; token++) {
            double error = 5 * Math.sqrt(wanted[token] * (1 - wanted[token]) / DRAWS);
            assertThat(counts[token] / (double) DRAWS).as("token %d", token).isCloseTo(wanted[token], within(error));
        }
    }

    @Test
    void forbiddenTokensLeaveTheOthersInProportion() {
        boolean[] forbidden = {false, false, false, true, false};
        Sampler sampler = new Sampler(options(0, 1, 0), forbidden);
        int[] counts = new int[5];
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.sample(ROW, 0, CounterRandom.uniform(2, i))]++;
        }
        assertThat(counts[3]).isZero();
        assertThat(counts[1] / (double) DRAWS).isCloseTo(0.5, within(0.0125));
        assertThat(sampler.argmax(ROW, 0)).isEqualTo(1);
    }

    @Test
    void readsTheRowAtItsOffset() {
        float[] rows = {1, 0, 0, 0, 0, 0, 1, 0, 0, 0};
        Sampler sampler = new Sampler(options(3, 0.9f, 0.1f), new boolean[5]);
        assertThat(sampler.sample(rows, 0, 0.5)).isZero();
        assertThat(sampler.sample(rows, 5, 0.5)).isEqualTo(1);
        assertThat(sampler.argmax(rows, 5)).isEqualTo(1);
    }

    @Test
    void theEndsOfTheUnitIntervalHitRealTokens() {
        float[] row = {0, 0.5f, 0, 0.5f, 0};
        Sampler sampler = new Sampler(options(0, 1, 0), new boolean[5]);
        assertThat(sampler.sample(row, 0, 0)).isEqualTo(1);
        assertThat(sampler.sample(row, 0, Math.nextDown(1.0))).isEqualTo(3);
    }

    /** Partial selection and the shortcuts for large vocabularies against a full sort. */
    @Test
    void truncationsAgreeWithAFullSort() {
        Random random = new Random(4);
        int size = 2000;
        for (int trial = 0; trial < 200; trial++) {
            float[] row = new float[size];
            double total = 0;
            for (int i = 0; i < size; i++) {
                row[i] = (float) Math.exp(4 * random.nextGaussian());
                total += row[i];
            }
            boolean[] forbidden = new boolean[size];
            for (int i = 0; i < size; i++) {
                row[i] /= (float) total;
                forbidden[i] = random.nextInt(10) == 0;
            }
            int topK = trial % 2 == 0 ? 0 : 1 + random.nextInt(60);
            float topP = trial % 3 == 0 ? 1 : 0.05f + 0.9f * random.nextFloat();
            float minP = trial % 5 == 0 ? 0.2f * random.nextFloat() : 0;
            boolean[] kept = keptByFullSort(row, forbidden, topK, topP, minP);
            Sampler sampler = new Sampler(options(topK, topP, minP), forbidden);
            double mass = IntStream.range(0, size)
                    .filter(i -> kept[i])
                    .mapToDouble(i -> row[i])
                    .sum();
            double sum = 0;
            for (int i = 0; i < size; i++) {
                if (kept[i]) {
                    // The middle of this token's share of the unit interval.
                    double middle = (sum + row[i] / 2) / mass;
                    sum += row[i];
                    if (row[i] / mass > 1e-6) {
                        assertThat(sampler.sample(row, 0, middle)).isEqualTo(i);
                    }
                }
            }
        }
    }

    private static boolean[] keptByFullSort(float[] row, boolean[] forbidden, int topK, float topP, float minP) {
        int[] order = IntStream.range(0, row.length)
                .filter(i -> !forbidden[i])
                .boxed()
                .sorted((a, b) -> Float.compare(row[b], row[a]))
                .mapToInt(i -> i)
                .toArray();
        if (topK > 0) {
            order = Arrays.copyOf(order, Math.min(topK, order.length));
        }
        double total = Arrays.stream(order).mapToDouble(i -> row[i]).sum();
        boolean[] kept = new boolean[row.length];
        double before = 0;
        for (int token : order) {
            if ((topP == 1 || before < topP * total) && row[token] >= minP * row[order[0]]) {
                kept[token] = true;
            }
            before += row[token];
        }
        return kept;
    }

    @Test
    void saysWhenNothingCanBeDrawn() {
        Sampler sampler = new Sampler(options(0, 1, 0), new boolean[3]);
        float[] row = {Float.NaN, Float.NaN, Float.NaN};
        assertThatThrownBy(() -> sampler.sample(row, 0, 0.5))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("logits not finite");
        Sampler truncating = new Sampler(options(2, 0.9f, 0.1f), new boolean[3]);
        assertThatThrownBy(() -> truncating.sample(row, 0, 0.5)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void optionsRefuseNonsense() {
        assertThatThrownBy(() -> options(-1, 1, 0)).hasMessage("topK must not be negative, got -1");
        assertThatThrownBy(() -> options(0, 0, 0)).hasMessage("topP must lie in (0, 1], got 0.0");
        assertThatThrownBy(() -> options(0, Float.NaN, 0)).hasMessageContaining("got NaN");
        assertThatThrownBy(() -> options(0, 1, 1)).hasMessage("minP must lie in [0, 1), got 1.0");
        assertThatThrownBy(() -> new GenerationOptions(0, 1, 0, 1, 0, 0)).hasMessageContaining("maxNewTokens");
        assertThatThrownBy(() -> GenerationOptions.sampling(1, -1, 0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> options(0, 1, 0).withRepetitionPenalty(0))
                .hasMessage("repetitionPenalty must be finite and positive, got 0.0");
        assertThatThrownBy(() -> options(0, 1, 0).withStopStrings(List.of("a", "")))
                .hasMessageContaining("stopStrings");
        assertThatThrownBy(() -> GenerationOptions.sampling(1, Float.POSITIVE_INFINITY, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
