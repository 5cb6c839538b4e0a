package org.reasonrft.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PassAtKTest {
    /** The share of all k-subsets of n completions that hold one of the c right ones, counted one by one. */
    @Test
    void isTheShareOfSubsetsWithARightOne() {
        for (int n = 1; n <= 12; n++) {
            for (int c = 0; c <= n; c++) {
                for (int k = 1; k <= n; k++) {
                    int subsets = 0;
                    int passing = 0;
                    int right = (1 << c) - 1;
                    for (int subset = 0; subset < 1 << n; subset++) {
                        if (Integer.bitCount(subset) == k) {
                            subsets++;
                            passing += (subset & right) != 0 ? 1 : 0;
                        }
                    }
                    assertThat(PassAtK.estimate(n, c, k))
                            .as("n %d, c %d, k %d", n, c, k)
                            .isCloseTo(passing / (double) subsets, within(1e-14));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"200, 3, 100", "1000, 1, 999", "5000, 40, 70", "100000, 2, 50000"})
    void staysExactWhereBinomialsOverflow(int n, int c, int k) {
        // C(n - c, k) / C(n, k) = product over the right ones of (n - k - i) / (n - i).
        BigInteger above = BigInteger.ONE;
        BigInteger below = BigInteger.ONE;
        for (int i = 0; i < c; i++) {
            above = above.multiply(BigInteger.valueOf(n - k - i));
            below = below.multiply(BigInteger.valueOf(n - i));
        }
        double missed = new BigDecimal(above)
                .divide(new BigDecimal(below), MathContext.DECIMAL64)
                .doubleValue();
        assertThat(PassAtK.estimate(n, c, k)).isCloseTo(1 - missed, within(1e-9));
    }

    @Test
    void oneDrawIsTheShareOfRightOnesAndAllDrawsAreCertain() {
        assertThat(PassAtK.estimate(8, 3, 1)).isCloseTo(0.375, within(1e-15));
        assertThat(PassAtK.estimate(8, 1, 8)).isEqualTo(1);
        assertThat(PassAtK.estimate(8, 0, 8)).isEqualTo(0);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1", "4, -1, 1", "4, 5, 1", "4, 2, 0", "4, 2, 5"})
    void refusesWhatCannotBe(int n, int c, int k) {
        assertThatThrownBy(() -> PassAtK.estimate(n, c, k))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got n " + n + ", c " + c + ", k " + k);
    }
}
