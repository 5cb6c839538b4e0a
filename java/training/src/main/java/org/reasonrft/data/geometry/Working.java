package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a calculation, each an equation such as {@code 180-40=140}. Methods of one number go on from the last
 * result. There are no spaces because Qwen2's tokenizer would spend a token on each in front of a digit.
 */
final class Working {
    private final List<String> equations = new ArrayList<>();
    private double result;
    private boolean timesPi;

    /** For a value that is equal to one already known. */
    Working same(double value) {
        return step("x", value);
    }

    /** Goes on from a value that is known. */
    Working having(double value) {
        result = value;
        return this;
    }

    Working minus(double from, double taken) {
        return step(text(from) + "-" + text(taken), from - taken);
    }

    Working minus(double taken) {
        return minus(result, taken);
    }

    /** The number less the last result. */
    Working from(double number) {
        return minus(number, result);
    }

    Working plus(double... numbers) {
        StringBuilder sum = new StringBuilder();
        double total = 0;
        for (double number : numbers) {
            sum.append(sum.length() == 0 ? "" : "+").append(text(number));
            total += number;
        }
        return step(sum.toString(), total);
    }

    /** The last result and the number. */
    Working add(double number) {
        return plus(result, number);
    }

    Working times(double one, double other) {
        return step(text(one) + "*" + text(other), one * other);
    }

    Working times(double factor) {
        return times(factor, result);
    }

    Working over(double number, double divisor) {
        return step(text(number) + "/" + text(divisor), number / divisor);
    }

    Working over(double divisor) {
        return over(result, divisor);
    }

    /** The number over the last result. */
    Working overInto(double number) {
        return over(number, result);
    }

    Working root(double square) {
        return step("√" + text(square), Math.sqrt(square));
    }

    /** The hypotenuse over two legs. */
    Working hypotenuse(double leg, double other) {
        return times(leg, leg)
                .times(other, other)
                .plus(leg * leg, other * other)
                .root(leg * leg + other * other);
    }

    /** The leg beside another under a hypotenuse. */
    Working leg(double hypotenuse, double other) {
        double difference = hypotenuse * hypotenuse - other * other;
        return times(hypotenuse, hypotenuse)
                .times(other, other)
                .minus(hypotenuse * hypotenuse, other * other)
                .root(difference);
    }

    /** Multiplies the last result by pi. */
    Working pi() {
        timesPi = true;
        equations.add(text(result) + "*π=" + answer().text());
        return this;
    }

    /** The last result. */
    double result() {
        return result;
    }

    /** The last result with its factor of pi. */
    Amount answer() {
        return new Amount(result, timesPi);
    }

    List<String> equations() {
        return List.copyOf(equations);
    }

    private Working step(String left, double value) {
        result = value;
        equations.add(left + "=" + text(value));
        return this;
    }

    private static String text(double number) {
        return Amount.digits(number);
    }
}
