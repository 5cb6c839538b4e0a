package org.reasonrft.reward.math;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.reasonrft.reward.math.Expression.Binary;
import org.reasonrft.reward.math.Expression.Degrees;
import org.reasonrft.reward.math.Expression.Negation;
import org.reasonrft.reward.math.Expression.Variable;
import org.reasonrft.reward.math.MathObject.Assignment;
import org.reasonrft.reward.math.MathObject.Comparison;
import org.reasonrft.reward.math.MathObject.Group;
import org.reasonrft.reward.math.MathObject.Grouping;
import org.reasonrft.reward.math.MathObject.Quantity;
import org.reasonrft.reward.math.MathObject.Relation;
import org.reasonrft.reward.math.MathObject.Span;
import org.reasonrft.reward.math.MathObject.Union;
import org.reasonrft.reward.math.MathObject.Words;

/** Reads an answer from its text. */
final class MathReader {
    /** No gold answer comes near; a completion that is cut off in the middle of a loop does. */
    private static final int LONGEST = 400;

    private static final int DEEPEST = 8;

    private static final Map<String, Comparison> COMPARISONS = Map.ofEntries(
            Map.entry("=", Comparison.EQUAL),
            Map.entry("approx", Comparison.EQUAL),
            Map.entry("ne", Comparison.UNEQUAL),
            Map.entry("neq", Comparison.UNEQUAL),
            Map.entry("<", Comparison.LESS),
            Map.entry("lt", Comparison.LESS),
            Map.entry("le", Comparison.AT_MOST),
            Map.entry("leq", Comparison.AT_MOST),
            Map.entry("leqslant", Comparison.AT_MOST),
            Map.entry(">", Comparison.GREATER),
            Map.entry("gt", Comparison.GREATER),
            Map.entry("ge", Comparison.AT_LEAST),
            Map.entry("geq", Comparison.AT_LEAST),
            Map.entry("geqslant", Comparison.AT_LEAST));
    private static final Set<String> CONJUNCTIONS = Set.of("and", "or", "\u548c", "\u6216", "\u6216\u8005");
    private static final Pattern CHOICE = Pattern.compile("\\(?([A-Z])(?:[).:]|\\.\\))?");

    private MathReader() {}

    /** What the text says; {@link Words} where it is no mathematics, empty where there is nothing or far too much. */
    static Optional<MathObject> read(String text) {
        Optional<MathObject> mathematics = readMathematics(text);
        if (mathematics.isPresent()) {
            return mathematics;
        }
        String words = words(text);
        return words.isEmpty() || words.length() > LONGEST ? Optional.empty() : Optional.of(new Words(words));
    }

    /** What the text says if it is mathematics and nothing else. */
    static Optional<MathObject> readMathematics(String text) {
        if (text.length() > LONGEST || text.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(object(Lexer.tokens(MathText.canonical(text)), 0));
        } catch (UnreadableException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static String words(String text) {
        String plain = text.length() > 4 * LONGEST ? "" : MathText.canonical(text);
        String bare = plain.replaceAll("\\\\[a-zA-Z]+\\s*|[{}]", " ").strip();
        var choice = CHOICE.matcher(bare);
        if (choice.matches()) {
            return choice.group(1);
        }
        String folded = bare.replaceAll("\\s+", " ").replaceAll("^['(]+|[')]+$", "");
        return folded.length() == 1 ? folded : folded.toLowerCase(Locale.ROOT);
    }

    private static MathObject object(List<Token> tokens, int depth) {
        if (tokens.isEmpty() || depth > DEEPEST) {
            throw new UnreadableException("nothing to read");
        }
        List<List<Token>> joined = split(tokens, MathReader::isUnion);
        if (joined.size() > 1) {
            return union(joined, depth);
        }
        int membership = indexOf(tokens, token -> token.isCommand("in"));
        if (membership > 0) {
            return object(tokens.subList(membership + 1, tokens.size()), depth + 1);
        }
        if (isEnclosed(tokens)) {
            Optional<MathObject> enclosed = enclosed(tokens, depth);
            if (enclosed.isPresent()) {
                return enclosed.get();
            }
        }
        List<List<Token>> items = split(tokens, MathReader::isSeparator);
        if (items.size() > 1) {
            return new Group(Grouping.LIST, objects(items, depth));
        }
        return statement(tokens, depth);
    }

    private static List<MathObject> objects(List<List<Token>> parts, int depth) {
        List<MathObject> objects = new ArrayList<>();
        for (List<Token> part : parts) {
            objects.add(object(part, depth + 1));
        }
        return objects;
    }

    private static MathObject union(List<List<Token>> parts, int depth) {
        List<Span> spans = new ArrayList<>();
        for (MathObject part : objects(parts, depth)) {
            spans.add(asSpan(part).orElseThrow(() -> new UnreadableException("a union of something else")));
        }
        return new Union(spans);
    }

    /** A pair in round brackets is an open interval where one is wanted. */
    static Optional<Span> asSpan(MathObject object) {
        if (object instanceof Span span) {
            return Optional.of(span);
        }
        if (object instanceof Group group
                && group.grouping() != Grouping.SET
                && group.items().size() == 2
                && group.items().get(0) instanceof Quantity lower
                && group.items().get(1) instanceof Quantity upper) {
            return Optional.of(new Span(lower.value(), true, upper.value(), true));
        }
        return object instanceof Relation relation ? ray(relation) : Optional.empty();
    }

    /** {@code x > 3} as an interval, where one side is a single variable and the other a number. */
    private static Optional<Span> ray(Relation relation) {
        boolean variableLeft = relation.left() instanceof Variable
                && variables(relation.right()).isEmpty();
        boolean variableRight = relation.right() instanceof Variable
                && variables(relation.left()).isEmpty();
        if (!variableLeft && !variableRight) {
            return Optional.empty();
        }
        Comparison comparison =
                variableLeft ? relation.comparison() : relation.comparison().mirrored();
        Expression bound = variableLeft ? relation.right() : relation.left();
        return switch (comparison) {
            case LESS, AT_MOST -> Optional.of(new Span(null, true, bound, comparison.isStrict()));
            case GREATER, AT_LEAST -> Optional.of(new Span(bound, comparison.isStrict(), null, true));
            default -> Optional.empty();
        };
    }

    /** Something in brackets that is more than one formula in parentheses. */
    private static Optional<MathObject> enclosed(List<Token> tokens, int depth) {
        Token open = tokens.get(0);
        Token close = tokens.get(tokens.size() - 1);
        List<Token> inside = tokens.subList(1, tokens.size() - 1);
        boolean braces = open.isCommand("{") || open.is('{');
        List<List<Token>> parts = split(inside, token -> token.is(',') || token.is(';'));
        if (braces) {
            boolean set = open.isCommand("{") || parts.size() > 1;
            return set ? Optional.of(new Group(Grouping.SET, objects(parts, depth))) : Optional.empty();
        }
        if (parts.size() < 2) {
            return Optional.empty();
        }
        boolean infinite = parts.stream().anyMatch(MathReader::isInfinite);
        if (parts.size() == 2 && (open.is('[') || close.is(']') || infinite)) {
            return Optional.of(new Span(bound(parts.get(0)), open.is('('), bound(parts.get(1)), close.is(')')));
        }
        return Optional.of(new Group(Grouping.TUPLE, objects(parts, depth)));
    }

    private static boolean isInfinite(List<Token> tokens) {
        Token last = tokens.isEmpty() ? null : tokens.get(tokens.size() - 1);
        return last != null && (last.isCommand("infty") || last.isWord("infinity") || last.isWord("inf"));
    }

    private static Expression bound(List<Token> tokens) {
        return isInfinite(tokens) ? null : formula(tokens);
    }

    private static MathObject statement(List<Token> tokens, int depth) {
        List<List<Token>> sides = split(tokens, token -> comparison(token) != null);
        if (sides.size() == 1) {
            return quantity(tokens);
        }
        List<Comparison> comparisons = comparisons(tokens);
        boolean equations = comparisons.stream().allMatch(c -> c == Comparison.EQUAL);
        if (equations) {
            return equation(sides, depth);
        }
        if (sides.size() == 2) {
            return new Relation(formula(sides.get(0)), comparisons.get(0), formula(sides.get(1)));
        }
        return chain(sides, comparisons);
    }

    /** {@code 1 < x <= 3}. */
    private static MathObject chain(List<List<Token>> sides, List<Comparison> comparisons) {
        if (sides.size() != 3 || !(formula(sides.get(1)) instanceof Variable)) {
            throw new UnreadableException("a chain of comparisons");
        }
        Optional<Span> first = ray(new Relation(formula(sides.get(0)), comparisons.get(0), formula(sides.get(1))));
        Optional<Span> second = ray(new Relation(formula(sides.get(1)), comparisons.get(1), formula(sides.get(2))));
        if (first.isEmpty() || second.isEmpty()) {
            throw new UnreadableException("a chain of comparisons");
        }
        Span a = first.get();
        Span b = second.get();
        boolean ascending = a.lower() != null && b.upper() != null;
        boolean descending = a.upper() != null && b.lower() != null;
        if (!ascending && !descending) {
            throw new UnreadableException("comparisons of both directions");
        }
        return ascending
                ? new Span(a.lower(), a.lowerOpen(), b.upper(), b.upperOpen())
                : new Span(b.lower(), b.lowerOpen(), a.upper(), a.upperOpen());
    }

    /**
     * The last side of a chain of equations is its result. Of two sides, a name or a worked-out number on the left gives
     * its value to the right; otherwise the equation itself is the answer.
     */
    private static MathObject equation(List<List<Token>> sides, int depth) {
        List<Token> left = sides.get(0);
        List<Token> right = sides.get(sides.size() - 1);
        if (left.isEmpty()) {
            return object(right, depth + 1);
        }
        Expression leftFormula = formulaOrNull(left);
        Expression rightFormula = formulaOrNull(right);
        boolean leftNames = leftFormula == null
                || leftFormula instanceof Variable
                || variables(leftFormula).isEmpty();
        if (sides.size() > 2 || leftNames) {
            Relation relation = sides.size() > 2 || leftFormula == null || rightFormula == null
                    ? null
                    : new Relation(leftFormula, Comparison.EQUAL, rightFormula);
            boolean reversed =
                    rightFormula instanceof Variable && leftFormula != null && !(leftFormula instanceof Variable);
            return reversed
                    ? new Assignment(name(right), object(left, depth + 1), relation)
                    : new Assignment(name(left), object(right, depth + 1), relation);
        }
        if (rightFormula == null) {
            throw new UnreadableException("an equation with words");
        }
        return new Relation(leftFormula, Comparison.EQUAL, rightFormula);
    }

    private static String name(List<Token> tokens) {
        StringBuilder name = new StringBuilder();
        tokens.forEach(token -> name.append(token.text()));
        return name.toString();
    }

    private static MathObject quantity(List<Token> tokens) {
        Optional<Unit.Suffix> suffix = Unit.atEnd(tokens);
        List<Token> formula = suffix.map(s -> tokens.subList(0, s.length())).orElse(tokens);
        ExpressionParser.Parsed upper = ExpressionParser.parse(formula, false);
        Unit unit = suffix.map(Unit.Suffix::unit).orElse(null);
        if (!upper.hasPlusMinus()) {
            return measured(upper.expression(), unit);
        }
        Expression lower = ExpressionParser.parse(formula, true).expression();
        return new Group(Grouping.SET, List.of(measured(upper.expression(), unit), measured(lower, unit)));
    }

    private static Quantity measured(Expression value, Unit unit) {
        Expression degrees = unit == null ? inDegrees(value) : null;
        return degrees == null ? new Quantity(value, unit) : new Quantity(degrees, Unit.DEGREE);
    }

    /** The number of degrees if the formula is an angle; null if it is none. */
    private static Expression inDegrees(Expression expression) {
        if (expression instanceof Degrees degrees) {
            return degrees.operand();
        }
        if (expression instanceof Negation negation) {
            Expression operand = inDegrees(negation.operand());
            return operand == null ? null : new Negation(operand);
        }
        if (expression instanceof Binary binary && (binary.operator() == '+' || binary.operator() == '-')) {
            Expression left = inDegrees(binary.left());
            Expression right = inDegrees(binary.right());
            return left == null || right == null ? null : new Binary(binary.operator(), left, right);
        }
        return null;
    }

    private static Expression formula(List<Token> tokens) {
        return ExpressionParser.parse(tokens, false).expression();
    }

    private static Expression formulaOrNull(List<Token> tokens) {
        try {
            return formula(tokens);
        } catch (UnreadableException e) {
            return null;
        }
    }

    static Set<String> variables(Expression expression) {
        Set<String> names = new TreeSet<>();
        expression.collectVariables(names);
        return names;
    }

    private static List<Comparison> comparisons(List<Token> tokens) {
        List<Comparison> comparisons = new ArrayList<>();
        int depth = 0;
        for (Token token : tokens) {
            depth += nesting(token);
            if (depth == 0 && comparison(token) != null) {
                comparisons.add(comparison(token));
            }
        }
        return comparisons;
    }

    private static Comparison comparison(Token token) {
        return token.kind() == Token.Kind.SYMBOL || token.kind() == Token.Kind.COMMAND
                ? COMPARISONS.get(token.text())
                : null;
    }

    private static boolean isUnion(Token token) {
        return token.isCommand("cup") || token.isWord("U");
    }

    private static boolean isSeparator(Token token) {
        return token.is(',') || token.is(';') || token.kind() == Token.Kind.WORD && CONJUNCTIONS.contains(token.text());
    }

    /** Whether the first bracket closes at the last token; the two may be of different kinds, as in {@code (1, 2]}. */
    private static boolean isEnclosed(List<Token> tokens) {
        if (tokens.size() < 3 || nesting(tokens.get(0)) != 1) {
            return false;
        }
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            depth += nesting(tokens.get(i));
            if (depth == 0) {
                return i == tokens.size() - 1;
            }
        }
        return false;
    }

    /** The tokens between separators outside all brackets; one part where there is no separator. */
    private static List<List<Token>> split(List<Token> tokens, Predicate<Token> separator) {
        List<List<Token>> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < tokens.size(); i++) {
            depth += nesting(tokens.get(i));
            if (depth == 0 && separator.test(tokens.get(i))) {
                parts.add(tokens.subList(start, i));
                start = i + 1;
            }
        }
        parts.add(tokens.subList(start, tokens.size()));
        return parts;
    }

    private static int indexOf(List<Token> tokens, Predicate<Token> wanted) {
        for (int i = 0; i < tokens.size(); i++) {
            if (wanted.test(tokens.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private static int nesting(Token token) {
        if (token.is('(') || token.is('[') || token.is('{') || token.isCommand("{")) {
            return 1;
        }
        return token.is(')') || token.is(']') || token.is('}') || token.isCommand("}") ? -1 : 0;
    }
}
