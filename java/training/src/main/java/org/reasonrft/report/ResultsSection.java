package org.reasonrft.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reasonrft.report.EvaluationSummary.Model;
import org.reasonrft.report.EvaluationSummary.Score;
import org.reasonrft.report.EvaluationSummary.Split;

/** Accuracy and format of every model on every split, with intervals, as bars and as a table. */
final class ResultsSection {
    private final ReportContent content;
    private final EvaluationSummary evaluation;

    ResultsSection(ReportContent content) {
        this.content = content;
        this.evaluation = content.evaluation();
    }

    String html() {
        return "<section><h2>Results</h2>" + bars() + table() + differences()
                + "<p class=\"note\">Whiskers and ± are 95&nbsp;% confidence intervals over the questions (bootstrap or Wilson for shares, "
                + "paired for differences). They do not cover what another seed of training would change.</p></section>\n";
    }

    private String bars() {
        StringBuilder out = new StringBuilder("<div class=\"grid wide\">");
        for (Split split : evaluation.splits()) {
            out.append("<figure class=\"bars\"><figcaption><b>")
                    .append(Html.escape(split.label()))
                    .append("</b><span class=\"legend\">")
                    .append("accuracy, ")
                    .append(split.samples())
                    .append(" questions</span></figcaption>");
            for (Model model : evaluation.models()) {
                Proportion accuracy = evaluation.accuracy(model, split);
                if (accuracy != null) {
                    out.append(bar(model, accuracy, split.majority()));
                }
            }
            if (split.majority() != null) {
                out.append(
                                "<p class=\"note\">The thin line is what always giving the most frequent answer would reach: ")
                        .append(Html.percent(split.majority()))
                        .append(".</p>");
            }
            out.append("</figure>");
        }
        return out.append("</div>").toString();
    }

    private String bar(Model model, Proportion accuracy, Double majority) {
        String words = model.label() + ": " + Html.percent(accuracy.value()) + ", interval "
                + Html.percent(accuracy.low()) + " to " + Html.percent(accuracy.high());
        StringBuilder out = new StringBuilder("<div class=\"bar c")
                .append(HtmlReport.color(content, model.name()))
                .append("\"><span>")
                .append(Html.escape(model.label()))
                .append("</span>");
        // Percentages of the width, so that the bars fill the page and the text keeps its size.
        out.append("<svg role=\"img\" aria-label=\"")
                .append(Html.escape(words))
                .append("\"><title>")
                .append(Html.escape(words))
                .append("</title><rect class=\"track\" width=\"100%\" height=\"100%\" rx=\"3\"/>");
        out.append(format("<rect class=\"fill\" width=\"%.2f%%\" height=\"100%%\" rx=\"3\"/>", 100 * accuracy.value()));
        if (majority != null) {
            out.append(format(
                    "<line class=\"reference\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"0\" y2=\"100%%\"/>",
                    100 * majority));
        }
        out.append(format(
                "<line class=\"whisker\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"50%%\" y2=\"50%%\"/>",
                100 * accuracy.low(), 100 * accuracy.high()));
        for (double end : new double[] {accuracy.low(), accuracy.high()}) {
            out.append(format(
                    "<line class=\"whisker\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"25%%\" y2=\"75%%\"/>", 100 * end));
        }
        return out.append("</svg><b>")
                .append(Html.percent(accuracy.value()))
                .append("</b></div>")
                .toString();
    }

    private String table() {
        StringBuilder out = new StringBuilder(
                "<div class=\"scroll\"><table><caption>Accuracy and share of completions in the asked format"
                        + "</caption><thead><tr><th scope=\"col\">Model</th>");
        for (Split split : evaluation.splits()) {
            out.append("<th scope=\"col\">").append(Html.escape(split.label())).append("</th>");
        }
        out.append(
                "<th scope=\"col\">Format</th><th scope=\"col\">Tokens</th><th scope=\"col\">Cut off</th></tr></thead><tbody>");
        for (Model model : evaluation.models()) {
            out.append("<tr><th scope=\"row\"><i class=\"swatch c")
                    .append(HtmlReport.color(content, model.name()))
                    .append("\"></i>")
                    .append(Html.escape(model.label()))
                    .append("</th>");
            for (Split split : evaluation.splits()) {
                Proportion accuracy = evaluation.accuracy(model, split);
                out.append("<td>")
                        .append(accuracy == null ? "–" : withInterval(accuracy, isBest(accuracy, split)))
                        .append("</td>");
            }
            Map<String, Score> scores = model.scores();
            int samples = scores.values().stream().mapToInt(Score::samples).sum();
            double formatted =
                    scores.values().stream().mapToInt(Score::formatted).sum() / (double) samples;
            double tokens = scores.values().stream()
                            .mapToDouble(s -> s.meanLength() * s.samples())
                            .sum()
                    / samples;
            double cut = scores.values().stream().mapToInt(Score::truncated).sum() / (double) samples;
            out.append("<td>")
                    .append(Html.percent(formatted))
                    .append("</td><td>")
                    .append(Html.number(tokens))
                    .append("</td><td>")
                    .append(Html.percent(cut))
                    .append("</td></tr>");
        }
        return out.append("</tbody></table></div>").toString();
    }

    private boolean isBest(Proportion accuracy, Split split) {
        return evaluation.models().stream()
                .map(model -> evaluation.accuracy(model, split))
                .noneMatch(other -> other != null && other.value() > accuracy.value());
    }

    private static String withInterval(Proportion share, boolean best) {
        String value = format("%.1f", 100 * share.value());
        return (best ? "<b>" + value + "</b>" : value)
                + format(" <small>%.1f–%.1f</small>", 100 * share.low(), 100 * share.high());
    }

    /** Each model against each that stands above it, question by question. */
    private String differences() {
        List<Model> models = evaluation.models();
        if (models.size() < 2) {
            return "";
        }
        StringBuilder out =
                new StringBuilder("<details><summary>Differences between the models, question by question</summary>"
                        + "<div class=\"scroll\"><table><caption>Points of accuracy that the first model is ahead</caption><thead><tr>"
                        + "<th scope=\"col\">Models</th>");
        evaluation
                .splits()
                .forEach(split -> out.append("<th scope=\"col\">")
                        .append(Html.escape(split.label()))
                        .append("</th>"));
        out.append("</tr></thead><tbody>");
        for (int a = models.size() - 1; a > 0; a--) {
            for (int b = a - 1; b >= 0; b--) {
                out.append("<tr><th scope=\"row\">")
                        .append(Html.escape(models.get(a).label()))
                        .append(" <small>against</small> ")
                        .append(Html.escape(models.get(b).label()))
                        .append("</th>");
                for (Split split : evaluation.splits()) {
                    out.append("<td>")
                            .append(difference(
                                    models.get(a).scores().get(split.name()),
                                    models.get(b).scores().get(split.name())))
                            .append("</td>");
                }
                out.append("</tr>");
            }
        }
        return out.append("</tbody></table></div></details>").toString();
    }

    private static String difference(Score a, Score b) {
        if (a == null || b == null) {
            return "–";
        }
        Proportion difference = Proportion.pairedDifference(a.correct(), b.correct());
        String text = Html.points(difference.value())
                + format(" <small>± %.1f</small>", 50 * (difference.high() - difference.low()));
        boolean clear = difference.low() > 0 || difference.high() < 0;
        return clear ? "<b>" + text + "</b>" : text;
    }

    private static String format(String pattern, Object... arguments) {
        return String.format(Locale.ROOT, pattern, arguments);
    }
}
