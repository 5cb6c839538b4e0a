package org.reasonrft.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.reasonrft.cli.ReproductionRun.Outcome;
import org.reasonrft.eval.Bootstrap;
import org.reasonrft.eval.Estimate;
import org.reasonrft.report.RunFiles;
import org.reasonrft.report.SvgFigure;
import org.reasonrft.run.RunOutput;

/**
 * What came out of the reproduction: means over seeds with 95 % bootstrap intervals, for which questions are drawn
 * within each seed. Differences between two models are taken question by question, so that their intervals leave out
 * how hard the questions are that both were asked.
 */
final class ReproductionResults {
    static final String CSV = "results.csv";
    static final String MARKDOWN = "results.md";
    static final String FIGURE = "figure.svg";

    private static final String TEST = "test";

    private final Map<ReasonRftTask, List<Outcome>> runs;

    private ReproductionResults(Map<ReasonRftTask, List<Outcome>> runs) {
        this.runs = runs;
    }

    /** @param runs complete ones, for each task those of the same seeds */
    static ReproductionResults of(List<Outcome> runs) {
        return new ReproductionResults(
                runs.stream().collect(Collectors.groupingBy(Outcome::task, LinkedHashMap::new, Collectors.toList())));
    }

    /**
     * Writes the three files, replacing earlier ones.
     *
     * @return the tables in Markdown
     */
    String write(Path folder) {
        String markdown = markdown();
        RunOutput.writeFile(folder.resolve(CSV), csv());
        RunOutput.writeFile(folder.resolve(MARKDOWN), markdown);
        SvgFigure.write(folder.resolve(FIGURE), 3, panels());
        return markdown;
    }

    /** One line for each task, split, model and seed. */
    private String csv() {
        StringBuilder text = new StringBuilder("task,split,model,seed,questions,score,format,tokens,seconds\n");
        runs.forEach((task, ofTask) -> {
            for (Contender contender : Contender.values()) {
                for (Outcome run : ofTask) {
                    run.scores(contender)
                            .forEach((split, scores) -> text.append(String.format(
                                    Locale.ROOT,
                                    "%s,%s,%s,%d,%d,%.4f,%.4f,%.1f,%.0f\n",
                                    task,
                                    split,
                                    contender.label(),
                                    run.seed(),
                                    scores.scores().length,
                                    Arrays.stream(scores.scores()).average().orElseThrow(),
                                    scores.format(),
                                    scores.tokens(),
                                    seconds(run, contender))));
                }
            }
        });
        return text.toString();
    }

    private static double seconds(Outcome run, Contender contender) {
        return run.training(contender).stream().mapToDouble(RunFiles::seconds).sum();
    }

    private String markdown() {
        String seeds = runs.values().iterator().next().stream()
                .map(run -> Long.toString(run.seed()))
                .collect(Collectors.joining(", "));
        StringBuilder text = new StringBuilder(
                        "# Variants of Reason-RFT in small\n\nMean scores in percent over seeds ")
                .append(seeds)
                .append(
                        ", with 95 % bootstrap intervals over the questions; minutes of training steps. ANS-SFT, Zero and")
                .append(
                        " phase 2 learn from right answers, CoT-SFT and phase 1 from the chains of thought of a fallible")
                .append(
                        " teacher; phase 1 sees a quarter of the chains. The paper's are of Qwen2-VL-2B on other data (Tan")
                .append(" et al. 2025, table 1).\n\n");
        runs.forEach((task, ofTask) -> {
            table(text, task, ofTask);
            claims(text, task, ofTask);
        });
        return text.toString();
    }

    private static void table(StringBuilder text, ReasonRftTask task, List<Outcome> ofTask) {
        List<String> splits = splits(ofTask);
        text.append("## ").append(title(task)).append("\n\n| |");
        splits.forEach(split -> text.append(' ').append(split).append(" |"));
        text.append(" training |");
        PublishedScores.sets(task)
                .forEach(set -> text.append(" paper: ").append(set).append(" |"));
        text.append("\n|---|")
                .append("---:|"
                        .repeat(splits.size() + 1 + PublishedScores.sets(task).size()))
                .append('\n');
        for (Contender contender : Contender.values()) {
            text.append("| ").append(contender.label()).append(" |");
            for (String split : splits) {
                Estimate mean = mean(ofTask, contender, List.of(split));
                text.append(format(" %.1f (%.1f to %.1f) |", 100 * mean.value(), 100 * mean.low(), 100 * mean.high()));
            }
            double seconds = ofTask.stream()
                    .mapToDouble(run -> seconds(run, contender))
                    .average()
                    .orElseThrow();
            text.append(contender.stages().isEmpty() ? " |" : format(" %.1f min |", seconds / 60));
            List<Double> published = PublishedScores.of(task, contender);
            for (int i = 0; i < PublishedScores.sets(task).size(); i++) {
                text.append(published.isEmpty() ? " |" : format(" %.2f |", published.get(i)));
            }
            text.append('\n');
        }
        text.append('\n');
    }

    /** Whether Reason-RFT beats the others in distribution and under shift. */
    private static void claims(StringBuilder text, ReasonRftTask task, List<Outcome> ofTask) {
        List<String> shifts =
                splits(ofTask).stream().filter(split -> !split.equals(TEST)).toList();
        text.append("| Reason-RFT less | test | shift | shift by seed |\n|---|---:|---:|---|\n");
        for (Contender other : Contender.values()) {
            if (other == Contender.REASON_RFT) {
                continue;
            }
            Estimate test = difference(ofTask, other, List.of(TEST));
            Estimate shift = difference(ofTask, other, shifts);
            text.append("| ")
                    .append(other.label())
                    .append(" | ")
                    .append(signed(test))
                    .append(" | ")
                    .append(signed(shift));
            text.append(" | ")
                    .append(ofTask.stream()
                            .map(run -> format(
                                    "%+.1f",
                                    100
                                            * difference(List.of(run), other, shifts)
                                                    .value()))
                            .collect(Collectors.joining(", ")))
                    .append(" |\n");
        }
        text.append('\n');
    }

    /** For example "Visual counting". */
    private static String title(ReasonRftTask task) {
        String words = task.toString().replace('-', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    private static String signed(Estimate estimate) {
        return format("%+.1f (%+.1f to %+.1f)", 100 * estimate.value(), 100 * estimate.low(), 100 * estimate.high());
    }

    private static List<String> splits(List<Outcome> ofTask) {
        return List.copyOf(ofTask.get(0).scores(Contender.ZERO_SHOT).keySet());
    }

    private static Estimate mean(List<Outcome> ofTask, Contender contender, List<String> splits) {
        List<double[]> sets = new ArrayList<>();
        for (Outcome run : ofTask) {
            for (String split : splits) {
                sets.add(run.scores(contender).get(split).scores());
            }
        }
        return estimate(sets);
    }

    /** Reason-RFT less another. */
    private static Estimate difference(List<Outcome> ofTask, Contender other, List<String> splits) {
        List<double[]> sets = new ArrayList<>();
        for (Outcome run : ofTask) {
            for (String split : splits) {
                double[] ours = run.scores(Contender.REASON_RFT).get(split).scores();
                double[] theirs = run.scores(other).get(split).scores();
                double[] differences = new double[ours.length];
                Arrays.setAll(differences, i -> ours[i] - theirs[i]);
                sets.add(differences);
            }
        }
        return estimate(sets);
    }

    private static Estimate estimate(List<double[]> sets) {
        double[] weights = new double[sets.size()];
        Arrays.fill(weights, 1.0 / weights.length);
        return new Bootstrap(Bootstrap.RESAMPLES, 0)
                .stratified(List.of(sets), weights)
                .get(0);
    }

    /** For each task a chart by training time in distribution, one under shift, and one by questions of phase 2. */
    private List<SvgFigure.Panel> panels() {
        List<SvgFigure.Panel> panels = new ArrayList<>();
        runs.forEach((task, ofTask) -> {
            List<String> splits = splits(ofTask);
            panels.add(overTime(title(task) + ", in distribution", ofTask, splits.subList(0, 1)));
            panels.add(overTime(title(task) + ", domain shift", ofTask, splits.subList(1, splits.size())));
            panels.add(overQuestions(task, ofTask, splits));
        });
        return panels;
    }

    private static SvgFigure.Panel overTime(String title, List<Outcome> ofTask, List<String> splits) {
        List<SvgFigure.Curve> curves = new ArrayList<>();
        int color = 0;
        for (Contender contender : Contender.values()) {
            if (contender != Contender.ZERO_SHOT && contender != Contender.PHASE_1) {
                color++;
                List<double[][]> each = ofTask.stream()
                        .map(run -> byTime(run.training(contender), splits, start(run, splits)))
                        .toList();
                curves.add(curve(contender.label(), color, each));
            }
        }
        return new SvgFigure.Panel(title, "minutes of training", curves, List.of());
    }

    private static double start(Outcome run, List<String> splits) {
        return splits.stream()
                .mapToDouble(split -> Arrays.stream(
                                run.scores(Contender.ZERO_SHOT).get(split).scores())
                        .average()
                        .orElseThrow())
                .average()
                .orElseThrow();
    }

    /** Minutes and scores of the evaluations during training, stage after stage, from that of the base model. */
    private static double[][] byTime(List<RunFiles> training, List<String> splits, double start) {
        List<double[]> points = new ArrayList<>();
        points.add(new double[] {0, start});
        double before = 0;
        for (RunFiles stage : training) {
            for (RunFiles.Checked checked : averaged(stage, splits)) {
                points.add(new double[] {(before + checked.seconds()) / 60, checked.accuracy()});
            }
            before += stage.seconds();
        }
        return columns(points);
    }

    private static SvgFigure.Panel overQuestions(ReasonRftTask task, List<Outcome> ofTask, List<String> splits) {
        List<SvgFigure.Curve> curves = new ArrayList<>();
        List<SvgFigure.Level> levels = new ArrayList<>();
        for (boolean shifted : new boolean[] {false, true}) {
            List<String> shown = shifted ? splits.subList(1, splits.size()) : splits.subList(0, 1);
            String where = shifted ? "domain shift" : "in distribution";
            List<double[][]> each =
                    ofTask.stream().map(run -> byQuestions(run, shown)).toList();
            curves.add(curve("Reason-RFT, " + where, shifted ? 2 : 1, each));
            levels.add(new SvgFigure.Level(
                    "CoT-SFT, " + where, mean(ofTask, Contender.COT_SFT, shown).value()));
        }
        return new SvgFigure.Panel(title(task) + ", data efficiency", "questions of phase 2", curves, levels);
    }

    private static double[][] byQuestions(Outcome run, List<String> splits) {
        List<RunFiles> training = run.training(Contender.REASON_RFT);
        List<double[]> points = new ArrayList<>();
        List<RunFiles.Checked> before = averaged(training.get(0), splits);
        points.add(new double[] {0, before.get(before.size() - 1).accuracy()});
        for (RunFiles.Checked checked : averaged(training.get(1), splits)) {
            points.add(new double[] {checked.step() * run.questionsPerStep(), checked.accuracy()});
        }
        return columns(points);
    }

    /** The evaluations of a run with the mean score of several splits. */
    private static List<RunFiles.Checked> averaged(RunFiles run, List<String> splits) {
        List<List<RunFiles.Checked>> each =
                splits.stream().map(run::evaluations).toList();
        List<RunFiles.Checked> mean = new ArrayList<>();
        for (int i = 0; i < each.get(0).size(); i++) {
            int at = i;
            RunFiles.Checked first = each.get(0).get(i);
            mean.add(new RunFiles.Checked(
                    first.step(),
                    first.seconds(),
                    each.stream()
                            .mapToDouble(checks -> checks.get(at).accuracy())
                            .average()
                            .orElseThrow()));
        }
        return mean;
    }

    private static double[][] columns(List<double[]> points) {
        return new double[][] {
            points.stream().mapToDouble(p -> p[0]).toArray(),
            points.stream().mapToDouble(p -> p[1]).toArray()
        };
    }

    /** The mean of curves, point by point. Seeds evaluate at the same steps, but not all have equally many. */
    private static SvgFigure.Curve curve(String label, int color, List<double[][]> each) {
        int points = each.stream().mapToInt(columns -> columns[0].length).min().orElseThrow();
        double[] x = new double[points];
        double[] y = new double[points];
        for (double[][] columns : each) {
            for (int i = 0; i < points; i++) {
                x[i] += columns[0][i] / each.size();
                y[i] += columns[1][i] / each.size();
            }
        }
        return new SvgFigure.Curve(label, color, x, y);
    }

    private static String format(String pattern, Object... arguments) {
        return String.format(Locale.ROOT, pattern, arguments);
    }
}
