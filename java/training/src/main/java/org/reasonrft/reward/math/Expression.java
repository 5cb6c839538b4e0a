package org.reasonrft.reward.math;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** A formula that has a real value once its variables have one. */
sealed interface Expression {
    /**
     * The value.
     *
     * @throws ArithmeticException if there is none within bounds
     */
    BigDecimal evaluate(Map<String, BigDecimal> variables);

    /** Tells the parts. */
    void forEachPart(Consumer<Expression> action);

    /** Adds the names of the variables. */
    default void collectVariables(Set<String> names) {
        forEachPart(part -> part.collectVariables(names));
    }

    /** Whether a number in it is written with a decimal point and so may be rounded. */
    default boolean isRounded() {
        boolean[] rounded = {false};
        forEachPart(part -> rounded[0] |= part.isRounded());
        return rounded[0];
    }

    record Literal(BigDecimal value, boolean decimal) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return value;
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {}

        @Override
        public boolean isRounded() {
            return decimal;
        }
    }

    record Variable(String name) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            BigDecimal value = variables.get(name);
            if (value == null) {
                throw new ArithmeticException("no value for " + name);
            }
            return value;
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {}

        @Override
        public void collectVariables(Set<String> names) {
            names.add(name);
        }
    }

    record Negation(Expression operand) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return operand.evaluate(variables).negate();
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(operand);
        }
    }

    /** @param operator one of {@code + - * / ^} */
    record Binary(char operator, Expression left, Expression right) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            BigDecimal a = left.evaluate(variables);
            BigDecimal b = right.evaluate(variables);
            return switch (operator) {
                case '+' -> Arithmetic.add(a, b);
                case '-' -> Arithmetic.subtract(a, b);
                case '*' -> Arithmetic.multiply(a, b);
                case '/' -> Arithmetic.divide(a, b);
                case '^' -> Arithmetic.power(a, b);
                default -> throw new ArithmeticException("operator " + operator);
            };
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(left);
            action.accept(right);
        }
    }

    record Root(Expression degree, Expression radicand) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return Arithmetic.root(degree.evaluate(variables), radicand.evaluate(variables));
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(degree);
            action.accept(radicand);
        }
    }

    record Logarithm(Expression base, Expression argument) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return Arithmetic.logarithm(base.evaluate(variables), argument.evaluate(variables));
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(base);
            action.accept(argument);
        }
    }

    /** @param name as {@link Arithmetic#function} knows it */
    record Call(String name, Expression argument) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return Arithmetic.function(name, argument.evaluate(variables));
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(argument);
        }
    }

    record Factorial(Expression operand) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return Arithmetic.factorial(operand.evaluate(variables));
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(operand);
        }
    }

    /** So many degrees, as an angle in radians: what trigonometric functions need. */
    record Degrees(Expression operand) implements Expression {
        @Override
        public BigDecimal evaluate(Map<String, BigDecimal> variables) {
            return Arithmetic.multiply(operand.evaluate(variables), Arithmetic.RADIANS_PER_DEGREE);
        }

        @Override
        public void forEachPart(Consumer<Expression> action) {
            action.accept(operand);
        }
    }
}
