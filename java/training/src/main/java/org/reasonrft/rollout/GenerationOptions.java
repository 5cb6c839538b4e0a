package org.reasonrft.rollout;

import java.util.List;
import org.reasonrft.model.GenerationConfig;

/**
 * How completions are sampled. The repetition penalty comes first, then the temperature. Truncations apply in the order top-k, top-p, min-p, each to the distribution the one
 * before it left, renormalised, as in transformers and vLLM.
 *
 * @param maxNewTokens longest completion, stop token included
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topK keep this many of the most probable tokens; 0 keeps all
 * @param topP keep the fewest most probable tokens whose probabilities reach this sum; 1 keeps all
 * @param minP drop tokens less probable than this fraction of the most probable one; 0 keeps all
 * @param seed of all randomness
 * @param repetitionPenalty divides the positive and multiplies the negative logits of tokens that occur in the prompt or in
 *     the completion so far (Keskar et al. 2019, arXiv:1909.05858, section 4.1, in the form of transformers); 1 for none
 * @param stopStrings a completion ends with the token that completes one of these; the text keeps it
 */
public record GenerationOptions(
        int maxNewTokens,
        float temperature,
        int topK,
        float topP,
        float minP,
        long seed,
        float repetitionPenalty,
        List<String> stopStrings) {
    public GenerationOptions {
        require(maxNewTokens >= 1, "maxNewTokens must be at least 1", maxNewTokens);
        require(
                temperature >= 0 && temperature < Float.POSITIVE_INFINITY,
                "temperature must be finite and not negative",
                temperature);
        require(topK >= 0, "topK must not be negative", topK);
        require(topP > 0 && topP <= 1, "topP must lie in (0, 1]", topP);
        require(minP >= 0 && minP < 1, "minP must lie in [0, 1)", minP);
        require(
                repetitionPenalty > 0 && repetitionPenalty < Float.POSITIVE_INFINITY,
                "repetitionPenalty must be finite and positive",
                repetitionPenalty);
        stopStrings = List.copyOf(stopStrings);
        if (stopStrings.contains("")) {
            throw new IllegalArgumentException("stopStrings must not hold an empty text, got " + stopStrings);
        }
    }

    /** Without repetition penalty and stop strings. */
    public GenerationOptions(int maxNewTokens, float temperature, int topK, float topP, float minP, long seed) {
        this(maxNewTokens, temperature, topK, topP, minP, seed, 1, List.of());
    }

    /** The most probable token at every step. */
    public static GenerationOptions greedy(int maxNewTokens) {
        return new GenerationOptions(maxNewTokens, 0, 0, 1, 0, 0);
    }

    /** The model's own distribution at a temperature, nothing truncated. */
    public static GenerationOptions sampling(int maxNewTokens, float temperature, long seed) {
        return new GenerationOptions(maxNewTokens, temperature, 0, 1, 0, seed);
    }

    /** As a checkpoint's {@code generation_config.json} wants it, as {@code transformers.generate} reads it. */
    public static GenerationOptions of(GenerationConfig config, int maxNewTokens, long seed) {
        GenerationOptions options = config.doSample()
                ? new GenerationOptions(
                        maxNewTokens,
                        (float) config.temperature(),
                        config.topK(),
                        (float) config.topP(),
                        (float) config.minP(),
                        seed)
                : greedy(maxNewTokens);
        return options.withRepetitionPenalty((float) config.repetitionPenalty());
    }

    /** The same with another repetition penalty. */
    public GenerationOptions withRepetitionPenalty(float penalty) {
        return new GenerationOptions(maxNewTokens, temperature, topK, topP, minP, seed, penalty, stopStrings);
    }

    /** The same with other stop strings; a generator needs a tokenizer for them. */
    public GenerationOptions withStopStrings(List<String> strings) {
        return new GenerationOptions(maxNewTokens, temperature, topK, topP, minP, seed, repetitionPenalty, strings);
    }

    private static void require(boolean holds, String rule, Number value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", got " + value);
        }
    }
}
