package org.reasonrft.eval;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * How a model did on one split. Where questions were answered several times, every mean is that of the questions'
 * means.
 *
 * @param split name of the split
 * @param scorer what {@link #accuracy} is by
 * @param predictions one per question, in the order of the data
 */
public record Evaluation(String split, Scorer scorer, List<Prediction> predictions) {
    public Evaluation {
        predictions = List.copyOf(predictions);
        if (predictions.isEmpty()) {
            throw new IllegalArgumentException("predictions: got none in split " + split + ", wanted at least 1");
        }
    }

    /** Mean score: where the scorer gives 0 or 1, the fraction of right answers. */
    public double accuracy() {
        return mean(attempt -> attempt.score(scorer));
    }

    /** Fraction of completions in the asked format. */
    public double format() {
        return mean(attempt -> attempt.formatted() ? 1 : 0);
    }

    /** Mean generated tokens. */
    public double meanLength() {
        return mean(Attempt::tokens);
    }

    /** Fraction of completions cut off at the length limit. */
    public double truncated() {
        return mean(attempt -> attempt.finished() ? 0 : 1);
    }

    private double mean(ToDoubleFunction<Attempt> value) {
        double[] values = perQuestion(value);
        double sum = 0;
        for (double each : values) {
            sum += each;
        }
        return sum / values.length;
    }

    /** The mean over each question's attempts. */
    double[] perQuestion(ToDoubleFunction<Attempt> value) {
        return predictions.stream()
                .mapToDouble(prediction -> {
                    double sum = 0;
                    for (Attempt attempt : prediction.attempts()) {
                        sum += value.applyAsDouble(attempt);
                    }
                    return sum / prediction.attempts().size();
                })
                .toArray();
    }
}
