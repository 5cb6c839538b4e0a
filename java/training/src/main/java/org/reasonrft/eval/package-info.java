/**
 * Evaluation by generation: a model answers every question of a split, the rewards of the task judge the completions.
 */
package org.reasonrft.eval;
