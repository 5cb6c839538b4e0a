package org.reasonrft.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reasonrft.report.EvaluationSummary.Model;
import org.reasonrft.report.EvaluationSummary.Score;
import org.reasonrft.report.EvaluationSummary.Split;
import org.reasonrft.report.LineChart.Line;
import org.reasonrft.report.LineChart.Scale;

/** What changed over training: accuracy by training time across the runs, then each run's own measurements by step. */
final class CurvesSection {
    private static final String EVALUATION_PREFIX = "eval/";
    private static final String ACCURACY_SUFFIX = "/accuracy";

    /** A chart of one run: the first of the names that the run has logged. */
    private record Plot(String title, Scale scale, List<String> names) {
        Plot(String title, Scale scale, String... names) {
            this(title, scale, List.of(names));
        }
    }

    private static final List<Plot> PLOTS = List.of(
            new Plot("Reward", Scale.NUMBER, "reward"),
            new Plot("Accuracy reward", Scale.PERCENT, "rewards/accuracy/mean"),
            new Plot("Format reward", Scale.PERCENT, "rewards/format/mean"),
            new Plot("Loss", Scale.NUMBER, "loss"),
            new Plot("Token accuracy", Scale.PERCENT, "mean_token_accuracy", "token_accuracy"),
            new Plot("KL from the starting model (nats per token)", Scale.NUMBER, "kl"),
            new Plot("Entropy (nats per token)", Scale.NUMBER, "entropy"),
            new Plot("Completion length (tokens)", Scale.NUMBER, "completions/mean_length"),
            new Plot("Groups without a signal", Scale.PERCENT, "frac_reward_zero_std"),
            new Plot("Clipped ratios", Scale.PERCENT, "clip_ratio/region_mean"),
            new Plot("Gradient norm", Scale.NUMBER, "grad_norm"),
            new Plot("Learning rate", Scale.NUMBER, "learning_rate"));

    private final ReportContent content;
    private final Map<String, RunFiles> files;
    private final Map<String, Double> startSeconds = new LinkedHashMap<>();

    CurvesSection(ReportContent content, Map<String, RunFiles> files) {
        this.content = content;
        this.files = files;
        for (ReportContent.Run run : content.runs()) {
            double start = run.after() == null
                    ? 0
                    : startSeconds.get(run.after()) + files.get(run.after()).seconds();
            startSeconds.put(run.name(), start);
        }
    }

    /** Accuracy on each split over training time; empty when no run was evaluated while it trained. */
    String progressHtml() {
        StringBuilder charts = new StringBuilder();
        for (String split : evaluatedSplits()) {
            LineChart chart =
                    new LineChart("Accuracy: " + label(split), "time", Scale.PERCENT).xFormat(CurvesSection::clock);
            for (ReportContent.Run run : content.runs()) {
                chart.line(new Line(run.label(), HtmlReport.color(content, run.name()), overTime(run, split), false));
            }
            Double majority = majority(split);
            if (majority != null) {
                chart.reference(new LineChart.Reference("most frequent answer", majority));
            }
            if (!chart.isEmpty()) {
                charts.append(chart.html());
            }
        }
        return charts.length() == 0
                ? ""
                : "<section><h2>Accuracy over training time</h2><p class=\"note\">Time spent in training steps; a "
                        + "run that continues another starts where that one ended.</p><div class=\"grid wide\">"
                        + charts + "</div></section>\n";
    }

    private Set<String> evaluatedSplits() {
        Set<String> splits = new LinkedHashSet<>();
        if (content.evaluation() != null) {
            content.evaluation().splits().forEach(split -> splits.add(split.name()));
        }
        files.values()
                .forEach(run -> run.metrics().keySet().stream()
                        .filter(name -> name.startsWith(EVALUATION_PREFIX) && name.endsWith(ACCURACY_SUFFIX))
                        .forEach(name -> splits.add(
                                name.substring(EVALUATION_PREFIX.length(), name.length() - ACCURACY_SUFFIX.length()))));
        return splits;
    }

    /** The accuracies logged by the run behind the one it started with, which is the last of the run before it or the base model's. */
    private Series overTime(ReportContent.Run run, String split) {
        RunFiles own = files.get(run.name());
        List<RunFiles.Checked> logged = own.evaluations(split);
        if (logged.isEmpty() || !Double.isFinite(own.seconds()) || !Double.isFinite(startSeconds.get(run.name()))) {
            return new Series(new double[0], new double[0]);
        }
        List<double[]> points = new ArrayList<>();
        double start = startSeconds.get(run.name());
        double before = accuracyBefore(run, split);
        if (Double.isFinite(before) && logged.get(0).step() > 0) {
            points.add(new double[] {start, before});
        }
        logged.forEach(checked -> points.add(new double[] {start + checked.seconds(), checked.accuracy()}));
        return new Series(
                points.stream().mapToDouble(p -> p[0]).toArray(),
                points.stream().mapToDouble(p -> p[1]).toArray());
    }

    private double accuracyBefore(ReportContent.Run run, String split) {
        if (run.after() != null) {
            Series previous = files.get(run.after()).metrics().get(EVALUATION_PREFIX + split + ACCURACY_SUFFIX);
            return previous == null ? Double.NaN : previous.last();
        }
        if (content.evaluation() == null) {
            return Double.NaN;
        }
        Set<String> runs = files.keySet();
        for (Model model : content.evaluation().models()) {
            Score score = model.scores().get(split);
            if (!runs.contains(model.name()) && score != null) {
                return (double) score.right() / score.samples();
            }
        }
        return Double.NaN;
    }

    private String label(String split) {
        return split(split) == null ? split : split(split).label();
    }

    private Double majority(String split) {
        return split(split) == null ? null : split(split).majority();
    }

    private Split split(String name) {
        return content.evaluation() == null
                ? null
                : content.evaluation().splits().stream()
                        .filter(s -> s.name().equals(name))
                        .findFirst()
                        .orElse(null);
    }

    private static String clock(double seconds) {
        return seconds < 600 ? Html.number(seconds) + " s" : Html.number(seconds / 60) + " min";
    }

    /** Each run's measurements by step. */
    String runsHtml() {
        StringBuilder out = new StringBuilder();
        for (ReportContent.Run run : content.runs()) {
            String charts = charts(run);
            if (!charts.isEmpty()) {
                out.append("<section><h2>")
                        .append(Html.escape(run.label()))
                        .append("</h2><div class=\"grid\">")
                        .append(charts)
                        .append("</div></section>\n");
            }
        }
        return out.toString();
    }

    private String charts(ReportContent.Run run) {
        int color = HtmlReport.color(content, run.name());
        StringBuilder charts = new StringBuilder();
        for (Plot plot : PLOTS) {
            for (String name : plot.names()) {
                Series series = files.get(run.name()).metrics().get(name);
                if (series != null && series.hasValues()) {
                    boolean noisy = series.size() > 20 && !name.equals("learning_rate");
                    charts.append(new LineChart(plot.title(), "step", plot.scale())
                            .line(new Line("last", color, series, noisy))
                            .html());
                    break;
                }
            }
        }
        LineChart accuracy = new LineChart("Accuracy by split", "step", Scale.PERCENT);
        int splitColor = 0;
        for (String split : evaluatedSplits()) {
            Series series = files.get(run.name()).metrics().get(EVALUATION_PREFIX + split + ACCURACY_SUFFIX);
            splitColor++;
            if (series != null) {
                accuracy.line(new Line(label(split), (splitColor - 1) % (HtmlReport.COLORS - 1) + 1, series, false));
            }
        }
        return accuracy.isEmpty() ? charts.toString() : charts + accuracy.html();
    }
}
