package org.reasonrft.reward.math;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.reasonrft.reward.math.MathObject.Assignment;
import org.reasonrft.reward.math.MathObject.Comparison;
import org.reasonrft.reward.math.MathObject.Group;
import org.reasonrft.reward.math.MathObject.Grouping;
import org.reasonrft.reward.math.MathObject.Quantity;
import org.reasonrft.reward.math.MathObject.Relation;
import org.reasonrft.reward.math.MathObject.Span;
import org.reasonrft.reward.math.MathObject.Union;
import org.reasonrft.reward.math.MathObject.Words;

/** Whether two answers say the same. */
final class MathComparison {
    /** Formulas with variables are compared where the variables have these values, three rows of them at least. */
    private static final int POINTS = 5;

    private static final int FEWEST_POINTS = 3;
    private static final int MOST_VARIABLES = 6;

    /** Six decimals, as math_verify has it, and no fewer than four digits of a small number. */
    private static final BigDecimal ROUNDED = new BigDecimal("5e-7");

    private static final BigDecimal ROUNDED_SMALL = new BigDecimal("5e-5");
    /** Ten digits fewer than are computed. */
    private static final BigDecimal EXACT = new BigDecimal("1e-40");

    private MathComparison() {}

    static boolean same(MathObject a, MathObject b) {
        if (a instanceof Assignment || b instanceof Assignment) {
            return sameAssignments(a, b);
        }
        if (a instanceof Quantity x && b instanceof Quantity y) {
            return same(x, y);
        }
        if (a instanceof Group || b instanceof Group) {
            return sameGroups(a, b);
        }
        if (a instanceof Relation x && b instanceof Relation y && same(x, y)) {
            return true;
        }
        if (a instanceof Union || b instanceof Union) {
            return a instanceof Union x
                    && b instanceof Union y
                    && sameInAnyOrder(List.copyOf(x.spans()), List.copyOf(y.spans()));
        }
        if (a instanceof Words x && b instanceof Words y) {
            return x.text().equals(y.text());
        }
        return sameSpans(a, b);
    }

    private static boolean sameAssignments(MathObject a, MathObject b) {
        if (a instanceof Assignment x && b instanceof Assignment y) {
            return x.name().equals(y.name()) && same(x.value(), y.value());
        }
        Assignment assignment = a instanceof Assignment x ? x : (Assignment) b;
        MathObject other = a instanceof Assignment ? b : a;
        if (other instanceof Relation relation) {
            return assignment.equation() != null && same(assignment.equation(), relation);
        }
        return same(assignment.value(), other);
    }

    private static boolean sameGroups(MathObject a, MathObject b) {
        if (a instanceof Group x && b instanceof Group y) {
            if (x.items().size() != y.items().size()) {
                return false;
            }
            boolean ordered = x.grouping() == Grouping.TUPLE || y.grouping() == Grouping.TUPLE;
            if (ordered) {
                return x.grouping() != Grouping.SET
                        && y.grouping() != Grouping.SET
                        && sameInOrder(x.items(), y.items());
            }
            return sameInAnyOrder(x.items(), y.items());
        }
        Group group = a instanceof Group x ? x : (Group) b;
        MathObject other = a instanceof Group ? b : a;
        if (group.items().size() == 1 && group.grouping() == Grouping.SET) {
            return same(group.items().get(0), other);
        }
        return other instanceof Span && sameSpans(a, b);
    }

    private static boolean sameInOrder(List<MathObject> a, List<MathObject> b) {
        for (int i = 0; i < a.size(); i++) {
            if (!same(a.get(i), b.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameInAnyOrder(List<? extends MathObject> a, List<? extends MathObject> b) {
        List<MathObject> left = new ArrayList<>(b);
        for (MathObject item : a) {
            boolean found = false;
            for (int i = 0; i < left.size() && !found; i++) {
                if (same(item, left.get(i))) {
                    left.remove(i);
                    found = true;
                }
            }
            if (!found) {
                return false;
            }
        }
        return left.isEmpty();
    }

    private static boolean sameSpans(MathObject a, MathObject b) {
        Optional<Span> x = MathReader.asSpan(a);
        Optional<Span> y = MathReader.asSpan(b);
        return x.isPresent()
                && y.isPresent()
                && x.get().lowerOpen() == y.get().lowerOpen()
                && x.get().upperOpen() == y.get().upperOpen()
                && sameBounds(x.get().lower(), y.get().lower())
                && sameBounds(x.get().upper(), y.get().upper());
    }

    private static boolean sameBounds(Expression a, Expression b) {
        return a == null || b == null ? a == b : same(new Quantity(a, null), new Quantity(b, null));
    }

    /** Equations agree where the differences of their sides are proportional, inequalities where positively so. */
    private static boolean same(Relation a, Relation b) {
        Relation x = ascending(a);
        Relation y = ascending(b);
        if (x.comparison() != y.comparison()) {
            return false;
        }
        boolean directed = x.comparison() == Comparison.LESS || x.comparison() == Comparison.AT_MOST;
        return proportional(difference(x), difference(y), directed);
    }

    private static Relation ascending(Relation relation) {
        Comparison comparison = relation.comparison();
        boolean descending = comparison == Comparison.GREATER || comparison == Comparison.AT_LEAST;
        return descending ? new Relation(relation.right(), comparison.mirrored(), relation.left()) : relation;
    }

    private static Expression difference(Relation relation) {
        return new Expression.Binary('-', relation.left(), relation.right());
    }

    private static boolean proportional(Expression a, Expression b, boolean positively) {
        Set<String> names = MathReader.variables(a);
        names.addAll(MathReader.variables(b));
        if (names.isEmpty() || names.size() > MOST_VARIABLES) {
            return false;
        }
        boolean rounded = a.isRounded() || b.isRounded();
        BigDecimal ratio = null;
        int compared = 0;
        for (int point = 0; point < POINTS; point++) {
            try {
                Map<String, BigDecimal> variables = point(names, point);
                BigDecimal y = b.evaluate(variables);
                BigDecimal here = Arithmetic.divide(a.evaluate(variables), y);
                if (ratio != null && !close(ratio, here, rounded)) {
                    return false;
                }
                ratio = here;
                compared++;
            } catch (ArithmeticException e) {
                continue;
            }
        }
        return compared >= FEWEST_POINTS && (positively ? ratio.signum() > 0 : ratio.signum() != 0);
    }

    private static boolean same(Quantity a, Quantity b) {
        BigDecimal scale = scale(a.unit(), b.unit());
        return scale != null && same(a.value(), b.value(), scale);
    }

    /**
     * What the first value has to be multiplied with to be in the unit of the second; null where they measure different
     * things. An answer may leave its unit out.
     */
    static BigDecimal scale(Unit from, Unit to) {
        if (from == null || to == null) {
            return BigDecimal.ONE;
        }
        return from.dimensions().equals(to.dimensions()) ? Arithmetic.divide(from.factor(), to.factor()) : null;
    }

    private static boolean same(Expression a, Expression b, BigDecimal scale) {
        Set<String> names = new TreeSet<>(MathReader.variables(a));
        names.addAll(MathReader.variables(b));
        boolean rounded = a.isRounded() || b.isRounded();
        if (names.isEmpty()) {
            try {
                BigDecimal x = Arithmetic.multiply(a.evaluate(Map.of()), scale);
                return close(x, b.evaluate(Map.of()), rounded);
            } catch (ArithmeticException e) {
                return false;
            }
        }
        return names.size() <= MOST_VARIABLES && sameFunction(a, b, scale, names, rounded);
    }

    /**
     * Whether two formulas agree at random points: different polynomials of low degree meet at a point drawn from so many
     * with a probability of about nothing (Schwartz 1980).
     */
    private static boolean sameFunction(
            Expression a, Expression b, BigDecimal scale, Set<String> names, boolean rounded) {
        int compared = 0;
        for (int point = 0; point < POINTS; point++) {
            Map<String, BigDecimal> variables = point(names, point);
            BigDecimal x = valueOrNull(a, variables);
            BigDecimal y = valueOrNull(b, variables);
            if (x == null && y == null) {
                continue;
            }
            if (x == null || y == null || !close(Arithmetic.multiply(x, scale), y, rounded)) {
                return false;
            }
            compared++;
        }
        return compared >= FEWEST_POINTS;
    }

    private static BigDecimal valueOrNull(Expression expression, Map<String, BigDecimal> variables) {
        try {
            return expression.evaluate(variables);
        } catch (ArithmeticException e) {
            return null;
        }
    }

    /** Always the same positive numbers without pattern, from below one to about ten. */
    private static Map<String, BigDecimal> point(Set<String> names, int index) {
        Map<String, BigDecimal> variables = new HashMap<>();
        int variable = 0;
        for (String name : names) {
            int n = 2 + 7 * index + 3 * variable++;
            BigDecimal fraction =
                    BigDecimal.valueOf(n).sqrt(Arithmetic.PRECISION).remainder(BigDecimal.ONE);
            variables.put(
                    name,
                    fraction.add(new BigDecimal("0.13"))
                            .multiply(BigDecimal.valueOf(1 + index))
                            .round(Arithmetic.PRECISION));
        }
        return variables;
    }

    /** @param rounded whether one of the two is written as a decimal fraction and so may have been rounded */
    static boolean close(BigDecimal a, BigDecimal b, boolean rounded) {
        BigDecimal distance = a.subtract(b).abs();
        BigDecimal size = a.abs().max(b.abs());
        BigDecimal allowed = rounded
                ? ROUNDED.min(size.multiply(ROUNDED_SMALL))
                : size.multiply(EXACT).round(Arithmetic.PRECISION);
        return distance.signum() == 0
                || distance.round(new java.math.MathContext(20, RoundingMode.DOWN))
                                .compareTo(allowed)
                        <= 0;
    }
}
