package org.reasonrft.reward.math;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A unit of measurement: what it measures and how much of the base units (metre, second, kilogram, degree, one of a
 * currency) it is.
 *
 * @param dimensions exponents by dimension, without zeros
 * @param factor base units in one of it
 */
record Unit(Map<Dimension, Integer> dimensions, BigDecimal factor) {
    enum Dimension {
        LENGTH,
        TIME,
        MASS,
        ANGLE,
        MONEY
    }

    static final Unit DEGREE = of(Dimension.ANGLE, 1, "1");
    private static final Unit RADIAN = new Unit(
            Map.of(Dimension.ANGLE, 1), BigDecimal.ONE.divide(Arithmetic.RADIANS_PER_DEGREE, Arithmetic.PRECISION));
    /** {@code 5 units}: says only that something is counted. */
    private static final Unit NOTHING = new Unit(Map.of(), BigDecimal.ONE);

    private static final Set<String> DEGREE_WORDS = Set.of("degree", "degrees", "deg", "\u5ea6");
    private static final Set<String> SQUARE = Set.of("square", "sq", "\u5e73\u65b9");
    private static final Set<String> CUBIC = Set.of("cubic", "cu", "\u7acb\u65b9");
    /** Letters that are variables as often as units: units only where they stand apart or upright. */
    private static final Set<String> DOUBTFUL = Set.of("s", "h", "g", "l", "L", "d", "t");

    private static final Map<String, Unit> NAMES = names();

    Unit {
        dimensions = Map.copyOf(dimensions);
    }

    /**
     * A formula and the unit after it.
     *
     * @param length tokens of the formula
     * @param unit null where the words say nothing, as in {@code 5 units}
     */
    record Suffix(int length, Unit unit) {}

    /** The unit that the tokens end with, if a number can stand before it. */
    static Optional<Suffix> atEnd(List<Token> tokens) {
        for (int from = 1; from < tokens.size(); from++) {
            Token first = tokens.get(from);
            if (first.kind() != Token.Kind.WORD || !endsNumber(tokens.get(from - 1))) {
                continue;
            }
            if (DOUBTFUL.contains(first.text()) && !first.upright() && !first.spaced()) {
                continue;
            }
            Optional<Unit> unit = new Reader(tokens, from).whole();
            if (unit.isPresent()) {
                Unit found = unit.get();
                return Optional.of(new Suffix(from, found.dimensions().isEmpty() ? null : found));
            }
        }
        return Optional.empty();
    }

    private static boolean endsNumber(Token token) {
        return token.kind() == Token.Kind.NUMBER
                || token.is(')')
                || token.is('}')
                || token.isCommand("pi")
                || token.isWord("pi");
    }

    static boolean isDegreeWord(Token token) {
        return token.kind() == Token.Kind.WORD && DEGREE_WORDS.contains(token.text());
    }

    private Unit power(int exponent) {
        Map<Dimension, Integer> raised = new EnumMap<>(Dimension.class);
        dimensions.forEach((dimension, n) -> raised.put(dimension, n * exponent));
        return new Unit(raised, factor.pow(exponent, Arithmetic.PRECISION));
    }

    private Unit per(Unit other) {
        Map<Dimension, Integer> quotient = new HashMap<>(dimensions);
        other.dimensions.forEach((dimension, n) -> quotient.merge(dimension, -n, Integer::sum));
        quotient.values().removeIf(n -> n == 0);
        return new Unit(quotient, factor.divide(other.factor, Arithmetic.PRECISION));
    }

    private static Unit of(Dimension dimension, int exponent, String factor) {
        return new Unit(Map.of(dimension, exponent), new BigDecimal(factor));
    }

    private static Map<String, Unit> names() {
        Map<String, Unit> names = new HashMap<>();
        length(names, "0.001", "mm millimeter millimetre \u6beb\u7c73");
        length(names, "0.01", "cm centimeter centimetre \u5398\u7c73");
        length(names, "0.1", "dm decimeter decimetre \u5206\u7c73");
        length(names, "1", "m meter metre \u7c73");
        length(names, "1000", "km kilometer kilometre \u5343\u7c73 \u516c\u91cc");
        length(names, "0.0254", "in inch");
        length(names, "0.3048", "ft foot");
        length(names, "0.9144", "yd yard");
        length(names, "1609.344", "mi mile");
        length(names, "1852", "nmi \u6d77\u91cc");
        names.put("inches", names.get("inch"));
        names.put("feet", names.get("foot"));
        add(names, Dimension.LENGTH, 3, "0.001", "L l liter litre \u5347");
        add(names, Dimension.LENGTH, 3, "0.000001", "mL ml milliliter millilitre \u6beb\u5347");
        add(names, Dimension.TIME, 1, "1", "s sec second \u79d2");
        add(names, Dimension.TIME, 1, "60", "min minute \u5206\u949f \u5206");
        add(names, Dimension.TIME, 1, "3600", "h hr hour \u5c0f\u65f6 \u65f6");
        add(names, Dimension.TIME, 1, "86400", "d day \u5929");
        add(names, Dimension.MASS, 1, "0.001", "g gram \u514b");
        add(names, Dimension.MASS, 1, "1", "kg kilogram \u5343\u514b \u516c\u65a4");
        add(names, Dimension.MASS, 1, "0.45359237", "lb pound");
        add(names, Dimension.MONEY, 1, "1", "dollar yuan euro \u5143");
        add(names, Dimension.MONEY, 1, "0.01", "cent");
        DEGREE_WORDS.forEach(word -> names.put(word, DEGREE));
        for (String word : new String[] {"rad", "radian", "radians", "\u5f27\u5ea6"}) {
            names.put(word, RADIAN);
        }
        names.put("unit", NOTHING);
        names.put("units", NOTHING);
        names.put("mph", names.get("mile").per(names.get("hour")));
        names.put("kmh", names.get("km").per(names.get("hour")));
        return Map.copyOf(names);
    }

    /** A unit of length with its Chinese names of area and volume. */
    private static void length(Map<String, Unit> names, String metres, String spellings) {
        add(names, Dimension.LENGTH, 1, metres, spellings);
        for (String spelling : spellings.split(" ")) {
            if (spelling.charAt(0) > 128) {
                SQUARE.forEach(square ->
                        names.put(square + spelling, names.get(spelling).power(2)));
                CUBIC.forEach(
                        cubic -> names.put(cubic + spelling, names.get(spelling).power(3)));
            }
        }
    }

    private static void add(
            Map<String, Unit> names, Dimension dimension, int exponent, String factor, String spellings) {
        for (String spelling : spellings.split(" ")) {
            Unit unit = of(dimension, exponent, factor);
            names.put(spelling, unit);
            if (spelling.length() > 2) {
                names.put(spelling + "s", unit);
            }
        }
    }

    /** Reads a compound unit that the tokens from some place on are. */
    private static final class Reader {
        private final List<Token> tokens;
        private int at;

        Reader(List<Token> tokens, int from) {
            this.tokens = tokens;
            at = from;
        }

        Optional<Unit> whole() {
            Unit unit = factor();
            while (unit != null && at < tokens.size()) {
                boolean per = tokens.get(at).is('/') || tokens.get(at).isWord("per");
                at++;
                Unit divisor = per ? factor() : null;
                unit = divisor == null ? null : unit.per(divisor);
            }
            return Optional.ofNullable(unit);
        }

        private Unit factor() {
            int power = 1;
            if (at < tokens.size() && SQUARE.contains(tokens.get(at).text())) {
                power = 2;
                at++;
            } else if (at < tokens.size() && CUBIC.contains(tokens.get(at).text())) {
                power = 3;
                at++;
            }
            Unit unit = name();
            if (unit == null) {
                return null;
            }
            int written = exponent();
            return unit.power(power * written);
        }

        private Unit name() {
            if (at >= tokens.size()) {
                return null;
            }
            if (tokens.get(at).isWord("nautical") && at + 1 < tokens.size()) {
                boolean mile =
                        tokens.get(at + 1).isWord("mile") || tokens.get(at + 1).isWord("miles");
                at += 2;
                return mile ? NAMES.get("nmi") : null;
            }
            Token token = tokens.get(at++);
            return token.kind() == Token.Kind.WORD ? NAMES.get(token.text()) : null;
        }

        /** A written power, 1 if there is none; data sets write {@code cm^{2}}, {@code cm^2^} and {@code cm2}. */
        private int exponent() {
            int start = at;
            boolean caret = take('^');
            boolean brace = caret && take('{');
            if (at < tokens.size() && isSmallPower(tokens.get(at), caret)) {
                int exponent = tokens.get(at++).value().intValueExact();
                if (!brace || take('}')) {
                    if (caret) {
                        take('^');
                    }
                    return exponent;
                }
            }
            at = start;
            return 1;
        }

        private boolean take(char symbol) {
            boolean is = at < tokens.size() && tokens.get(at).is(symbol);
            at += is ? 1 : 0;
            return is;
        }

        private static boolean isSmallPower(Token token, boolean caret) {
            return (token.text().equals("2") || token.text().equals("3")) && (caret || !token.spaced());
        }
    }
}
