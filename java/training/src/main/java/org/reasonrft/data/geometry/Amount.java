package org.reasonrft.data.geometry;

/**
 * A value of a problem: degrees, a length or an area, as a number or as a multiple of pi, which is how school books give
 * what belongs to a circle.
 *
 * @param number the value, or its multiple of pi; a whole number or a half
 * @param timesPi whether pi is a factor
 */
record Amount(double number, boolean timesPi) {
    static Amount of(double number) {
        return new Amount(number, false);
    }

    /** Whether it can stand as an answer: positive, and whole or a half. */
    boolean isRound() {
        return number > 0 && number * 2 == Math.rint(number * 2);
    }

    double value() {
        return timesPi ? number * Math.PI : number;
    }

    /** For example {@code 40}, {@code 12.5} or {@code 9π}. */
    String text() {
        String digits = digits(number);
        return timesPi ? (digits.equals("1") ? "" : digits) + "π" : digits;
    }

    static String digits(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
}
