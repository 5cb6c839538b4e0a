package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.List;

/** Draws the marks of a figure: right angles, equal sides and angles, parallels. */
final class MarkDrawing {
    private final Drawing drawing;
    private final Placement placement;
    private final int ink;
    private final double lineWidth;
    private final double markSize;

    /** @param markSize side of the square in a right angle, in pixels */
    MarkDrawing(Drawing drawing, Placement placement, int ink, double lineWidth, double markSize) {
        this.drawing = drawing;
        this.placement = placement;
        this.ink = ink;
        this.lineWidth = lineWidth;
        this.markSize = markSize;
    }

    void draw(Figure.Mark mark) {
        if (mark instanceof Figure.RightAngle right) {
            rightAngle(placement.at(right.from()), placement.at(right.vertex()), placement.at(right.to()));
        } else if (mark instanceof Figure.Ticks ticks) {
            ticks(ticks.count(), placement.at(ticks.from()), placement.at(ticks.to()));
        } else if (mark instanceof Figure.Arrows arrows) {
            arrows(arrows.count(), placement.at(arrows.from()), placement.at(arrows.to()));
        } else if (mark instanceof Figure.Arcs arcs) {
            equalAngle(arcs.count(), placement.at(arcs.vertex()), placement.at(arcs.from()), placement.at(arcs.to()));
        }
    }

    private void equalAngle(int count, Point vertex, Point from, Point to) {
        double outer =
                Math.min(markSize * (1.25 + 0.35 * count), 0.45 * Math.min(vertex.distance(from), vertex.distance(to)));
        List<List<Point>> arcs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            arcs.add(arc(vertex, from, to, outer - i * Math.max(0.3 * markSize, 2 * lineWidth)));
        }
        drawing.stroke(lineWidth, ink, arcs);
    }

    /** Points along the arc between two rays, on the side where the angle is below 180 degrees. */
    static List<Point> arc(Point vertex, Point from, Point to, double radius) {
        double start = from.minus(vertex).degrees();
        return Drawing.arc(vertex, radius, start, start + turn(vertex, from, to));
    }

    /** The turn from one ray to another in degrees, between -180 and 180. */
    static double turn(Point vertex, Point from, Point to) {
        double turn = to.minus(vertex).degrees() - from.minus(vertex).degrees();
        return turn > 180 ? turn - 360 : turn <= -180 ? turn + 360 : turn;
    }

    private void rightAngle(Point from, Point vertex, Point to) {
        Point one = from.minus(vertex);
        Point other = to.minus(vertex);
        double side = Math.min(markSize, 0.35 * Math.min(one.length(), other.length()));
        Point along = one.unit().times(side);
        Point across = other.unit().times(side);
        drawing.line(lineWidth, ink, vertex.plus(along), vertex.plus(along).plus(across), vertex.plus(across));
    }

    private void ticks(int count, Point from, Point to) {
        Point along = to.minus(from).unit();
        Point half = along.normal().times(0.45 * markSize);
        List<List<Point>> strokes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double offset = (i - (count - 1) / 2.0) * Math.max(0.32 * markSize, 2 * lineWidth);
            Point middle = from.towards(to, 0.5).plus(along.times(offset));
            strokes.add(List.of(middle.minus(half), middle.plus(half)));
        }
        drawing.stroke(lineWidth, ink, strokes);
    }

    private void arrows(int count, Point from, Point to) {
        Point along = to.minus(from).unit();
        double size = Math.min(markSize, 0.22 * from.distance(to));
        Point back = along.times(0.55 * size);
        Point aside = along.normal().times(0.4 * size);
        List<List<Point>> strokes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Off the middle, where labels and ticks are.
            Point tip = from.towards(to, 0.6).plus(along.times(i * Math.max(0.5 * size, 2 * lineWidth)));
            strokes.add(
                    List.of(tip.minus(back).plus(aside), tip, tip.minus(back).minus(aside)));
        }
        drawing.stroke(lineWidth, ink, strokes);
    }
}
