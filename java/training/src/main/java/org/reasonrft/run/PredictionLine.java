package org.reasonrft.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A question with a model's answers, as a line of {@code predictions-<split>.jsonl}.
 *
 * @param index number of the question in its split, from 0
 * @param id its id in the data
 * @param problem the question, without the prompt around it
 * @param image files of its pictures, in order
 * @param answer the gold answer
 * @param completions what the model wrote, in the order of sampling; at least one
 */
public record PredictionLine(
        int index, String id, String problem, List<String> image, String answer, List<Completion> completions) {
    public PredictionLine {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(problem, "problem");
        Objects.requireNonNull(answer, "answer");
        image = List.copyOf(Objects.requireNonNull(image, "image"));
        completions = List.copyOf(Objects.requireNonNull(completions, "completions"));
        if (index < 0 || completions.isEmpty()) {
            throw new IllegalArgumentException("question " + index + " with " + completions.size()
                    + " completions; wanted a number from 0 and at least one completion");
        }
    }

    /**
     * One completion, judged.
     *
     * @param text decoded, without special tokens
     * @param scores from 0 to 1 by name of the scorer, the one that counts first
     * @param right whether that one finds nothing wrong
     * @param formatted whether it has the asked format
     * @param tokens generated tokens, the end of turn included
     * @param finished false when it was cut off at the length limit
     */
    public record Completion(
            String text, Map<String, Double> scores, boolean right, boolean formatted, int tokens, boolean finished) {
        public Completion {
            Objects.requireNonNull(text, "text");
            scores = Collections.unmodifiableMap(new LinkedHashMap<>(Objects.requireNonNull(scores, "scores")));
        }
    }
}
