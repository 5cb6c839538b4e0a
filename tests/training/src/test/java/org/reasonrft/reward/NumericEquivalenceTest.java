package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumericEquivalenceTest {
    @ParameterizedTest
    @CsvSource({
        "3,3",
        "3.0,3",
        "3,3.00",
        "' 3 ',3",
        "The answer is 3.,3",
        "x = 3,3",
        "-2.50,-2.5",
        "+4,4",
        "007,7",
        "'1,234',1234",
        "'so 12,345.5',12345.5",
        "'it is: 0',0",
        "-0,0",
        "(3) 4,4",
        "'$5',5",
    })
    void equal(String text, String gold) {
        assertThat(NumericEquivalence.endsInNumber(text, gold)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "4,3",
        "3 apples,3",
        "A3,3",
        "1/3,3",
        "10^3,3",
        "x-3,3",
        "1.2.3,3",
        "'12,34',34",
        "three,3",
        "3,three",
        "3,A",
        "'',3",
        "3,''",
        "-3,3",
        "3..,3",
        "2*3,3",
        "3%,3",
    })
    void different(String text, String gold) {
        assertThat(NumericEquivalence.endsInNumber(text, gold)).isFalse();
    }

    @Test
    void aLongRunOfDigitsIsNoNumberAndCostsNoTime() {
        String digits = "9".repeat(1_000_000);
        Assertions.assertTimeout(Duration.ofSeconds(1), () -> {
            assertThat(NumericEquivalence.endsInNumber(digits, "9")).isFalse();
            assertThat(NumericEquivalence.endsInNumber("9", digits)).isFalse();
            assertThat(NumericEquivalence.endsInNumber("9" + " ".repeat(1_000_000), "9"))
                    .isTrue();
        });
    }
}
