package org.reasonrft.reward.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Formulas of known value, written in two ways: the value, in double precision, is the oracle. */
class RandomFormulasTest {
    private static final int FORMULAS = 3_000;

    /** A formula in LaTeX and in plain text, both with brackets around sums, and its value. */
    private record Formula(String latex, String plain, double value) {}

    @Test
    void bothWritingsAreEquivalentAndOtherValuesAreNot() {
        Random random = new Random(17);
        Formula earlier = new Formula("1", "1", 1);
        int compared = 0;
        for (int i = 0; i < FORMULAS; i++) {
            Formula formula = formula(random, 4);
            double size = Math.abs(formula.value);
            if (!(size < 1e9) || size < 1e-6) {
                continue;
            }
            compared++;
            assertThat(MathEquivalence.equivalent(formula.latex, formula.plain))
                    .as(formula.toString())
                    .isTrue();
            assertThat(MathEquivalence.equivalent("$" + formula.latex + "$", "x = " + formula.plain))
                    .as(formula.toString())
                    .isTrue();
            double scale = Math.max(size, Math.abs(earlier.value));
            if (Math.abs(formula.value - earlier.value) > 1e-6 * scale) {
                assertThat(MathEquivalence.equivalent(formula.latex, earlier.plain))
                        .as(formula + " against " + earlier)
                        .isFalse();
            }
            earlier = formula;
        }
        assertThat(compared).isGreaterThan(FORMULAS / 2);
    }

    private static Formula formula(Random random, int depth) {
        int kind = depth == 0 ? 0 : random.nextInt(9);
        if (kind == 0) {
            int n = 1 + random.nextInt(12);
            return new Formula("" + n, "" + n, n);
        }
        if (kind == 1) {
            return random.nextBoolean() ? new Formula("\\pi", "π", Math.PI) : new Formula("2.5", "2.50", 2.5);
        }
        Formula a = formula(random, depth - 1);
        if (kind == 2) {
            return new Formula("\\sqrt{" + a.latex + "}", "√(" + a.plain + ")", Math.sqrt(a.value));
        }
        if (kind == 3) {
            int n = 2 + random.nextInt(2);
            return new Formula(
                    "{(" + a.latex + ")}^{" + n + "}", "(" + a.plain + ")" + "⁰¹²³".charAt(n), Math.pow(a.value, n));
        }
        Formula b = formula(random, depth - 1);
        return switch (kind) {
            case 4 ->
                new Formula(
                        "\\left(" + a.latex + "+" + b.latex + "\\right)",
                        "(" + b.plain + " + " + a.plain + ")",
                        a.value + b.value);
            case 5 ->
                new Formula(
                        "(" + a.latex + "-" + b.latex + ")", "(" + a.plain + " − " + b.plain + ")", a.value - b.value);
            case 6 ->
                new Formula(
                        "(" + a.latex + ")\\cdot(" + b.latex + ")",
                        "(" + b.plain + ") * (" + a.plain + ")",
                        a.value * b.value);
            case 7 ->
                new Formula(
                        "(" + a.latex + ")(" + b.latex + ")", "(" + a.plain + ")×(" + b.plain + ")", a.value * b.value);
            default ->
                new Formula(
                        "\\frac{" + a.latex + "}{" + b.latex + "}",
                        "(" + a.plain + ")/(" + b.plain + ")",
                        a.value / b.value);
        };
    }
}
