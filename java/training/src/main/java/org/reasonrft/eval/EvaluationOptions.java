package org.reasonrft.eval;

import org.reasonrft.rollout.GenerationOptions;

/**
 * How questions are answered and judged.
 *
 * @param generation how to decode; temperature 0 is greedy
 * @param samples completions of each question, at least 1; with temperature 0 all would be the same, so 1
 * @param batchSize completions generated together, at least 1; it changes speed, not answers
 * @param scorer null: the one of the task, {@link Scorer#of}, for each split
 */
public record EvaluationOptions(GenerationOptions generation, int samples, int batchSize, Scorer scorer) {
    public EvaluationOptions {
        if (samples < 1 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "samples and batchSize: got " + samples + " and " + batchSize + ", wanted at least 1");
        }
        if (samples > 1 && generation.temperature() == 0) {
            throw new IllegalArgumentException(
                    "samples: got " + samples + " with temperature 0, which would make all of them the same");
        }
    }

    /** The most probable completion of each question, judged by the scorer of its task. */
    public static EvaluationOptions greedy(int maxNewTokens, int batchSize) {
        return new EvaluationOptions(GenerationOptions.greedy(maxNewTokens), 1, batchSize, null);
    }
}
