package org.reasonrft.reward.math;

import ch.obermuhlner.math.big.BigDecimalMath;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Decimal arithmetic to fifty digits that refuses numbers nobody means, so that {@code 9^{9^9}} costs nothing. Whatever
 * has no real value throws {@link ArithmeticException}.
 */
final class Arithmetic {
    /** Two expressions of school mathematics that agree in so many digits are the same. */
    static final MathContext PRECISION = new MathContext(50, RoundingMode.HALF_EVEN);

    static final BigDecimal PI = BigDecimalMath.pi(PRECISION);
    static final BigDecimal E = BigDecimalMath.e(PRECISION);
    static final BigDecimal RADIANS_PER_DEGREE = PI.divide(BigDecimal.valueOf(180), PRECISION);

    private static final int LARGEST_EXPONENT = 2_000;
    private static final int LARGEST_FACTORIAL = 500;

    private Arithmetic() {}

    static BigDecimal add(BigDecimal a, BigDecimal b) {
        return bounded(a.add(b, PRECISION));
    }

    static BigDecimal subtract(BigDecimal a, BigDecimal b) {
        return bounded(a.subtract(b, PRECISION));
    }

    static BigDecimal multiply(BigDecimal a, BigDecimal b) {
        return bounded(a.multiply(b, PRECISION));
    }

    static BigDecimal divide(BigDecimal a, BigDecimal b) {
        return bounded(a.divide(b, PRECISION));
    }

    static BigDecimal power(BigDecimal base, BigDecimal exponent) {
        if (exponent.signum() == 0) {
            if (base.signum() == 0) {
                throw new ArithmeticException("0^0");
            }
            return BigDecimal.ONE;
        }
        if (base.signum() == 0) {
            if (exponent.signum() < 0) {
                throw new ArithmeticException("0 to a negative power");
            }
            return BigDecimal.ZERO;
        }
        // An estimate is enough to refuse; the exact bound is checked on the result.
        double magnitude = Math.abs(exponent.doubleValue()) * Math.abs(orderOfMagnitude(base));
        if (!(magnitude <= LARGEST_EXPONENT) || Math.abs(exponent.doubleValue()) > 1e6) {
            throw new ArithmeticException("power too large");
        }
        if (isInteger(exponent)) {
            int n = exponent.intValueExact();
            BigDecimal power = base.pow(Math.abs(n), PRECISION);
            return bounded(n < 0 ? BigDecimal.ONE.divide(power, PRECISION) : power);
        }
        if (base.signum() < 0) {
            throw new ArithmeticException("fractional power of a negative number");
        }
        return bounded(BigDecimalMath.pow(base, exponent, PRECISION));
    }

    /** The real root; of a negative number only for odd degrees. */
    static BigDecimal root(BigDecimal degree, BigDecimal radicand) {
        if (!isInteger(degree) || degree.signum() <= 0 || degree.compareTo(BigDecimal.valueOf(1000)) > 0) {
            throw new ArithmeticException("degree of a root");
        }
        if (radicand.signum() == 0) {
            return BigDecimal.ZERO;
        }
        if (radicand.signum() < 0) {
            if (!degree.toBigInteger().testBit(0)) {
                throw new ArithmeticException("even root of a negative number");
            }
            return root(degree, radicand.negate()).negate();
        }
        return degree.compareTo(BigDecimal.valueOf(2)) == 0
                ? radicand.sqrt(PRECISION)
                : bounded(BigDecimalMath.root(radicand, degree, PRECISION));
    }

    static BigDecimal factorial(BigDecimal n) {
        if (!isInteger(n) || n.signum() < 0 || n.compareTo(BigDecimal.valueOf(LARGEST_FACTORIAL)) > 0) {
            throw new ArithmeticException("factorial");
        }
        BigInteger product = BigInteger.ONE;
        for (int i = 2; i <= n.intValueExact(); i++) {
            product = product.multiply(BigInteger.valueOf(i));
        }
        return new BigDecimal(product, PRECISION);
    }

    static BigDecimal logarithm(BigDecimal base, BigDecimal x) {
        if (base.signum() <= 0 || x.signum() <= 0 || base.compareTo(BigDecimal.ONE) == 0) {
            throw new ArithmeticException("logarithm");
        }
        return bounded(BigDecimalMath.log(x, PRECISION).divide(BigDecimalMath.log(base, PRECISION), PRECISION));
    }

    /** A function of one argument, by its plain name. */
    static BigDecimal function(String name, BigDecimal x) {
        boolean circular = !name.equals("ln") && !name.equals("abs") && !name.equals("exp");
        if (circular && x.abs().compareTo(BigDecimal.valueOf(1_000_000)) > 0) {
            throw new ArithmeticException("angle too large");
        }
        return bounded(
                switch (name) {
                    case "sin" -> BigDecimalMath.sin(x, PRECISION);
                    case "cos" -> BigDecimalMath.cos(x, PRECISION);
                    case "tan" -> BigDecimalMath.tan(x, PRECISION);
                    case "cot" -> BigDecimalMath.cot(x, PRECISION);
                    case "sec" -> divide(BigDecimal.ONE, BigDecimalMath.cos(x, PRECISION));
                    case "csc" -> divide(BigDecimal.ONE, BigDecimalMath.sin(x, PRECISION));
                    case "arcsin" -> BigDecimalMath.asin(x, PRECISION);
                    case "arccos" -> BigDecimalMath.acos(x, PRECISION);
                    case "arctan" -> BigDecimalMath.atan(x, PRECISION);
                    case "ln" -> logarithm(E, x);
                    case "exp" -> power(E, x);
                    case "abs" -> x.abs();
                    default -> throw new ArithmeticException(name);
                });
    }

    static boolean isInteger(BigDecimal x) {
        return x.signum() == 0 || x.stripTrailingZeros().scale() <= 0;
    }

    private static double orderOfMagnitude(BigDecimal x) {
        int digits = x.precision() - x.scale();
        return Math.abs(digits) > 15 ? digits : Math.log10(Math.abs(x.doubleValue()));
    }

    private static BigDecimal bounded(BigDecimal x) {
        if (x.signum() != 0 && Math.abs((long) x.precision() - x.scale()) > LARGEST_EXPONENT) {
            throw new ArithmeticException("number too large or too small");
        }
        return x;
    }
}
