package org.reasonrft.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a checkpoint's {@code generation_config.json} says about its generation, with the defaults of transformers for what it
 * leaves out.
 *
 * @param stopIds {@code eos_token_id}, one or several; empty when there is none
 * @param doSample whether tokens are drawn; else the most probable one is taken
 * @param temperature divides the logits, above 0; 1 by default
 * @param topK keep this many of the most probable tokens, 0 for all; 50 by default
 * @param topP keep the fewest most probable tokens whose probabilities reach this sum, in (0, 1]; 1 by default
 * @param minP drop tokens less probable than this fraction of the most probable one, in [0, 1); 0 by default
 * @param repetitionPenalty above 0; 1 by default
 */
public record GenerationConfig(
        List<Integer> stopIds,
        boolean doSample,
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty) {
    static final String FILE = "generation_config.json";

    /** Of a checkpoint without the file: greedy, with the stop tokens that the caller knows. */
    public static final GenerationConfig NONE = new GenerationConfig(List.of(), false, 1, 50, 1, 0, 1);

    /** @throws IllegalArgumentException if a value lies outside its range */
    public GenerationConfig {
        stopIds = List.copyOf(stopIds);
        for (int id : stopIds) {
            within("eos_token_id", id, id >= 0, "0 or more");
        }
        within("temperature", temperature, temperature > 0 && Double.isFinite(temperature), "a finite number above 0");
        within("top_k", topK, topK >= 0, "0 or more");
        within("top_p", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
        within("min_p", minP, minP >= 0 && minP < 1, "0 or more and below 1");
        within(
                "repetition_penalty",
                repetitionPenalty,
                repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
                "a finite number above 0");
    }

    private static void within(String name, Number value, boolean holds, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException(name + " must be " + wanted + ", got " + value);
        }
    }

    /**
     * Reads the file of a checkpoint directory; {@link #NONE} when it has none.
     *
     * @param vocabularySize of the model, which stop tokens must lie in
     * @throws ModelFormatException if the file is damaged; the message names it
     */
    static GenerationConfig read(Path directory, int vocabularySize) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return NONE;
        }
        try {
            return parse(JsonFile.text(file), vocabularySize);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** The same without a look at the model: stop tokens may be any. */
    public static GenerationConfig read(Path directory) throws IOException {
        return read(directory, Integer.MAX_VALUE);
    }

    static GenerationConfig parse(String text, int vocabularySize) {
        ConfigJson json = ConfigJson.parse(text);
        List<Integer> stopIds = new ArrayList<>(json.integerOrIntegers("eos_token_id"));
        for (int id : stopIds) {
            within("eos_token_id", id, id < vocabularySize, "below the vocabulary's size, " + vocabularySize);
        }
        return new GenerationConfig(
                stopIds,
                json.flag("do_sample", NONE.doSample),
                json.number("temperature", NONE.temperature),
                json.integer("top_k", NONE.topK),
                json.number("top_p", NONE.topP),
                json.number("min_p", NONE.minP),
                json.number("repetition_penalty", NONE.repetitionPenalty));
    }
}
