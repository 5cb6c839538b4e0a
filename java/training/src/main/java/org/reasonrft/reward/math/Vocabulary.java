package org.reasonrft.reward.math;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Which names of a formula are functions, constants and variables. */
final class Vocabulary {
    /** Functions of one argument in all their spellings, by the name that {@link Arithmetic#function} knows. */
    private static final Map<String, String> CALLS = Map.ofEntries(
            Map.entry("sin", "sin"),
            Map.entry("cos", "cos"),
            Map.entry("tan", "tan"),
            Map.entry("cot", "cot"),
            Map.entry("sec", "sec"),
            Map.entry("csc", "csc"),
            Map.entry("arcsin", "arcsin"),
            Map.entry("asin", "arcsin"),
            Map.entry("arccos", "arccos"),
            Map.entry("acos", "arccos"),
            Map.entry("arctan", "arctan"),
            Map.entry("atan", "arctan"),
            Map.entry("ln", "ln"),
            Map.entry("exp", "exp"),
            Map.entry("abs", "abs"));
    /** Functions with a degree or a base. */
    private static final Set<String> TWO_ARGUMENTS = Set.of("sqrt", "cbrt", "root", "log", "lg");

    private static final Set<String> FRACTIONS = Set.of("frac", "dfrac", "tfrac", "cfrac");
    private static final Set<String> GREEK = Set.of(
            "alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "rho", "sigma", "phi", "varphi",
            "omega");
    /** Short words of sentences that are no products of variables. */
    private static final Set<String> PROSE = Set.of(
            "is", "of", "to", "in", "at", "an", "or", "and", "no", "so", "it", "as", "be", "by", "if", "on", "we",
            "the", "are", "for", "not", "all", "has", "was", "yes", "one", "two", "six", "ten");

    private Vocabulary() {}

    static boolean isFraction(Token token) {
        return token.kind() == Token.Kind.COMMAND && FRACTIONS.contains(token.text());
    }

    static boolean isFunction(Token token) {
        return isCall(token) || isName(token) && TWO_ARGUMENTS.contains(token.text());
    }

    /** Whether it is a function of one argument. */
    static boolean isCall(Token token) {
        return isName(token) && CALLS.containsKey(token.text());
    }

    /** The plain name of a function of one argument. */
    static String function(Token token) {
        return CALLS.get(token.text());
    }

    static boolean isConstant(Token token) {
        return token.isCommand("pi") || token.isWord("pi") || token.isWord("Pi") || token.isWord("e");
    }

    static boolean isGreek(Token token) {
        return token.kind() == Token.Kind.COMMAND && GREEK.contains(token.text());
    }

    /** A letter, a few small letters (their product) or a few capitals (the name of a segment or triangle). */
    static boolean isVariable(Token token) {
        String word = token.text();
        if (token.kind() != Token.Kind.WORD || word.length() > 3 || PROSE.contains(word)) {
            return false;
        }
        boolean small = word.equals(word.toLowerCase(Locale.ROOT));
        boolean capital = word.equals(word.toUpperCase(Locale.ROOT));
        return word.chars().allMatch(c -> c < 128) && (word.length() == 1 || capital || small && !token.upright());
    }

    private static boolean isName(Token token) {
        return token.kind() == Token.Kind.WORD || token.kind() == Token.Kind.COMMAND;
    }
}
