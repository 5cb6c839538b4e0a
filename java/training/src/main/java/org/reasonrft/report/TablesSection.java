package org.reasonrft.report;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.reasonrft.report.EvaluationSummary.Model;
import org.reasonrft.report.EvaluationSummary.Row;
import org.reasonrft.report.EvaluationSummary.Split;
import org.reasonrft.report.EvaluationSummary.Table;

/** Every measure by split, level, type and form of the questions, with intervals. */
final class TablesSection {
    private TablesSection() {}

    static String html(EvaluationSummary evaluation) {
        if (evaluation.tables().isEmpty()) {
            return "";
        }
        Map<String, String> models =
                evaluation.models().stream().collect(Collectors.toMap(Model::name, Model::label, (a, b) -> a));
        Map<String, String> splits =
                evaluation.splits().stream().collect(Collectors.toMap(Split::name, Split::label, (a, b) -> a));
        StringBuilder out = new StringBuilder("<section><h2>By level, type and form</h2>");
        for (Table table : evaluation.tables()) {
            String split = table.split() == null ? "Averages over splits" : splits.getOrDefault(table.split(), "");
            table(out, table, split, models.getOrDefault(table.model(), table.model()));
        }
        return out.append("<p class=\"note\">In percent but for tokens, with 95&nbsp;% bootstrap intervals over the "
                        + "questions. One without width says that all questions came out alike, not that it is sure. "
                        + "Unweighted averages count each group the same, however many questions it has.</p>"
                        + "</section>\n")
                .toString();
    }

    private static void table(StringBuilder out, Table table, String split, String model) {
        Set<String> measures = new LinkedHashSet<>();
        table.rows().forEach(row -> measures.addAll(row.measures().keySet()));
        out.append("<div class=\"scroll\"><table><caption><b>")
                .append(Html.escape(split))
                .append("</b>: ")
                .append(Html.escape(model))
                .append(", score by ")
                .append(Html.escape(table.scorer()))
                .append(table.samples() == 1 ? "" : ", " + table.samples() + " completions per question")
                .append("</caption><thead><tr><th scope=\"col\"></th><th scope=\"col\">Questions</th>");
        measures.forEach(measure ->
                out.append("<th scope=\"col\">").append(Html.escape(measure)).append("</th>"));
        out.append("</tr></thead><tbody>");
        for (Row row : table.rows()) {
            boolean alone = row.dimension().equals(row.group()) || table.split() == null;
            out.append("<tr><th scope=\"row\">")
                    .append(alone ? "" : "<small>" + Html.escape(row.dimension()) + "</small> ")
                    .append(Html.escape(row.group()))
                    .append("</th><td>")
                    .append(row.questions())
                    .append("</td>");
            for (String measure : measures) {
                out.append("<td>")
                        .append(cell(measure, row.measures().get(measure)))
                        .append("</td>");
            }
            out.append("</tr>");
        }
        out.append("</tbody></table></div>");
    }

    private static String cell(String measure, Proportion value) {
        if (value == null) {
            return "–";
        }
        double scale = measure.equals("tokens") ? 1 : 100;
        return String.format(
                Locale.ROOT,
                "%.1f <small>%.1f–%.1f</small>",
                scale * value.value(),
                scale * value.low(),
                scale * value.high());
    }
}
