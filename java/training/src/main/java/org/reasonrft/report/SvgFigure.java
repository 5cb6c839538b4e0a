package org.reasonrft.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.reasonrft.run.RunOutput;

/** Line charts side by side in one SVG file, which needs nothing beside it and follows light and dark surroundings. */
public final class SvgFigure {
    private static final double GAP = 24;
    private static final double MARGIN = 16;

    private SvgFigure() {}

    /**
     * A chart of shares between 0 and 1.
     *
     * @param xLabel what {@link Curve#x} counts
     * @param curves at most {@value HtmlReport#COLORS}
     * @param levels to compare with
     */
    public record Panel(String title, String xLabel, List<Curve> curves, List<Level> levels) {
        public Panel {
            curves = List.copyOf(curves);
            levels = List.copyOf(levels);
        }
    }

    /**
     * A line.
     *
     * @param color number of its colour and dashes, from 1 to {@value HtmlReport#COLORS}
     * @param x growing values
     * @param y as many, from 0 to 1; not-a-number where one is missing
     */
    public record Curve(String label, int color, double[] x, double[] y) {
        public Curve {
            if (color < 1 || color > HtmlReport.COLORS) {
                throw new IllegalArgumentException("color: got " + color + ", wanted 1 to " + HtmlReport.COLORS);
            }
            if (x.length != y.length) {
                throw new IllegalArgumentException("y: got " + y.length + " values, wanted as many as x: " + x.length);
            }
        }
    }

    /** A value to compare with, from 0 to 1. */
    public record Level(String label, double value) {}

    /**
     * Writes the figure, replacing an earlier one.
     *
     * @param columns panels in a row, at least 1
     * @throws org.reasonrft.run.RunException if it cannot be written
     */
    public static void write(Path target, int columns, List<Panel> panels) {
        RunOutput.writeFile(target, render(columns, panels));
    }

    static String render(int columns, List<Panel> panels) {
        List<LineChart> charts = panels.stream().map(SvgFigure::chart).toList();
        int legend = charts.stream().mapToInt(LineChart::legendLines).max().orElse(0);
        double width = LineChart.panelWidth();
        double height = LineChart.panelHeight(legend);
        int rows = (charts.size() + columns - 1) / columns;
        double wholeWidth = 2 * MARGIN + columns * width + (columns - 1) * GAP;
        double wholeHeight = 2 * MARGIN + rows * height + Math.max(0, rows - 1) * GAP;
        StringBuilder out = new StringBuilder(format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\">\n",
                wholeWidth, wholeHeight, wholeWidth, wholeHeight));
        out.append("<style>\n")
                .append(StyleSheet.CHART.text())
                .append(
                        ".sheet { fill: var(--card); } .chart .title { fill: var(--ink); font-size: 14px; font-weight: 600; }\n")
                .append(
                        "text { font-family: system-ui, \"Segoe UI\", Roboto, \"DejaVu Sans\", sans-serif; }\n</style>\n")
                .append("<rect class=\"sheet\" width=\"100%\" height=\"100%\"/>\n");
        for (int i = 0; i < charts.size(); i++) {
            out.append(format(
                            "<g transform=\"translate(%.1f %.1f)\">",
                            MARGIN + i % columns * (width + GAP), MARGIN + i / columns * (height + GAP)))
                    .append(charts.get(i).panel(legend))
                    .append("</g>\n");
        }
        return out.append("</svg>\n").toString();
    }

    private static LineChart chart(Panel panel) {
        LineChart chart = new LineChart(panel.title(), panel.xLabel(), LineChart.Scale.PERCENT);
        panel.curves()
                .forEach(curve -> chart.line(
                        new LineChart.Line(curve.label(), curve.color(), new Series(curve.x(), curve.y()), false)));
        panel.levels().forEach(level -> chart.reference(new LineChart.Reference(level.label(), level.value())));
        return chart;
    }

    private static String format(String pattern, Object... arguments) {
        return String.format(Locale.ROOT, pattern, arguments);
    }
}
