package org.reasonrft.data.generated;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeededRandomTest {
    /** The first values of the authors' C code for this seed. */
    @Test
    void isSplitMix64() {
        SeededRandom random = new SeededRandom(1234567);
        assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("6457827717110365317");
        assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("3203168211198807973");
        assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("9817491932198370423");
        assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("4593380528125082431");
        assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo("16408922859458223821");
    }

    @Test
    void rangesIncludeBothEnds() {
        SeededRandom random = new SeededRandom(1);
        boolean[] seen = new boolean[6];
        for (int i = 0; i < 1000; i++) {
            seen[random.between(2, 5)] = true;
        }
        assertThat(seen).containsExactly(false, false, true, true, true, true);
    }

    @Test
    void weightsAreProportionsAndZeroMeansNever() {
        SeededRandom random = new SeededRandom(1);
        int[] counts = new int[4];
        for (int i = 0; i < 40_000; i++) {
            counts[random.weighted(new double[] {0, 1, 3, 0})]++;
        }
        assertThat(counts[0] + counts[3]).isZero();
        // Five standard deviations of a binomial draw with n = 40,000, p = 1/4.
        assertThat(counts[1]).isBetween(10_000 - 435, 10_000 + 435);
    }
}
