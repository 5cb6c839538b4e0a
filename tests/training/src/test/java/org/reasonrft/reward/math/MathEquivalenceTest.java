package org.reasonrft.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MathEquivalenceTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                // Numbers.
                "3 | 3.0",
                "+4 | 4",
                "-0 | 0",
                "007 | 7",
                ".5 | 0.50",
                "1,234 | 1234",
                "1{,}234.5 | 1234.5",
                "1e3 | 1000",
                "−2 | -2",
                "３ | 3",
                "0.1\\overline{6} | \\frac{1}{6}",
                // A decimal fraction may have been rounded at the sixth place.
                "1.414214 | \\sqrt{2}",
                "0.333333 | 1/3",
                // Fractions.
                "1/2 | 0.5",
                "\\frac{1}{2} | 0.5",
                "\\dfrac{2}{4} | \\tfrac12",
                "½ | 0.5",
                "2\\frac{1}{2} | 2.5",
                "2 1/2 | 5/2",
                "-\\frac{3}{4} | \\frac{-3}{4}",
                "1:2 | 0.5",
                // Roots and powers.
                "8\\sqrt{3} | 8√{3}",
                "√12 | 2\\sqrt 3",
                "sqrt(8) | 2√2",
                "\\sqrt[3]{27} | 3",
                "∛8 | 2",
                "\\frac{\\sqrt{3}}{2} | sqrt(3)/2",
                "\\frac{1}{\\sqrt{2}} | \\frac{\\sqrt{2}}{2}",
                "\\sqrt{5+2\\sqrt{6}} | \\sqrt2+\\sqrt3",
                "2^3 | 8",
                "2**3 | 8",
                "2³ | 8",
                "2^{-1} | 0.5",
                "4! | 24",
                "\\lvert -3 \\rvert | 3",
                // Constants and functions.
                "2π | 2\\pi",
                "pi | π",
                "4*pi | 4π",
                "sin 30° | 0.5",
                "\\sin^2 45^\\circ | 0.5",
                "\\tan(60^{\\circ}) | \\sqrt{3}",
                "\\log_2 8 | 3",
                "\\log 100 | 2",
                "\\ln(e^2) | 2",
                // Percentages.
                "50% | 0.5",
                "50\\% | 1/2",
                "12.5 % | \\frac{1}{8}",
                // Degrees and units.
                "60° | 60",
                "60^\\circ | 60°",
                "60^{\\circ} | 60 degrees",
                "\\pi/3 rad | 60°",
                "90° - 30° | 60",
                "5cm | 5",
                "5 cm | 0.05 m",
                "5\\text{ cm} | 5cm",
                "5\\,\\mathrm{cm} | 50 mm",
                "10.2米 | 10.2m",
                "9πcm^{2} | 9π cm²",
                "16π平方米 | 16π m^2",
                "3 square meters | 3m²",
                "36 km/h | 10 m/s",
                "2 hours | 120 min",
                "$5 | 5 dollars",
                "7 units | 7",
                // LaTeX and Markdown around the answer.
                "$\\boxed{3}$. | 3",
                "\\(\\frac{1}{2}\\) | 0.5",
                "\\left(1+2\\right) | 3",
                "**12** | 12",
                "\\text{B} | B",
                "(B) | B",
                "B. | B",
                // Equations, variables.
                "x = 3 | 3",
                "x=3 | x = 3.0",
                "3 = x | 3",
                "AB = 5 | 5",
                "∠A = 50° | 50",
                "2+3=5 | 5",
                "(x+1)^2 | x^2+2x+1",
                "2xy | 2yx",
                "x+y=3 | 2x+2y=6",
                "y = 2x+1 | 2x - y + 1 = 0",
                "x \\approx 3.5 | 3.5",
                // Intervals, inequalities.
                "[1,2) | [1, 2.0)",
                "(1, \\infty) | x > 1",
                "x \\le 3 | (-∞, 3]",
                "1 < x \\leq 3 | (1,3]",
                "3 ≥ x > 1 | (1,3]",
                "x \\in (1,2) | (1,2)",
                "(-\\infty,1)\\cup(2,3] | (2,3]∪(-∞,1)",
                "2x < 4 | 4x < 8",
                // Sets, tuples, lists.
                "\\{1,2\\} | \\{2, 1\\}",
                "{1,2} | \\{2,1\\}",
                "1, 2 | 2, 1",
                "1 and 2 | {1,2}",
                "x=1 or x=2 | 1,2",
                "\\pm 2 | 2, -2",
                "3 ± 1 | {2, 4}",
                "(1, 2) | (1.0, 4/2)",
                "\\{3\\} | 3",
                // Words.
                "Yes | yes",
                "isosceles  triangle | Isosceles triangle",
            })
    void equivalent(String a, String b) {
        assertThat(MathEquivalence.equivalent(a, b)).as(a + " ~ " + b).isTrue();
        assertThat(MathEquivalence.equivalent(b, a)).as(b + " ~ " + a).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "3 | 4",
                "3 | -3",
                "3.01 | 3",
                "1.41 | \\sqrt{2}",
                "0.33 | 1/3",
                "12,34 | 1234",
                "3 | three",
                "3 apples | 3",
                "10 | 10\\sqrt{2}",
                "2√10 | 2√{13}",
                "sqrt(1/3) | \\frac{1}{3}",
                "2\\frac{1}{2} | 1",
                "50% | 50",
                "5cm | 5m",
                "5 cm | 5 kg",
                "5 cm | 5 cm^2",
                "60° | 60 cm",
                "60° | 60 rad",
                "sin 30 | 0.5",
                "A | B",
                "a | A",
                "A | 3",
                "x = 3 | y = 3",
                "x = 3 | 4",
                "x | y",
                "2x | x^2",
                "x+y=3 | x+y=4",
                "2x < 4 | 2x > 4",
                "[1,2) | [1,2]",
                "(1,2) | [1,2]",
                "x > 1 | x >= 1",
                "(1,2) | (2,1)",
                "\\{1,2\\} | \\{1,2,3\\}",
                "\\{1,2\\} | \\{1,1\\}",
                "1, 1, 2 | 1, 2, 2",
                "\\pm 2 | 2",
                "1/0 | 1/0",
                "\\sqrt{-1} | \\sqrt{-1}",
                "3 or 4 | 3",
                "1.2.3 | 1.23",
                "3.. | 3",
                " | 3",
            })
    void different(String a, String b) {
        String left = a == null ? "" : a;
        assertThat(MathEquivalence.equivalent(left, b)).as(left + " ~ " + b).isFalse();
        assertThat(MathEquivalence.equivalent(b, left)).as(b + " ~ " + left).isFalse();
    }

    @Test
    void bars() {
        assertThat(MathEquivalence.equivalent("|-3|", "3")).isTrue();
        assertThat(MathEquivalence.equivalent("2|1-4|", "6")).isFalse();
    }

    @Test
    void numbersComeInTheUnitOfTheGoldAnswer() {
        MathEquivalence.Numbers numbers =
                MathEquivalence.numbers("x = 5.1 cm", "50 mm").orElseThrow();
        assertThat(numbers.answer()).isEqualByComparingTo("51");
        assertThat(numbers.gold()).isEqualByComparingTo("50");
        assertThat(MathEquivalence.numbers("5 cm", "5 kg")).isEmpty();
        assertThat(MathEquivalence.numbers("A", "3")).isEmpty();
        assertThat(MathEquivalence.numbers("1, 2", "3")).isEmpty();
        assertThat(MathEquivalence.numbers("1/0", "3")).isEmpty();
    }

    /** What would keep a symbolic evaluator busy for ever costs nothing and is equivalent to nothing. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "9^{9^{9^9}}",
                "9**9**9**9",
                "2^{-9^{9^9}}",
                "99999999!",
                "9!!!!!!!!",
                "(((9!)!)!)!",
                "\\sin(9^{99})",
                "e^{e^{e^{e^e}}}",
                "\\sqrt[99999999]{2}",
                "1e9999",
                "\\log_{1}{2}",
                "0^0",
                "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1",
            })
    void hostileFormulas(String formula) {
        Assertions.assertTimeout(Duration.ofMillis(500), () -> {
            assertThat(MathEquivalence.equivalent(formula, "3")).isFalse();
            assertThat(MathEquivalence.equivalent("3", formula)).isFalse();
            MathEquivalence.equivalent(formula, formula);
        });
    }

    @Test
    void lengthCostsNoTime() {
        MathEquivalence.equivalent("1", "1");
        for (String piece : List.of(
                "9", "(", "{", "\\frac", "\\sqrt{", "1+", "x^", "-", "a,", "|", "\\boxed{", "$", " ", "!", "%", "*")) {
            Assertions.assertTimeout(Duration.ofSeconds(1), () -> {
                String runaway = piece.repeat(200_000);
                assertThat(MathEquivalence.equivalent(runaway, "3")).as(piece).isFalse();
                FinalAnswer.of(runaway);
                String within = piece.repeat(390 / piece.length());
                MathEquivalence.equivalent(within, within);
                FinalAnswer.of("The answer is " + within);
            });
        }
    }

    /** Random texts of the pieces of mathematics: no exception, no delay, and the relation is symmetric. */
    @Test
    void anyTextHasAVerdict() {
        String[] pieces = {
            "1",
            "2",
            "0",
            "9",
            ".",
            ",",
            "+",
            "-",
            "*",
            "/",
            "^",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "\\{",
            "\\}",
            "\\frac",
            "\\sqrt",
            "x",
            "y",
            "AB",
            "e",
            "π",
            "=",
            "<",
            "\\le",
            "%",
            "°",
            "cm",
            " ",
            "\\text{",
            "sin",
            "\\log",
            "_",
            "|",
            "!",
            "\\pm",
            "\\cup",
            "\\infty",
            "\\boxed{",
            "$",
            "and",
            "√",
            "'",
            "²",
            "米"
        };
        Random random = new Random(5);
        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            for (int i = 0; i < 20_000; i++) {
                String a = text(pieces, random);
                String b = text(pieces, random);
                boolean forth = MathEquivalence.equivalent(a, b);
                assertThat(MathEquivalence.equivalent(b, a)).as(a + " ~ " + b).isEqualTo(forth);
                FinalAnswer.of(a);
            }
        });
    }

    private static String text(String[] pieces, Random random) {
        StringBuilder text = new StringBuilder();
        for (int k = random.nextInt(9); k >= 0; k--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }
}
