/**
 * When two answers are the same mathematics: numbers, fractions, roots, units, degrees, percentages, intervals, sets, equations,
 * in plain text, Unicode or LaTeX. Reading and comparing are bounded in time and memory whatever a model writes.
 *
 * <p>The arithmetic is big-math's. Nothing is simplified: two formulas are the same when they agree to forty digits, with
 * variables at several points. A computer algebra system was tried in its place and rejected (Symja 3.0.0, Java 17, November
 * 2026): its LaTeX reader takes {@code 2\frac{1}{2}} for 1, {@code \dfrac{1}{3}} for a product and {@code 5\text{ cm}} for 55 cm,
 * {@code 9^(9^9)} went past its own time limit, and it brings 40 MB of libraries and four seconds of start.
 */
package org.reasonrft.reward.math;
