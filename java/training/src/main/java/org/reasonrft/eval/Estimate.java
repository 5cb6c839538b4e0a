package org.reasonrft.eval;

/**
 * A mean with its 95 % confidence interval.
 *
 * @param value the mean over the questions
 * @param low lower end of the interval
 * @param high upper end of the interval
 */
public record Estimate(double value, double low, double high) {}
