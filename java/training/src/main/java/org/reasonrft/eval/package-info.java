/**
 * Evaluation by generation: a model answers every question of a split once or several times, the scorers of the task
 * judge the completions, and means, pass@k and majority votes come with bootstrap confidence intervals.
 */
package org.reasonrft.eval;
