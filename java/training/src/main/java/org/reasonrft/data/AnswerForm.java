package org.reasonrft.data;

import java.util.Locale;

/** The two kinds of geometry questions, which are asked and counted apart. */
public enum AnswerForm {
    /** The gold answer is one of the letters A to D. */
    CHOICE,
    /** Anything else: a number, a length, an angle. */
    OPEN;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The form of a sample's gold answer; as in the reference only a bare capital letter is a choice. */
    public static AnswerForm of(Sample sample) {
        String answer = sample.answer();
        boolean letter = answer.length() == 1 && answer.charAt(0) >= 'A' && answer.charAt(0) <= 'D';
        return letter ? CHOICE : OPEN;
    }

    /** Its name in files and tables, for example {@code choice}. */
    public String label() {
        return label;
    }
}
