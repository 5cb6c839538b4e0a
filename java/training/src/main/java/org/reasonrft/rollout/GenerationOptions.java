package org.reasonrft.rollout;

/**
 * How completions are sampled. Truncations apply in the order top-k, top-p, min-p, each to the distribution the one
 * before it left, renormalised, as in transformers and vLLM.
 *
 * @param maxNewTokens longest completion, stop token included
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topK keep this many of the most probable tokens; 0 keeps all
 * @param topP keep the fewest most probable tokens whose probabilities reach this sum; 1 keeps all
 * @param minP drop tokens less probable than this fraction of the most probable one; 0 keeps all
 * @param seed of all randomness
 */
public record GenerationOptions(int maxNewTokens, float temperature, int topK, float topP, float minP, long seed) {
    public GenerationOptions {
        require(maxNewTokens >= 1, "maxNewTokens must be at least 1", maxNewTokens);
        require(
                temperature >= 0 && temperature < Float.POSITIVE_INFINITY,
                "temperature must be finite and not negative",
                temperature);
        require(topK >= 0, "topK must not be negative", topK);
        require(topP > 0 && topP <= 1, "topP must lie in (0, 1]", topP);
        require(minP >= 0 && minP < 1, "minP must lie in [0, 1)", minP);
    }

    /** The most probable token at every step. */
    public static GenerationOptions greedy(int maxNewTokens) {
        return new GenerationOptions(maxNewTokens, 0, 0, 1, 0, 0);
    }

    /** The model's own distribution at a temperature, nothing truncated. */
    public static GenerationOptions sampling(int maxNewTokens, float temperature, long seed) {
        return new GenerationOptions(maxNewTokens, temperature, 0, 1, 0, seed);
    }

    private static void require(boolean holds, String rule, Number value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", got " + value);
        }
    }
}
