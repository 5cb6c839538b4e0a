package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.reasonrft.data.Sample;
import org.reasonrft.eval.Bootstrap;
import org.reasonrft.eval.Breakdown;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.Prediction;
import org.reasonrft.eval.ResultRow;
import org.reasonrft.eval.Scorer;
import org.reasonrft.run.PredictionLog;

/** Answering all splits, with what is kept of the answers, and then measuring and writing them. */
final class EvaluationJob {
    private final Answering answering;
    private final EvaluationSettings settings;
    private final Map<String, List<Sample>> splits;
    /** Null: nothing is kept. */
    private final EvaluationFiles files;

    private final Map<String, Evaluation> evaluations = new LinkedHashMap<>();

    EvaluationJob(
            Answering answering, EvaluationSettings settings, Map<String, List<Sample>> splits, EvaluationFiles files) {
        this.answering = answering;
        this.settings = settings;
        this.splits = splits;
        this.files = files;
    }

    /**
     * Answers what is not answered yet.
     *
     * @throws CancellationException if {@code stop} said so
     */
    void answer(BooleanSupplier stop) throws IOException {
        for (Map.Entry<String, List<Sample>> split : splits.entrySet()) {
            evaluations.put(
                    split.getKey(),
                    files == null
                            ? answering.answer(split.getKey(), split.getValue(), List.of(), batch -> {}, stop)
                            : answerAndKeep(split.getKey(), split.getValue(), stop));
        }
    }

    private Evaluation answerAndKeep(String split, List<Sample> questions, BooleanSupplier stop) throws IOException {
        Scorer scorer = settings.scorer() == null ? Scorer.of(questions) : settings.scorer();
        try (PredictionLog log = files.log(split)) {
            List<Prediction> earlier = EvaluationFiles.earlier(log, questions, scorer, settings.samples());
            int[] next = {earlier.size()};
            return answering.answer(
                    split,
                    questions,
                    earlier,
                    batch -> batch.forEach(
                            prediction -> log.append(EvaluationFiles.line(next[0]++, prediction, scorer))),
                    stop);
        }
    }

    /**
     * Measures the answers, writes and prints the results.
     *
     * @param questions of each split that the report shows
     */
    void conclude(PrintWriter out, int questions) {
        Breakdown breakdown = new Breakdown(settings.passAt(), new Bootstrap(Bootstrap.RESAMPLES, settings.seed()));
        Map<String, List<ResultRow>> rows = new LinkedHashMap<>();
        evaluations.forEach((split, evaluation) -> rows.put(split, breakdown.of(evaluation)));
        List<ResultRow> averages = breakdown.averages(List.copyOf(evaluations.values()));
        if (files != null) {
            files.write(evaluations, rows, averages, questions);
        }
        evaluations.forEach((split, evaluation) -> {
            out.println(Scores.line(split, evaluation));
            out.println(Scores.details(rows.get(split).get(0)));
        });
        averages.forEach(average -> {
            out.println(average.group() + ":");
            out.println(Scores.details(average));
        });
    }
}
