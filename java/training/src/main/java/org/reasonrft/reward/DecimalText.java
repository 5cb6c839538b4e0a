package org.reasonrft.reward;

import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.reasonrft.data.AnswerTags;

/** Numbers as Python's {@code float} reads them, which is what the reference rewards call. */
final class DecimalText {
    private static final int LONGEST = 400;
    private static final String DIGITS = "\\d++(?:_\\d++)*+";
    private static final Pattern NUMBER = Pattern.compile(
            "[+-]?(?:" + DIGITS + "(?:\\.(?:" + DIGITS + ")?)?|\\." + DIGITS + ")(?:[eE][+-]?" + DIGITS + ")?");
    private static final Pattern INFINITE = Pattern.compile("([+-]?)inf(?:inity)?", Pattern.CASE_INSENSITIVE);
    private static final Pattern NOT_A_NUMBER = Pattern.compile("[+-]?nan", Pattern.CASE_INSENSITIVE);

    private DecimalText() {}

    /** The number that the text is, which may be infinite or NaN; empty if it is none. */
    static OptionalDouble value(String text) {
        String stripped = AnswerTags.strip(text);
        if (stripped.length() > LONGEST) {
            return OptionalDouble.empty();
        }
        if (NUMBER.matcher(stripped).matches()) {
            return OptionalDouble.of(Double.parseDouble(stripped.replace("_", "")));
        }
        if (INFINITE.matcher(stripped).matches()) {
            return OptionalDouble.of(stripped.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        return NOT_A_NUMBER.matcher(stripped).matches() ? OptionalDouble.of(Double.NaN) : OptionalDouble.empty();
    }
}
