package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.reasonrft.data.generated.Picture;

/** What is painted, in order, in pixels from the top left of a square picture. */
final class Drawing {
    /** Something to paint. */
    sealed interface Item {}

    /** Lines of one width and colour. */
    record Stroke(List<List<Point>> lines, double width, int rgb) implements Item {}

    /** The inside of a polygon; opacity from 0 to 1. */
    record Fill(List<Point> polygon, int rgb, double opacity) implements Item {}

    /**
     * A text with the box that it fills.
     *
     * @param text what it says
     * @param left edge of the box; the others likewise
     */
    record Label(String text, double left, double top, double right, double bottom) {
        Point centre() {
            return new Point((left + right) / 2, (top + bottom) / 2);
        }
    }

    private final int size;
    private final int background;
    private final List<Item> items = new ArrayList<>();
    private final List<Label> labels = new ArrayList<>();

    Drawing(int size, int background) {
        this.size = size;
        this.background = background;
    }

    int size() {
        return size;
    }

    void stroke(double width, int rgb, List<List<Point>> lines) {
        items.add(new Stroke(lines, width, rgb));
    }

    void line(double width, int rgb, Point... points) {
        stroke(width, rgb, List.of(List.of(points)));
    }

    void fill(int rgb, double opacity, List<Point> polygon) {
        items.add(new Fill(polygon, rgb, opacity));
    }

    /** Adds a label whose place was chosen. */
    void label(Label label, int rgb) {
        labels.add(label);
        double height = label.bottom() - label.top();
        items.add(new Stroke(
                Alphabet.lines(label.text(), label.left(), label.top(), height), Alphabet.penWidth(height), rgb));
    }

    /** Everything painted so far. */
    List<Item> items() {
        return Collections.unmodifiableList(items);
    }

    List<Label> labels() {
        return Collections.unmodifiableList(labels);
    }

    Picture paint() {
        Canvas canvas = new Canvas(size, size, background);
        items.forEach(canvas::paint);
        return canvas.picture();
    }

    /** Points along an arc in drawing coordinates, directions in degrees. */
    static List<Point> arc(Point centre, double radius, double from, double to) {
        int steps = Math.max(4, (int) Math.ceil(Math.abs(to - from) / 6));
        List<Point> points = new ArrayList<>();
        for (int i = 0; i <= steps; i++) {
            points.add(centre.away(from + (to - from) * i / steps, radius));
        }
        return points;
    }
}
