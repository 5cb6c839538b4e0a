package org.reasonrft.reward.math;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the answer at the end of a text without tags. A number somewhere in the text is not an answer: models that are
 * trained against such a reading learn to name many numbers.
 */
public final class FinalAnswer {
    /** Completions can be long; an answer stands at their end. */
    private static final int LONGEST_TAIL = 200;

    private static final int LONGEST_ANSWER = 80;
    private static final Pattern ANNOUNCED = Pattern.compile(
            "(?:<answer>|\\banswer\\s*(?:is|:|=)|\u7b54\u6848(?:\u662f|\u4e3a|:|\uff1a))\\s*:?",
            Pattern.CASE_INSENSITIVE);

    private FinalAnswer() {}

    /**
     * The answer: the last {@code \boxed}, else what follows the last "answer is", "answer:" or {@code <answer>} (cut off
     * before its closing tag) to the end of the text, else the longest mathematics that the text ends with, after the last equals sign where there is one.
     *
     * @param text a completion
     * @return the answer's text; empty if the text does not end in one
     */
    public static Optional<String> of(String text) {
        String stripped = text.strip();
        Optional<String> boxed = lastBox(stripped);
        if (boxed.isPresent()) {
            return boxed;
        }
        String tail = stripped.substring(Math.max(0, stripped.length() - LONGEST_TAIL));
        Matcher announced = ANNOUNCED.matcher(tail);
        int from = -1;
        while (announced.find()) {
            from = announced.end();
        }
        if (from >= 0) {
            String answer = tail.substring(from).strip();
            if (!answer.isEmpty()
                    && answer.length() <= LONGEST_ANSWER
                    && MathReader.readMathematics(answer).isPresent()) {
                return Optional.of(answer);
            }
        }
        return mathematicsAtEnd(tail);
    }

    private static Optional<String> lastBox(String text) {
        int box = text.lastIndexOf("\\boxed{");
        int close = box < 0 ? -1 : MathText.closingBrace(text, box + "\\boxed".length());
        return close < 0 ? Optional.empty() : Optional.of(text.substring(box + "\\boxed{".length(), close));
    }

    private static Optional<String> mathematicsAtEnd(String tail) {
        String end = tail.substring(Math.max(0, tail.length() - LONGEST_ANSWER));
        int equals = end.lastIndexOf('=');
        // The text before the window is unknown, so its first characters may be the rest of a word.
        int first = equals >= 0 ? equals + 1 : end.length() < tail.length() ? 1 : 0;
        for (int i = first; i < end.length(); i++) {
            boolean boundary = i == 0 || i == first && equals >= 0 || isBoundary(end.charAt(i - 1));
            if (!boundary || Character.isWhitespace(end.charAt(i))) {
                continue;
            }
            String candidate = end.substring(i);
            if (MathReader.readMathematics(candidate)
                    .filter(FinalAnswer::isAnswer)
                    .isPresent()) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** A letter or a name at the end of a sentence is a word more often than a variable. */
    private static boolean isAnswer(MathObject object) {
        return !(object instanceof MathObject.Quantity quantity)
                || MathReader.variables(quantity.value()).isEmpty();
    }

    private static boolean isBoundary(char c) {
        return Character.isWhitespace(c) || c == ':' || c == '\uff1a' || c == '$';
    }
}
