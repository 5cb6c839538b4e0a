package org.reasonrft.reward.math;

import java.util.List;

/** What an answer can be. */
sealed interface MathObject {
    /** @param unit null where none is written */
    record Quantity(Expression value, Unit unit) implements MathObject {}

    /**
     * {@code name = value}.
     *
     * @param name what stands before the sign, without spaces
     * @param equation the same as an equation of two formulas; null where the left side is none
     */
    record Assignment(String name, MathObject value, Relation equation) implements MathObject {}

    /** How the two sides of a relation stand to each other. */
    enum Comparison {
        EQUAL,
        UNEQUAL,
        LESS,
        AT_MOST,
        GREATER,
        AT_LEAST;

        Comparison mirrored() {
            return switch (this) {
                case LESS -> GREATER;
                case AT_MOST -> AT_LEAST;
                case GREATER -> LESS;
                case AT_LEAST -> AT_MOST;
                default -> this;
            };
        }

        boolean isStrict() {
            return this == LESS || this == GREATER;
        }
    }

    record Relation(Expression left, Comparison comparison, Expression right) implements MathObject {}

    /**
     * An interval.
     *
     * @param lower null: minus infinity
     * @param upper null: infinity
     */
    record Span(Expression lower, boolean lowerOpen, Expression upper, boolean upperOpen) implements MathObject {}

    /** Several intervals, in any order. */
    record Union(List<Span> spans) implements MathObject {}

    /** How several things belong together. */
    enum Grouping {
        /** In braces: the order is free. */
        SET,
        /** In brackets: the order counts. */
        TUPLE,
        /** One after the other: a set or a tuple, whichever it is compared with. */
        LIST
    }

    record Group(Grouping grouping, List<MathObject> items) implements MathObject {}

    /** Text that is no mathematics: a letter of choice, yes, a name. */
    record Words(String text) implements MathObject {}
}
