package org.reasonrft.data;

import java.util.Optional;

/**
 * Finds the answer in a completion or a gold solution: the text between the first {@code <answer>} and the next
 * {@code </answer>}, line breaks included.
 */
public final class AnswerTags {
    private static final String OPENING = "<answer>";
    private static final String CLOSING = "</answer>";

    private AnswerTags() {}

    /** The text inside the first pair of tags without outer white space; empty if there is no complete pair. */
    public static Optional<String> inside(String text) {
        int start = text.indexOf(OPENING) + OPENING.length();
        int end = start < OPENING.length() ? -1 : text.indexOf(CLOSING, start);
        return end < 0 ? Optional.empty() : Optional.of(strip(text.substring(start, end)));
    }

    /**
     * The text inside the first pair of tags that no line feed separates, as it stands; empty if there is none. The published
     * evaluation of spatial transformation looks for answers so.
     */
    public static Optional<String> insideOneLine(String text) {
        int end = -1;
        for (int opening = text.indexOf(OPENING); opening >= 0; ) {
            int start = opening + OPENING.length();
            end = end < start ? text.indexOf(CLOSING, start) : end;
            if (end < 0) {
                return Optional.empty();
            }
            int lineFeed = text.indexOf('\n', start);
            if (lineFeed < 0 || lineFeed > end) {
                return Optional.of(text.substring(start, end));
            }
            // Whatever opens before the line feed ends behind it.
            opening = text.indexOf(OPENING, lineFeed);
        }
        return Optional.empty();
    }

    /** The text inside the first pair of tags, or all of it if there is none, without outer white space. */
    public static String insideOrWhole(String text) {
        return inside(text).orElseGet(() -> strip(text));
    }

    /**
     * Takes off outer white space in the sense of Python's {@code str.strip}, which the reference reward uses: unlike
     * {@link String#strip()} this includes the no-break spaces and U+0085.
     */
    public static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    // Every Unicode space lies in the basic plane, so looking at chars is enough.
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
