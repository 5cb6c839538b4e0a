package org.reasonrft.reward;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reasonrft.data.AnswerTags;

/** Compares the number at the end of a text with a gold number by value, so that {@code 3.0} equals {@code 3}. */
public final class NumericEquivalence {
    // Lengths are bounded so that neither parsing nor comparing can be made slow by a runaway completion.
    private static final String NUMBER = "([-+]?(?:\\d{1,3}(?:,\\d{3}){1,4}|\\d{1,18})(?:\\.\\d{1,18})?)";
    private static final Pattern WHOLE = Pattern.compile(NUMBER);
    // The number must stand free: not the tail of "A3", "1/3", "x=-3-3" or a longer digit run.
    private static final Pattern AT_END = Pattern.compile("(?<![\\w.,/^*+-])" + NUMBER + "\\.?\\s*$");
    private static final int LONGEST_TAIL = 64;

    private NumericEquivalence() {}

    /**
     * Whether the text ends in a number, perhaps followed by a full stop, that equals the gold number.
     *
     * @param text for example {@code "The answer is 3.0."}
     * @param gold for example {@code "3"}; anything but a plain decimal number gives false
     */
    public static boolean endsInNumber(String text, String gold) {
        Optional<BigDecimal> wanted = number(WHOLE.matcher(AnswerTags.strip(gold)), true);
        String stripped = AnswerTags.strip(text);
        String tail = stripped.substring(Math.max(0, stripped.length() - LONGEST_TAIL));
        return wanted.isPresent()
                && number(AT_END.matcher(tail), false)
                        .filter(got -> got.compareTo(wanted.get()) == 0)
                        .isPresent();
    }

    private static Optional<BigDecimal> number(Matcher matcher, boolean whole) {
        boolean found = whole ? matcher.matches() : matcher.find();
        return found ? Optional.of(new BigDecimal(matcher.group(1).replace(",", ""))) : Optional.empty();
    }
}
