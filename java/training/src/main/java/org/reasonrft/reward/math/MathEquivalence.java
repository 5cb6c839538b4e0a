package org.reasonrft.reward.math;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;

/**
 * Whether an answer is mathematically the gold answer.
 *
 * <ul>
 *   <li>Numbers by value: {@code 3.0} is {@code 3}, {@code \frac{1}{2}} is {@code 0.5}, {@code 2\sqrt{3}} is {@code √12},
 *       {@code 50\%} is {@code 0.5}, {@code 2\frac{1}{2}} is {@code 2.5}. Where one of the two is written as a decimal
 *       fraction they have to agree to six decimals, as in the reference verifier, otherwise to forty digits.
 *   <li>Units: left out in one of the two they do not count, otherwise they are converted; {@code 5 cm} is {@code 0.05 m}
 *       and not {@code 5 m}. A degree is a unit, so {@code 60} is {@code 60°}.
 *   <li>Formulas with variables as functions, equations up to a factor; {@code x = 3} is {@code 3}.
 *   <li>Intervals with their ends, inequalities as intervals, sets in any order, tuples in theirs.
 *   <li>Anything else as words, without regard to case; {@code (B)} is {@code B}.
 * </ul>
 *
 * <p>No text makes this slow or throws: length, nesting, number of digits and size of values are bounded, and what
 * lies beyond is not equivalent to anything.
 */
public final class MathEquivalence {
    private MathEquivalence() {}

    /**
     * Whether the two are equivalent. Symmetric.
     *
     * @param answer an answer by itself, without tags; what stands around one in a completion is for {@link FinalAnswer}
     * @param gold the right answer
     */
    public static boolean equivalent(String answer, String gold) {
        Optional<MathObject> a = MathReader.read(answer);
        Optional<MathObject> b = MathReader.read(gold);
        try {
            return a.isPresent() && b.isPresent() && MathComparison.same(a.get(), b.get());
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /**
     * The answer and the gold answer as numbers in the unit of the gold answer.
     *
     * @return answer and gold; empty if one of the two is no single real number, or their units measure different things
     */
    public static Optional<Numbers> numbers(String answer, String gold) {
        Optional<MathObject.Quantity> a = quantity(answer);
        Optional<MathObject.Quantity> b = quantity(gold);
        if (a.isEmpty() || b.isEmpty()) {
            return Optional.empty();
        }
        BigDecimal scale = MathComparison.scale(a.get().unit(), b.get().unit());
        try {
            return scale == null
                    ? Optional.empty()
                    : Optional.of(new Numbers(
                            Arithmetic.multiply(a.get().value().evaluate(Map.of()), scale),
                            b.get().value().evaluate(Map.of())));
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** Two numbers in one unit. */
    public record Numbers(BigDecimal answer, BigDecimal gold) {}

    private static Optional<MathObject.Quantity> quantity(String text) {
        MathObject object = MathReader.readMathematics(text).orElse(null);
        if (object instanceof MathObject.Assignment assignment) {
            object = assignment.value();
        }
        return object instanceof MathObject.Quantity quantity ? Optional.of(quantity) : Optional.empty();
    }
}
