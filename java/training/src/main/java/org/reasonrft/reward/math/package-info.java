/**
 * When two answers are the same mathematics: numbers, fractions, roots, units, degrees, percentages, intervals, sets, equations, in
 * plain text, Unicode or LaTeX. Reading and comparing are bounded in time and memory whatever a model writes.
 */
package org.reasonrft.reward.math;
