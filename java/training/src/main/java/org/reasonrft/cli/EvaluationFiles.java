package org.reasonrft.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.Sample;
import org.reasonrft.eval.Attempt;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.Prediction;
import org.reasonrft.eval.ResultRow;
import org.reasonrft.eval.Scorer;
import org.reasonrft.report.EvaluationSummary;
import org.reasonrft.report.HtmlReport;
import org.reasonrft.report.Proportion;
import org.reasonrft.report.ReportContent;
import org.reasonrft.report.SummaryCsv;
import org.reasonrft.run.PredictionLine;
import org.reasonrft.run.PredictionLog;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunFolder;

/**
 * The folder of an evaluation beside its {@code config.yaml}: {@code predictions-<split>.jsonl}, written while the
 * model answers, and at the end {@code summary.json}, {@code summary.csv} and {@code report.html}, each all at once.
 * Nothing in them depends on the clock.
 */
final class EvaluationFiles {
    private final Path folder;
    private final String model;

    /** @param model name to show */
    EvaluationFiles(Path folder, String model) {
        this.folder = folder;
        this.model = model;
    }

    PredictionLog log(String split) {
        return PredictionLog.open(folder.resolve("predictions-" + split + ".jsonl"));
    }

    /**
     * The answers that a log has already, judged anew: their scores follow from the texts.
     *
     * @throws RunException if they are no answers to the samples
     */
    static List<Prediction> earlier(PredictionLog log, List<Sample> samples, Scorer scorer, int attempts) {
        List<Prediction> predictions = new ArrayList<>();
        for (PredictionLine line : log.earlier()) {
            Sample sample = line.index() < samples.size() ? samples.get(line.index()) : null;
            if (sample == null
                    || !sample.id().equals(line.id())
                    || line.completions().size() != attempts) {
                throw new RunException("cannot resume: line " + (line.index() + 1) + " of the predictions has "
                        + line.completions().size() + " answers to question " + line.id()
                        + ", which the data do not have there; the file was changed by something else");
            }
            predictions.add(new Prediction(
                    sample,
                    line.completions().stream()
                            .map(completion -> Attempt.judge(
                                    completion.text(),
                                    sample,
                                    scorer.family(),
                                    completion.tokens(),
                                    completion.finished()))
                            .toList()));
        }
        return predictions;
    }

    static PredictionLine line(int index, Prediction prediction, Scorer scorer) {
        Sample sample = prediction.sample();
        return new PredictionLine(
                index,
                sample.id(),
                sample.problem(),
                sample.images().stream().map(Path::toString).toList(),
                sample.answer(),
                prediction.attempts().stream()
                        .map(attempt -> completion(attempt, scorer))
                        .toList());
    }

    private static PredictionLine.Completion completion(Attempt attempt, Scorer scorer) {
        Map<String, Double> scores = new LinkedHashMap<>();
        scorer.family().forEach(each -> scores.put(each.label(), attempt.score(each)));
        return new PredictionLine.Completion(
                attempt.completion(),
                scores,
                attempt.isRight(scorer),
                attempt.formatted(),
                attempt.tokens(),
                attempt.finished());
    }

    /**
     * Writes everything but the predictions.
     *
     * @param rows of each split
     * @param averages over the splits; may be empty
     * @param questions of each split shown in the report
     */
    void write(
            Map<String, Evaluation> evaluations,
            Map<String, List<ResultRow>> rows,
            List<ResultRow> averages,
            int questions) {
        List<EvaluationSummary.Split> splits = new ArrayList<>();
        Map<String, EvaluationSummary.Score> scores = new LinkedHashMap<>();
        List<EvaluationSummary.Table> tables = new ArrayList<>();
        List<ReportContent.Answers> answers = new ArrayList<>();
        evaluations.forEach((split, evaluation) -> {
            splits.add(Scores.split(
                    split,
                    split,
                    evaluation.predictions().stream().map(Prediction::sample).toList()));
            scores.put(split, Scores.of(evaluation));
            tables.add(table(split, evaluation, rows.get(split)));
            answers.add(shown(split, evaluation, questions));
        });
        if (!averages.isEmpty()) {
            tables.add(table(null, evaluations.values().iterator().next(), averages));
        }
        EvaluationSummary summary = new EvaluationSummary(
                splits, List.of(new EvaluationSummary.Model(model, model, scores)), List.of(), tables);
        summary.write(folder.resolve("summary.json"));
        SummaryCsv.write(folder.resolve("summary.csv"), summary);
        HtmlReport.write(
                folder.resolve(RunFolder.REPORT),
                new ReportContent("Evaluation of " + model, "", List.of(), summary, answers));
    }

    private EvaluationSummary.Table table(String split, Evaluation evaluation, List<ResultRow> rows) {
        return new EvaluationSummary.Table(
                model,
                split,
                evaluation.scorer().label(),
                evaluation.predictions().get(0).attempts().size(),
                rows.stream().map(EvaluationFiles::row).toList());
    }

    private static EvaluationSummary.Row row(ResultRow row) {
        Map<String, Proportion> measures = new LinkedHashMap<>();
        row.measures()
                .forEach((name, estimate) ->
                        measures.put(name, new Proportion(estimate.value(), estimate.low(), estimate.high())));
        return new EvaluationSummary.Row(row.dimension(), row.group(), row.questions(), measures);
    }

    private static ReportContent.Answers shown(String split, Evaluation evaluation, int most) {
        int all = evaluation.predictions().size();
        int count = Math.min(most, all);
        List<PredictionLine> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = (int) ((long) i * all / count);
            lines.add(line(index, evaluation.predictions().get(index), evaluation.scorer()));
        }
        return new ReportContent.Answers(split, lines, all);
    }
}
