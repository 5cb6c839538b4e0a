package org.reasonrft.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.run.RunOutput;

/**
 * Writes the report: one HTML file without scripts and without references to anything outside it. Its content security policy forbids
 * both, so that even an escape that was forgotten could not make text of a model act.
 */
public final class HtmlReport {
    private static final String POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
    /** Number of colours in the style sheet; the last is for models that come out of no run. */
    static final int COLORS = 6;

    private final ReportContent content;
    private final Map<String, RunFiles> files = new LinkedHashMap<>();

    private HtmlReport(ReportContent content) {
        this.content = content;
        content.runs().forEach(run -> files.put(run.name(), RunFiles.read(run.folder())));
    }

    /**
     * Writes the report to {@code target}, replacing an earlier one.
     *
     * @throws org.reasonrft.run.RunException if a run folder cannot be read or the report cannot be written
     */
    public static void write(Path target, ReportContent content) {
        RunOutput.writeFile(target, render(content));
    }

    /**
     * The report as HTML.
     *
     * @throws org.reasonrft.run.RunException if a run folder cannot be read
     */
    static String render(ReportContent content) {
        return new HtmlReport(content).html();
    }

    private String html() {
        List<String> sections = new ArrayList<>();
        if (content.evaluation() != null) {
            sections.add(new ResultsSection(content).html());
            sections.add(TablesSection.html(content.evaluation()));
        }
        CurvesSection curves = new CurvesSection(content, files);
        sections.add(curves.progressHtml());
        sections.add(curves.runsHtml());
        sections.add(SamplesSection.html(content, files));
        if (content.evaluation() != null) {
            sections.add(new ExamplesSection(content).html());
        }
        content.answers().forEach(answers -> sections.add(AnswersSection.html(answers)));
        sections.add(configurations());

        StringBuilder out =
                new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        out.append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
                .append(POLICY)
                .append("\">\n");
        out.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        out.append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
                .append(Html.escape(content.title()));
        out.append("</title>\n<style>\n")
                .append(StyleSheet.CHART.text())
                .append(StyleSheet.REPORT.text())
                .append("</style>\n</head>\n<body>\n");
        out.append(header());
        out.append("<main>\n");
        sections.forEach(out::append);
        return out.append("</main>\n</body>\n</html>\n").toString();
    }

    private String header() {
        StringBuilder out = new StringBuilder("<header><h1>")
                .append(Html.escape(content.title()))
                .append("</h1>");
        if (!content.outcome().isBlank()) {
            out.append("<p class=\"outcome\">")
                    .append(Html.escape(content.outcome()))
                    .append("</p>");
        }
        if (!content.runs().isEmpty()) {
            out.append("<ul class=\"facts\">");
            for (ReportContent.Run run : content.runs()) {
                RunFiles run0 = files.get(run.name());
                out.append("<li class=\"c")
                        .append(color(content, run.name()))
                        .append("\"><i></i><b>")
                        .append(Html.escape(run.label()))
                        .append("</b> ")
                        .append(Html.number(run0.lastStep()))
                        .append(" steps");
                if (Double.isFinite(run0.seconds())) {
                    out.append(", ").append(Html.duration(run0.seconds()));
                }
                out.append("</li>");
            }
            out.append("</ul>");
        }
        return out.append("</header>\n").toString();
    }

    private String configurations() {
        if (content.runs().isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<section><h2>Configuration</h2>");
        for (ReportContent.Run run : content.runs()) {
            out.append("<details><summary>")
                    .append(Html.escape(run.label()))
                    .append("</summary><pre>")
                    .append(Html.escape(files.get(run.name()).configuration()))
                    .append("</pre></details>");
        }
        return out.append("</section>\n").toString();
    }

    /** The colour of a run and of the model that came out of it. */
    static int color(ReportContent content, String name) {
        for (int i = 0; i < content.runs().size(); i++) {
            if (content.runs().get(i).name().equals(name)) {
                return i % (COLORS - 1) + 1;
            }
        }
        return COLORS;
    }
}
