package org.reasonrft.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * A line chart as a {@code figure} with inline SVG. Colours come from the style sheet, so that light and dark follow the reader; every
 * line also differs from the others by its dashes, and all of it is said in words in the label of the image.
 */
final class LineChart {
    private static final double WIDTH = 420;
    private static final double HEIGHT = 232;
    private static final double LEFT = 50;
    private static final double RIGHT = 14;
    private static final double TOP = 10;
    private static final double BOTTOM = 38;
    /** Points of a drawn line; more would be closer together than a pixel. */
    private static final int POINTS = 400;

    private static final int HOVER_POINTS = 40;
    /** Height of the title of a panel, and of a line of its legend. */
    private static final double PANEL_TITLE = 26;

    private static final double PANEL_LINE = 17;

    /** How numbers on the vertical axis read. */
    enum Scale {
        NUMBER,
        PERCENT;

        String format(double value) {
            return this == PERCENT ? Html.percent(value).replace(".0\u00a0", "\u00a0") : Html.number(value);
        }
    }

    /**
     * @param color  number of the colour in the style sheet, from 1
     * @param smooth draws the moving average strong and the values faint
     */
    record Line(String label, int color, Series points, boolean smooth) {}

    /** A value to compare with, drawn as a thin line across. */
    record Reference(String label, double value) {}

    private final String title;
    private final String xLabel;
    private final Scale scale;
    private final List<Line> lines = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private DoubleFunction<String> xFormat = Html::number;

    LineChart(String title, String xLabel, Scale scale) {
        this.title = title;
        this.xLabel = xLabel;
        this.scale = scale;
    }

    LineChart line(Line line) {
        if (line.points().hasValues()) {
            lines.add(line);
        }
        return this;
    }

    LineChart reference(Reference reference) {
        references.add(reference);
        return this;
    }

    LineChart xFormat(DoubleFunction<String> format) {
        xFormat = format;
        return this;
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** The title, the legend and the chart, for a page with {@link StyleSheet#CHART}. */
    String html() {
        return (lines.size() == 1 ? "<figure class=\"chart alone\">" : "<figure class=\"chart\">")
                + "<figcaption><b>" + Html.escape(title) + "</b>" + legend() + "</figcaption>"
                + format(
                        "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">",
                        WIDTH, HEIGHT, Html.escape(inWords()))
                + plot() + "</svg></figure>";
    }

    /** How wide {@link #panel} is, in pixels. */
    static double panelWidth() {
        return WIDTH;
    }

    /** How high {@link #panel} is with room for so many lines, in pixels. */
    static double panelHeight(int lines) {
        return HEIGHT + PANEL_TITLE + lines * PANEL_LINE;
    }

    /** Number of lines in the legend. */
    int legendLines() {
        return lines.size() + references.size();
    }

    /**
     * The title, the legend and the chart as elements of an SVG with {@link StyleSheet#CHART}, its corner at 0, 0.
     *
     * @param legendRoom lines to leave for the legend, so that charts side by side begin at one height
     */
    String panel(int legendRoom) {
        StringBuilder out = new StringBuilder(format("<g class=\"%s\">", lines.size() == 1 ? "chart alone" : "chart"));
        out.append(format("<text class=\"title\" x=\"%.1f\" y=\"18\">%s</text>", LEFT, Html.escape(title)));
        double y = PANEL_TITLE;
        for (Line line : lines) {
            legendLine(
                    out, y, "line c" + line.color(), line.label(), shown(line).last());
            y += PANEL_LINE;
        }
        for (Reference reference : references) {
            legendLine(out, y, "reference", reference.label(), reference.value());
            y += PANEL_LINE;
        }
        return out.append(format("<g transform=\"translate(0 %.1f)\">", PANEL_TITLE + legendRoom * PANEL_LINE))
                .append(plot())
                .append("</g></g>")
                .toString();
    }

    private void legendLine(StringBuilder out, double y, String style, String label, double value) {
        out.append(format("<path class=\"%s\" d=\"M%.1f %.1fh26\"/>", style, LEFT, y + 8))
                .append(format(
                        "<text x=\"%.1f\" y=\"%.1f\">%s %s</text>",
                        LEFT + 34, y + 12, Html.escape(label), scale.format(value)));
    }

    private String plot() {
        double[] xRange = xRange();
        double[] yRange = yRange();
        Axis x = new Axis(xRange[0], xRange[1], LEFT, WIDTH - RIGHT);
        Axis y = new Axis(yRange[0], yRange[1], HEIGHT - BOTTOM, TOP);
        StringBuilder out = new StringBuilder();
        axes(out, x, y);
        // An inner svg clips what leaves the plot: a spike must not flatten everything else.
        out.append(format(
                "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" viewBox=\"%.1f %.1f %.1f %.1f\">",
                LEFT,
                TOP,
                WIDTH - LEFT - RIGHT,
                HEIGHT - TOP - BOTTOM,
                LEFT,
                TOP,
                WIDTH - LEFT - RIGHT,
                HEIGHT - TOP - BOTTOM));
        for (Reference reference : references) {
            out.append(format(
                    "<path class=\"reference\" d=\"M%.1f %.1fH%.1f\"><title>%s: %s</title></path>",
                    LEFT,
                    y.at(reference.value()),
                    WIDTH - RIGHT,
                    Html.escape(reference.label()),
                    scale.format(reference.value())));
        }
        for (Line line : lines) {
            if (line.smooth()) {
                out.append(format(
                        "<path class=\"raw c%d\" d=\"%s\"/>",
                        line.color(), path(line.points().thinned(POINTS), x, y)));
            }
        }
        for (Line line : lines) {
            out.append(format(
                    "<path class=\"line c%d\" d=\"%s\"/>",
                    line.color(), path(shown(line).thinned(POINTS), x, y)));
        }
        out.append("</svg>");
        for (Line line : lines) {
            points(out, line, shown(line), x, y);
        }
        return out.toString();
    }

    private static Series shown(Line line) {
        return line.smooth() ? line.points().smoothed(line.points().size() / 40.0) : line.points();
    }

    private String legend() {
        StringBuilder out = new StringBuilder("<span class=\"legend\">");
        for (Line line : lines) {
            out.append(format(
                    "<span class=\"key c%d\"><i></i>%s <b>%s</b></span>",
                    line.color(),
                    Html.escape(line.label()),
                    scale.format(shown(line).last())));
        }
        for (Reference reference : references) {
            out.append(format(
                    "<span class=\"key reference\"><i></i>%s <b>%s</b></span>",
                    Html.escape(reference.label()), scale.format(reference.value())));
        }
        return out.append("</span>").toString();
    }

    private void axes(StringBuilder out, Axis x, Axis y) {
        for (double tick : y.ticks(4)) {
            out.append(format("<path class=\"rule\" d=\"M%.1f %.1fH%.1f\"/>", LEFT, y.at(tick), WIDTH - RIGHT));
            out.append(format(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT - 6, y.at(tick) + 4, scale.format(tick)));
        }
        out.append(format("<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>", LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT));
        for (double tick : x.ticks(5)) {
            out.append(format(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                    x.at(tick), HEIGHT - BOTTOM + 15, Html.escape(xFormat.apply(tick))));
        }
        out.append(format(
                "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                WIDTH - RIGHT, HEIGHT - 6, Html.escape(xLabel)));
    }

    private void points(StringBuilder out, Line line, Series shown, Axis x, Axis y) {
        boolean few = shown.size() <= HOVER_POINTS && !line.smooth();
        int stride = Math.max(1, shown.size() / HOVER_POINTS);
        for (int i = 0; i < shown.size(); i += stride) {
            if (Double.isFinite(shown.y(i))) {
                out.append(format(
                        "<circle class=\"%s c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>%s, %s %s: %s</title></circle>",
                        few ? "dot" : "hover",
                        line.color(),
                        x.at(shown.x(i)),
                        y.at(shown.y(i)),
                        few ? "3" : "6",
                        Html.escape(line.label()),
                        Html.escape(xLabel),
                        Html.escape(xFormat.apply(shown.x(i))),
                        scale.format(shown.y(i))));
            }
        }
    }

    private static String path(Series series, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        boolean down = false;
        for (int i = 0; i < series.size(); i++) {
            if (!Double.isFinite(series.y(i))) {
                down = false;
                continue;
            }
            path.append(down ? 'L' : 'M').append(format("%.1f %.1f", x.at(series.x(i)), y.at(series.y(i))));
            down = true;
        }
        return path.toString();
    }

    private double[] xRange() {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Line line : lines) {
            for (int i = 0; i < line.points().size(); i++) {
                low = Math.min(low, line.points().x(i));
                high = Math.max(high, line.points().x(i));
            }
        }
        return low < high ? new double[] {low, high} : new double[] {low - 1, high + 1};
    }

    private double[] yRange() {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Line line : lines) {
            double[] values = line.points().values();
            Arrays.sort(values);
            low = Math.min(low, line.smooth() ? -withoutOutliers(negatedReverse(values)) : values[0]);
            high = Math.max(high, line.smooth() ? withoutOutliers(values) : values[values.length - 1]);
        }
        for (Reference reference : references) {
            low = Math.min(low, reference.value());
            high = Math.max(high, reference.value());
        }
        double pad =
                high > low ? 0.06 * (high - low) : Math.max(Math.abs(high) * 0.1, scale == Scale.PERCENT ? 0.05 : 1e-9);
        double padded = low - pad;
        if (low >= 0) {
            padded = Math.max(padded, 0);
        }
        double top = high + pad;
        return new double[] {padded, scale == Scale.PERCENT && high <= 1 ? Math.min(top, 1) : top};
    }

    /** The highest of the sorted values, unless that is far from where nearly all of them lie. */
    private static double withoutOutliers(double[] sorted) {
        double highest = sorted[sorted.length - 1];
        double usualHigh = sorted[(int) (0.98 * (sorted.length - 1))];
        double usualRange = usualHigh - sorted[(int) Math.ceil(0.02 * (sorted.length - 1))];
        return highest > usualHigh + 3 * usualRange ? usualHigh + 0.5 * usualRange : highest;
    }

    private static double[] negatedReverse(double[] sorted) {
        double[] result = new double[sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            result[i] = -sorted[sorted.length - 1 - i];
        }
        return result;
    }

    private String inWords() {
        StringBuilder words = new StringBuilder("Line chart: ")
                .append(title)
                .append(" by ")
                .append(xLabel)
                .append('.');
        for (Line line : lines) {
            double[] values = shown(line).values();
            words.append(' ')
                    .append(line.label())
                    .append(" goes from ")
                    .append(scale.format(values[0]))
                    .append(" to ")
                    .append(scale.format(values[values.length - 1]))
                    .append('.');
        }
        for (Reference reference : references) {
            words.append(' ')
                    .append(reference.label())
                    .append(" is ")
                    .append(scale.format(reference.value()))
                    .append('.');
        }
        return words.toString();
    }

    private static String format(String pattern, Object... arguments) {
        return String.format(Locale.ROOT, pattern, arguments);
    }
}
