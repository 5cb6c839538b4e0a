package org.reasonrft.reward.math;

import java.math.BigDecimal;

/**
 * A piece of a formula.
 *
 * @param text the characters; of a command the name without its backslash
 * @param value of a number, null otherwise
 * @param spaced whether white space stands before it
 * @param upright whether it stood inside {@code \text} or {@code \mathrm}, where letters are words and no variables
 */
record Token(Kind kind, String text, BigDecimal value, boolean spaced, boolean upright) {
    enum Kind {
        /** Digits with or without a decimal point. */
        NUMBER,
        /** A run of letters. */
        WORD,
        /** A LaTeX command. */
        COMMAND,
        /** Any other single character, and the arrow-free operators of one character that words are mapped to. */
        SYMBOL
    }

    boolean is(char symbol) {
        return kind == Kind.SYMBOL && text.charAt(0) == symbol;
    }

    boolean isCommand(String name) {
        return kind == Kind.COMMAND && text.equals(name);
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    /** Whether the number is a whole one, written without a decimal point. */
    boolean isInteger() {
        return kind == Kind.NUMBER && text.chars().allMatch(c -> c >= '0' && c <= '9' || c == ',');
    }

    /** Whether the number was written with a decimal point: then it may be a rounded one. */
    boolean isDecimal() {
        return kind == Kind.NUMBER && text.indexOf('.') >= 0;
    }
}
