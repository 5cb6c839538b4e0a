package org.reasonrft.eval;

import java.util.List;
import org.reasonrft.data.Sample;

/**
 * How a model did on one split.
 *
 * @param split name of the split
 * @param predictions one per question, in the order of the data
 */
public record Evaluation(String split, List<Prediction> predictions) {

    /**
     * One answered question.
     *
     * @param completion decoded text without special tokens
     * @param correct whether it earns the accuracy reward
     * @param formatted whether it earns the format reward
     * @param tokens generated tokens, the end of turn included
     * @param finished false when it was cut off at the length limit
     */
    public record Prediction(
            Sample sample, String completion, boolean correct, boolean formatted, int tokens, boolean finished) {}

    public Evaluation {
        predictions = List.copyOf(predictions);
    }

    /** Fraction of correct answers. */
    public double accuracy() {
        return predictions.stream().filter(Prediction::correct).count() / (double) predictions.size();
    }

    /** Fraction of completions in the asked format. */
    public double format() {
        return predictions.stream().filter(Prediction::formatted).count() / (double) predictions.size();
    }

    /** Mean generated tokens. */
    public double meanLength() {
        return predictions.stream().mapToInt(Prediction::tokens).average().orElse(0);
    }

    /** Fraction of completions cut off at the length limit. */
    public double truncated() {
        return predictions.stream().filter(p -> !p.finished()).count() / (double) predictions.size();
    }
}
