package org.reasonrft.reward.math;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.reasonrft.reward.math.Expression.Binary;
import org.reasonrft.reward.math.Expression.Call;
import org.reasonrft.reward.math.Expression.Degrees;
import org.reasonrft.reward.math.Expression.Factorial;
import org.reasonrft.reward.math.Expression.Literal;
import org.reasonrft.reward.math.Expression.Logarithm;
import org.reasonrft.reward.math.Expression.Negation;
import org.reasonrft.reward.math.Expression.Root;
import org.reasonrft.reward.math.Expression.Variable;

/**
 * Recursive descent over tokens, for plain text and LaTeX alike. Products may be written without a sign, except before
 * a number: {@code 2\sqrt{3}} and {@code 3(4+1)} are products, {@code (3) 4} is not a formula. A whole number before a
 * proper fraction of whole numbers is a mixed number.
 */
final class ExpressionParser {
    private static final int DEEPEST = 60;
    private static final Expression TWO = new Literal(BigDecimal.valueOf(2), false);
    private static final Expression TEN = new Literal(BigDecimal.TEN, false);
    private static final Expression HUNDRED = new Literal(BigDecimal.valueOf(100), false);
    private final List<Token> tokens;
    private final boolean lowerSign;
    private boolean sawPlusMinus;
    private int at;
    private int depth;

    private ExpressionParser(List<Token> tokens, boolean lowerSign) {
        this.tokens = tokens;
        this.lowerSign = lowerSign;
    }

    /**
     * A parsed formula.
     *
     * @param hasPlusMinus whether it has a plus-minus sign and so another value
     */
    record Parsed(Expression expression, boolean hasPlusMinus) {}

    /**
     * Parses all tokens.
     *
     * @param lowerSign whether plus-minus means minus
     * @throws UnreadableException if they are no formula
     */
    static Parsed parse(List<Token> tokens, boolean lowerSign) {
        ExpressionParser parser = new ExpressionParser(tokens, lowerSign);
        Expression expression = parser.sum();
        if (parser.at < tokens.size()) {
            throw new UnreadableException("unexpected " + tokens.get(parser.at).text());
        }
        return new Parsed(expression, parser.sawPlusMinus);
    }

    private Expression sum() {
        Expression sum = signed();
        while (true) {
            int sign = sign();
            if (sign == 0) {
                return sum;
            }
            sum = new Binary(sign > 0 ? '+' : '-', sum, product());
        }
    }

    private Expression signed() {
        int sign = sign();
        return sign < 0 ? new Negation(product()) : product();
    }

    /** Takes a sign; 0 if there is none. */
    private int sign() {
        if (take('+')) {
            return 1;
        }
        if (take('-')) {
            return -1;
        }
        if (takeCommand("pm")) {
            sawPlusMinus = true;
            return lowerSign ? -1 : 1;
        }
        return 0;
    }

    private Expression product() {
        Expression product = factor();
        while (true) {
            if (peekIs('*') && at + 1 < tokens.size() && tokens.get(at + 1).is('*')) {
                throw new UnreadableException("misplaced power");
            }
            if (take('*') || takeCommand("times") || takeCommand("cdot") || takeCommand("ast")) {
                product = new Binary('*', product, signedFactor());
            } else if (take('/') || take(':') || takeCommand("div")) {
                product = new Binary('/', product, signedFactor());
            } else if (startsImplicitFactor()) {
                product = new Binary('*', product, factor());
            } else {
                return product;
            }
        }
    }

    private Expression signedFactor() {
        int sign = sign();
        return sign < 0 ? new Negation(factor()) : factor();
    }

    private boolean startsImplicitFactor() {
        if (at == tokens.size()) {
            return false;
        }
        Token token = tokens.get(at);
        return switch (token.kind()) {
            case NUMBER -> false;
            case WORD -> Vocabulary.isFunction(token) || Vocabulary.isConstant(token) || Vocabulary.isVariable(token);
            case COMMAND ->
                Vocabulary.isFunction(token)
                        || Vocabulary.isConstant(token)
                        || Vocabulary.isFraction(token)
                        || Vocabulary.isGreek(token)
                        || token.isCommand("lvert");
            case SYMBOL -> token.is('(') || token.is('{') || token.is('\u221a');
        };
    }

    private Expression factor() {
        Expression value = postfixed(base());
        if (take('^') || takePower()) {
            value = postfixed(new Binary('^', value, exponent()));
        }
        return value;
    }

    private boolean takePower() {
        if (peekIs('*') && at + 1 < tokens.size() && tokens.get(at + 1).is('*')) {
            at += 2;
            return true;
        }
        return false;
    }

    private Expression exponent() {
        int sign = sign();
        Expression exponent = base();
        if (take('^')) {
            exponent = new Binary('^', exponent, exponent());
        }
        return sign < 0 ? new Negation(exponent) : exponent;
    }

    private Expression postfixed(Expression operand) {
        Expression value = operand;
        while (at < tokens.size()) {
            Token token = tokens.get(at);
            if (token.is('\u00b0') || Unit.isDegreeWord(token)) {
                at++;
                value = new Degrees(value);
            } else if (token.is('%')) {
                at++;
                value = new Binary('/', value, HUNDRED);
            } else if (token.is('!')) {
                at++;
                value = new Factorial(value);
            } else {
                return value;
            }
        }
        return value;
    }

    private Expression base() {
        if (++depth > DEEPEST) {
            throw new UnreadableException("nested too deeply");
        }
        Expression value = unguardedBase();
        depth--;
        return value;
    }

    private Expression unguardedBase() {
        Token token = next();
        switch (token.kind()) {
            case NUMBER:
                return mixed(token);
            case WORD:
            case COMMAND:
                return named(token);
            default:
                break;
        }
        if (token.is('(')) {
            return enclosed(')');
        }
        if (token.is('{')) {
            return enclosed('}');
        }
        if (token.is('[')) {
            return enclosed(']');
        }
        if (token.is('|')) {
            return new Call("abs", enclosed('|'));
        }
        if (token.is('\u221a')) {
            return new Root(TWO, base());
        }
        throw new UnreadableException("unexpected " + token.text());
    }

    private Expression enclosed(char close) {
        Expression inside = sum();
        if (!take(close)) {
            throw new UnreadableException("missing " + close);
        }
        return inside;
    }

    /** A number, with the proper fraction after it if there is one. */
    private Expression mixed(Token number) {
        Expression whole = new Literal(number.value(), number.isDecimal());
        if (!number.isInteger() || at == tokens.size()) {
            return whole;
        }
        int start = at;
        if (Vocabulary.isFraction(tokens.get(at))) {
            at++;
            Expression fraction = fraction();
            if (fraction instanceof Binary parts && isProper(parts.left(), parts.right())) {
                return new Binary('+', whole, fraction);
            }
        } else if (at + 2 < tokens.size()
                && tokens.get(at).isInteger()
                && tokens.get(at).spaced()
                && tokens.get(at + 1).is('/')
                && tokens.get(at + 2).isInteger()) {
            Expression numerator = new Literal(tokens.get(at).value(), false);
            Expression denominator = new Literal(tokens.get(at + 2).value(), false);
            if (isProper(numerator, denominator)) {
                at += 3;
                return new Binary('+', whole, new Binary('/', numerator, denominator));
            }
        }
        at = start;
        return whole;
    }

    private static boolean isProper(Expression numerator, Expression denominator) {
        return numerator instanceof Literal top
                && denominator instanceof Literal bottom
                && !top.decimal()
                && !bottom.decimal()
                && top.value().signum() > 0
                && top.value().compareTo(bottom.value()) < 0;
    }

    private Expression named(Token token) {
        String name = token.text();
        if (token.kind() == Token.Kind.COMMAND && (name.equals("lvert") || name.equals("|"))) {
            Expression inside = sum();
            if (!takeCommand("rvert") && !takeCommand("|")) {
                throw new UnreadableException("missing bar");
            }
            return new Call("abs", inside);
        }
        if (Vocabulary.isFraction(token)) {
            return fraction();
        }
        if (name.equals("sqrt") || name.equals("root")) {
            Expression degree = TWO;
            if (take('[')) {
                degree = enclosed(']');
            }
            return new Root(degree, base());
        }
        if (name.equals("cbrt")) {
            return new Root(new Literal(BigDecimal.valueOf(3), false), base());
        }
        if (name.equals("log") || name.equals("lg")) {
            Expression base = take('_') ? base() : TEN;
            return new Logarithm(base, argument());
        }
        if (Vocabulary.isCall(token)) {
            return call(Vocabulary.function(token));
        }
        if (Vocabulary.isConstant(token)) {
            return new Literal(name.equals("e") ? Arithmetic.E : Arithmetic.PI, false);
        }
        if (Vocabulary.isGreek(token) || Vocabulary.isVariable(token)) {
            return variables(token);
        }
        throw new UnreadableException("unexpected " + name);
    }

    private Expression call(String function) {
        if (!take('^')) {
            return new Call(function, argument());
        }
        Expression exponent = exponent();
        boolean inverse = exponent instanceof Negation negation
                && negation.operand() instanceof Literal one
                && one.value().compareTo(BigDecimal.ONE) == 0;
        if (inverse && Set.of("sin", "cos", "tan").contains(function)) {
            return new Call("arc" + function, argument());
        }
        return new Binary('^', new Call(function, argument()), exponent);
    }

    /** What a function applies to: one factor in brackets, or the product that follows without a sign. */
    private Expression argument() {
        boolean bracketed = peekIs('(') || peekIs('{');
        Expression argument = factor();
        while (!bracketed && startsImplicitFactor() && !Vocabulary.isFunction(tokens.get(at))) {
            argument = new Binary('*', argument, factor());
        }
        return argument;
    }

    private Expression fraction() {
        Token first = peek();
        if (first.isInteger() && first.text().length() == 2) {
            // \frac12
            at++;
            return new Binary('/', digit(first, 0), digit(first, 1));
        }
        Expression numerator = base();
        return new Binary('/', numerator, base());
    }

    private static Expression digit(Token number, int index) {
        return new Literal(BigDecimal.valueOf(number.text().charAt(index) - '0'), false);
    }

    /** One variable, or the product that a short run of small letters is. */
    private Expression variables(Token token) {
        String name = token.text();
        if (take('_')) {
            return new Variable(name + "_" + subscript());
        }
        boolean product =
                token.kind() == Token.Kind.WORD && name.length() > 1 && name.equals(name.toLowerCase(Locale.ROOT));
        if (!product) {
            return new Variable(name);
        }
        Expression value = letter(name.charAt(0));
        for (int i = 1; i < name.length(); i++) {
            Expression letter = letter(name.charAt(i));
            if (i == name.length() - 1 && take('^')) {
                letter = new Binary('^', letter, exponent());
            }
            value = new Binary('*', value, letter);
        }
        return value;
    }

    private static Expression letter(char c) {
        return c == 'e' ? new Literal(Arithmetic.E, false) : new Variable(String.valueOf(c));
    }

    private String subscript() {
        Token token = next();
        if (!token.is('{')) {
            return token.text();
        }
        StringBuilder name = new StringBuilder();
        for (Token inner = next(); !inner.is('}'); inner = next()) {
            name.append(inner.text());
        }
        return name.toString();
    }

    private Token peek() {
        if (at == tokens.size()) {
            throw new UnreadableException("ends early");
        }
        return tokens.get(at);
    }

    private Token next() {
        Token token = peek();
        at++;
        return token;
    }

    private boolean peekIs(char symbol) {
        return at < tokens.size() && tokens.get(at).is(symbol);
    }

    private boolean take(char symbol) {
        boolean is = peekIs(symbol);
        at += is ? 1 : 0;
        return is;
    }

    private boolean takeCommand(String name) {
        boolean is = at < tokens.size() && tokens.get(at).isCommand(name);
        at += is ? 1 : 0;
        return is;
    }
}
