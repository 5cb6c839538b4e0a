package org.reasonrft.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.reasonrft.data.ReadSummary;
import org.reasonrft.data.Sample;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.Prediction;
import org.reasonrft.eval.ResultRow;
import org.reasonrft.report.EvaluationSummary;

/** From evaluations to what is printed and reported. */
final class Scores {
    private Scores() {}

    static EvaluationSummary.Score of(Evaluation evaluation) {
        List<Prediction> predictions = evaluation.predictions();
        return new EvaluationSummary.Score(
                predictions.stream()
                        .map(p -> p.first().isRight(evaluation.scorer()) ? "1" : "0")
                        .collect(Collectors.joining()),
                (int) predictions.stream().filter(p -> p.first().formatted()).count(),
                evaluation.meanLength(),
                (int) predictions.stream().filter(p -> !p.first().finished()).count());
    }

    static EvaluationSummary.Split split(String name, String label, List<Sample> samples) {
        Map<String, Long> counts =
                samples.stream().collect(Collectors.groupingBy(Sample::answer, Collectors.counting()));
        long most = counts.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        return new EvaluationSummary.Split(name, label, samples.size(), most / (double) samples.size());
    }

    /**
     * The first questions of a split on which the models do not agree whether they can answer them.
     *
     * @param evaluations by model, then by split
     */
    static List<EvaluationSummary.Example> disagreements(
            String split, Map<String, Map<String, Evaluation>> evaluations, int count) {
        List<EvaluationSummary.Example> examples = new ArrayList<>();
        int questions =
                evaluations.values().iterator().next().get(split).predictions().size();
        for (int i = 0; i < questions && examples.size() < count; i++) {
            Map<String, EvaluationSummary.Answer> answers = new LinkedHashMap<>();
            Sample sample = null;
            for (Map.Entry<String, Map<String, Evaluation>> model : evaluations.entrySet()) {
                Evaluation evaluation = model.getValue().get(split);
                Prediction prediction = evaluation.predictions().get(i);
                sample = prediction.sample();
                answers.put(
                        model.getKey(),
                        new EvaluationSummary.Answer(
                                prediction.first().completion(),
                                prediction.first().isRight(evaluation.scorer())));
            }
            if (answers.values().stream()
                            .map(EvaluationSummary.Answer::correct)
                            .distinct()
                            .count()
                    > 1) {
                examples.add(new EvaluationSummary.Example(
                        split,
                        sample.problem(),
                        sample.images().stream().map(Object::toString).toList(),
                        sample.answer(),
                        answers));
            }
        }
        return examples;
    }

    /** Tells which records were left out; nothing where none were. */
    static void skipped(PrintWriter err, ReadSummary data) {
        if (data.skipped() > 0) {
            err.println(data.file() + ": " + data.skipped() + " of " + (data.read() + data.skipped())
                    + " records skipped:");
            data.complaints().forEach(complaint -> err.println("  " + complaint));
            if (data.complaints().size() < data.skipped()) {
                err.println("  and " + (data.skipped() - data.complaints().size()) + " more");
            }
            err.flush();
        }
    }

    /** One line for the terminal. */
    static String line(String name, Evaluation evaluation) {
        return String.format(
                Locale.ROOT,
                "%s: accuracy %.1f %% of %d, format %.1f %%, %.1f tokens, cut off %.1f %%",
                name,
                100 * evaluation.accuracy(),
                evaluation.predictions().size(),
                100 * evaluation.format(),
                evaluation.meanLength(),
                100 * evaluation.truncated());
    }

    /** What has no place in {@link #line}: every other share that was measured of a split, with its interval. */
    static String details(ResultRow all) {
        return all.measures().entrySet().stream()
                .filter(measure -> !measure.getKey().equals("tokens"))
                .map(measure -> String.format(
                        Locale.ROOT,
                        "%s %.1f (%.1f to %.1f)",
                        measure.getKey(),
                        100 * measure.getValue().value(),
                        100 * measure.getValue().low(),
                        100 * measure.getValue().high()))
                .collect(Collectors.joining(", ", "  ", ""));
    }
}
