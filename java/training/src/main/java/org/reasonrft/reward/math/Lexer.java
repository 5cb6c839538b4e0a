package org.reasonrft.reward.math;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a formula into tokens. */
final class Lexer {
    private static final Pattern NUMBER = Pattern.compile(
            "(?:\\d{1,3}(?:,\\d{3}){1,6}(?!\\d)|\\d+)(?:\\.\\d+)?(?:[eE][+-]?\\d{1,4}(?![\\da-zA-Z.]))?|\\.\\d+");
    /** {@code 0.1\overline{6}}: the digits under the bar repeat. */
    private static final Pattern REPEATING =
            Pattern.compile("(\\d{1,20})\\.(\\d{0,20})\\\\(?:overline|bar|dot)\\s*\\{(\\d{1,20})}");

    private static final Pattern COMMAND = Pattern.compile("\\\\([a-zA-Z]+|[{}%|])");
    private static final Pattern WORD = Pattern.compile("[\\p{IsLatin}\\p{IsGreek}]+|\\p{IsHan}+");
    /** Commands whose argument is text. */
    private static final Set<String> UPRIGHT =
            Set.of("text", "mathrm", "mbox", "textbf", "textrm", "textit", "mathbf", "mathit", "operatorname", "rm");

    /** More than any answer has, so that nothing downstream sees a formula without end. */
    private static final int MOST_TOKENS = 300;

    private static final int MOST_DIGITS = 100;

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private boolean spaced;

    private Lexer(String text) {
        this.text = text;
    }

    /**
     * The tokens of a canonical text.
     *
     * @throws UnreadableException if it has too many tokens, or a number has too many digits
     */
    static List<Token> tokens(String canonical) {
        Lexer lexer = new Lexer(canonical);
        lexer.run(0, canonical.length(), false);
        return lexer.tokens;
    }

    private void run(int from, int end, boolean upright) {
        Matcher number = NUMBER.matcher(text).region(from, end);
        Matcher repeating = REPEATING.matcher(text);
        Matcher command = COMMAND.matcher(text);
        Matcher word = WORD.matcher(text);
        int at = from;
        while (at < end) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                spaced = true;
                at++;
            } else if (repeating.region(at, end).lookingAt()) {
                add(Token.Kind.NUMBER, "repeating", repeatingDecimal(repeating), upright);
                at = repeating.end();
            } else if (number.region(at, end).lookingAt()) {
                add(Token.Kind.NUMBER, number.group(), value(number.group()), upright);
                at = number.end();
            } else if (command.region(at, end).lookingAt()) {
                at = command(command.group(1), command.end(), end, upright);
            } else if (word.region(at, end).lookingAt()) {
                add(Token.Kind.WORD, word.group(), null, upright);
                at = word.end();
            } else {
                add(Token.Kind.SYMBOL, String.valueOf(c), null, upright);
                at++;
            }
        }
    }

    /** Adds what a command stands for and returns where reading goes on. */
    private int command(String name, int after, int end, boolean upright) {
        if (UPRIGHT.contains(name)) {
            int open = after;
            while (open < end && Character.isWhitespace(text.charAt(open))) {
                open++;
            }
            int close = open < end && text.charAt(open) == '{' ? MathText.closingBrace(text, open) : -1;
            if (close >= 0 && close < end) {
                run(open + 1, close, true);
                return close + 1;
            }
            return after;
        }
        if (name.equals("%")) {
            add(Token.Kind.SYMBOL, "%", null, upright);
        } else {
            add(Token.Kind.COMMAND, name, null, upright);
        }
        return after;
    }

    private void add(Token.Kind kind, String piece, BigDecimal value, boolean upright) {
        if (tokens.size() == MOST_TOKENS) {
            throw new UnreadableException("more than " + MOST_TOKENS + " tokens");
        }
        tokens.add(new Token(kind, piece, value, spaced, upright));
        spaced = false;
    }

    private static BigDecimal value(String digits) {
        if (digits.length() > MOST_DIGITS) {
            throw new UnreadableException("a number of more than " + MOST_DIGITS + " digits");
        }
        return new BigDecimal(digits.replace(",", ""));
    }

    private static BigDecimal repeatingDecimal(Matcher matcher) {
        String fixed = matcher.group(1) + matcher.group(2);
        String period = matcher.group(3);
        BigInteger nines = BigInteger.TEN.pow(period.length()).subtract(BigInteger.ONE);
        BigInteger numerator = new BigInteger(fixed + period).subtract(new BigInteger(fixed));
        BigInteger denominator =
                nines.multiply(BigInteger.TEN.pow(matcher.group(2).length()));
        return new BigDecimal(numerator).divide(new BigDecimal(denominator), Arithmetic.PRECISION);
    }
}
