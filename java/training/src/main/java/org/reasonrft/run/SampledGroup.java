package org.reasonrft.run;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One question with its group of G sampled completions, as a line of {@code samples.jsonl}.
 *
 * @param step        optimiser step at which the completions were sampled, 0 or more
 * @param question    the question as put to the model, without the template around it
 * @param image       files of its pictures, in order; empty for a question without one
 * @param answer      the reference answer
 * @param completions the group, in sampling order
 */
public record SampledGroup(
        long step, String question, List<String> image, String answer, List<Completion> completions) {
    public SampledGroup {
        if (step < 0) {
            throw new IllegalArgumentException("step is " + step + "; wanted 0 or more");
        }
        Objects.requireNonNull(question, "question");
        Objects.requireNonNull(answer, "answer");
        image = List.copyOf(image);
        completions = List.copyOf(completions);
    }

    /**
     * One completion and what it earned.
     *
     * @param text      the generated text
     * @param rewards   reward by the name of its function, before weighting
     * @param reward    the weighted sum
     * @param advantage the reward relative to its group
     * @param tokens    generated tokens, end-of-sequence included
     */
    public record Completion(String text, Map<String, Double> rewards, double reward, double advantage, int tokens) {
        public Completion {
            Objects.requireNonNull(text, "text");
            rewards = java.util.Collections.unmodifiableMap(new TreeMap<>(rewards));
            if (tokens < 0) {
                throw new IllegalArgumentException("tokens is " + tokens + "; wanted 0 or more");
            }
        }
    }
}
