package org.reasonrft.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.reasonrft.run.RunOutput;

/**
 * The tables of a summary as comma-separated values (RFC 4180), one measure a line:
 * {@code model,split,scorer,samples,dimension,group,questions,measure,value,low,high}. Averages over splits have no
 * split.
 */
public final class SummaryCsv {
    private static final List<String> HEADER = List.of(
            "model",
            "split",
            "scorer",
            "samples",
            "dimension",
            "group",
            "questions",
            "measure",
            "value",
            "low",
            "high");
    private static final Pattern PLAIN = Pattern.compile("[^,\"\r\n]*");

    private SummaryCsv() {}

    /**
     * Writes the file, replacing an earlier one.
     *
     * @throws org.reasonrft.run.RunException if it cannot be written
     */
    public static void write(Path file, EvaluationSummary summary) {
        RunOutput.writeFile(file, text(summary));
    }

    static String text(EvaluationSummary summary) {
        StringBuilder out = new StringBuilder(line(HEADER));
        for (EvaluationSummary.Table table : summary.tables()) {
            for (EvaluationSummary.Row row : table.rows()) {
                for (Map.Entry<String, Proportion> measure : row.measures().entrySet()) {
                    Proportion estimate = measure.getValue();
                    out.append(line(List.of(
                            table.model(),
                            table.split() == null ? "" : table.split(),
                            table.scorer(),
                            Integer.toString(table.samples()),
                            row.dimension(),
                            row.group(),
                            Integer.toString(row.questions()),
                            measure.getKey(),
                            Double.toString(estimate.value()),
                            Double.toString(estimate.low()),
                            Double.toString(estimate.high()))));
                }
            }
        }
        return out.toString();
    }

    private static String line(List<String> fields) {
        return fields.stream().map(SummaryCsv::field).collect(Collectors.joining(",", "", "\n"));
    }

    private static String field(String text) {
        return PLAIN.matcher(text).matches() ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
