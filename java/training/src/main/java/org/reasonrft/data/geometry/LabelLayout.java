package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds places for labels where they touch neither a line nor each other nor the picture's edge. Each label is tried at
 * many places near what it names, and the best free one is taken.
 */
final class LabelLayout {
    private static final int DIRECTIONS = 32;
    /** Pictures of so many pixels have room for every value within its angle. */
    private static final int SPACIOUS = 224;

    private final Drawing drawing;
    private final double height;
    private final int rgb;
    private final double gap;
    private final Point middle;

    /**
     * @param drawing with all its lines; labels keep off them
     * @param height of the signs in pixels
     * @param middle of the figure, which labels rather lie away from
     */
    LabelLayout(Drawing drawing, double height, int rgb, Point middle) {
        this.drawing = drawing;
        this.height = height;
        this.rgb = rgb;
        this.middle = middle;
        gap = Math.max(1.2, 0.13 * height);
    }

    private record Candidate(Drawing.Label label, double cost) {}

    /**
     * A letter at a point.
     *
     * @param away direction in which there is most room
     * @return whether there was a place
     */
    boolean atPoint(String text, Point point, Point away) {
        List<Candidate> candidates = new ArrayList<>();
        double preferred = away.length() < 1e-6 ? Double.NaN : away.degrees();
        for (int i = 0; i < DIRECTIONS; i++) {
            double direction = i * 360.0 / DIRECTIONS;
            double deviation =
                    Double.isNaN(preferred) ? 0 : Math.abs(StrictMath.IEEEremainder(direction - preferred, 360)) / 90;
            for (double distance = 0.75; distance <= 1.6; distance += 0.12) {
                candidates.add(candidate(text, point.away(direction, distance * height), deviation + 1.5 * distance));
            }
        }
        return place(candidates);
    }

    /** A value beside a line. */
    boolean atLine(String text, Point from, Point to) {
        Point normal = to.minus(from).unit().normal();
        List<Candidate> candidates = new ArrayList<>();
        for (double share : new double[] {0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73}) {
            Point foot = from.towards(to, share);
            for (int side = -1; side <= 1; side += 2) {
                for (double distance = 0.7; distance <= 1.8; distance += 0.1) {
                    Point at = foot.plus(normal.times(side * distance * height));
                    if (isLineBetween(foot.towards(at, 0.2), at)) {
                        break;
                    }
                    double inwards = at.distance(middle) < foot.distance(middle) ? 0.4 : 0;
                    double crowded = nearOtherLine(at, from, to) ? 2 : 0;
                    candidates.add(candidate(text, at, distance + 3 * Math.abs(share - 0.5) + inwards + crowded));
                }
            }
        }
        return place(candidates);
    }

    /** A value inside an angle, beyond its arc. */
    boolean inAngle(String text, Point vertex, Point from, Point to, double arcRadius) {
        double start = from.minus(vertex).degrees();
        double turn = MarkDrawing.turn(vertex, from, to);
        List<Candidate> candidates = new ArrayList<>();
        for (double share : new double[] {0.5, 0.42, 0.58, 0.34, 0.66}) {
            Point arc = vertex.away(start + turn * share, arcRadius + 0.25 * height);
            for (double distance = 0.6; distance <= 6; distance += 0.15) {
                Point at = vertex.away(start + turn * share, arcRadius + distance * height);
                boolean beyond = isLineBetween(arc, at);
                if (beyond && drawing.size() >= SPACIOUS) {
                    break;
                }
                // Beyond another line only where there is no room before it.
                candidates.add(candidate(text, at, distance + 4 * Math.abs(share - 0.5) + (beyond ? 20 : 0)));
            }
        }
        return place(candidates);
    }

    /** Whether another line is so near that a value could be taken for its. */
    private boolean nearOtherLine(Point at, Point from, Point to) {
        for (Drawing.Item item : drawing.items()) {
            if (!(item instanceof Drawing.Stroke stroke)) {
                continue;
            }
            for (List<Point> line : stroke.lines()) {
                for (int i = 1; i < line.size(); i++) {
                    Point a = line.get(i - 1);
                    Point b = line.get(i);
                    boolean own = from.distance(a) + from.distance(b) < a.distance(b) + 1
                            || to.distance(a) + to.distance(b) < a.distance(b) + 1;
                    if (!own && distance(at, a, b) < 1.5 * height) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Whether a line has to be crossed from one point to another. */
    private boolean isLineBetween(Point from, Point to) {
        for (Drawing.Item item : drawing.items()) {
            if (item instanceof Drawing.Stroke stroke) {
                for (List<Point> line : stroke.lines()) {
                    for (int i = 1; i < line.size(); i++) {
                        Point a = line.get(i - 1);
                        Point b = line.get(i);
                        if (side(from, to, a) * side(from, to, b) < 0 && side(a, b, from) * side(a, b, to) < 0) {
                            return true;
                        }
                    }
                }
            }
        }
        return false;
    }

    /** On which side of a line a point lies, by sign. */
    private static double side(Point from, Point to, Point point) {
        return (to.x() - from.x()) * (point.y() - from.y()) - (to.y() - from.y()) * (point.x() - from.x());
    }

    private static double distance(Point point, Point from, Point to) {
        Point way = to.minus(from);
        Point off = point.minus(from);
        double squared = way.x() * way.x() + way.y() * way.y();
        double share = squared == 0 ? 0 : Math.max(0, Math.min(1, (off.x() * way.x() + off.y() * way.y()) / squared));
        return point.distance(from.towards(to, share));
    }

    private Candidate candidate(String text, Point centre, double cost) {
        double halfWidth = Alphabet.width(text, height) / 2;
        return new Candidate(
                new Drawing.Label(
                        text,
                        centre.x() - halfWidth,
                        centre.y() - height / 2,
                        centre.x() + halfWidth,
                        centre.y() + height / 2),
                cost);
    }

    private boolean place(List<Candidate> candidates) {
        candidates.sort((one, other) -> Double.compare(one.cost(), other.cost()));
        Optional<Drawing.Label> free =
                candidates.stream().map(Candidate::label).filter(this::isFree).findFirst();
        free.ifPresent(label -> drawing.label(label, rgb));
        return free.isPresent();
    }

    private boolean isFree(Drawing.Label box) {
        double pen = Alphabet.penWidth(height) / 2;
        double room = gap + pen;
        if (box.left() < room
                || box.top() < room
                || box.right() > drawing.size() - room
                || box.bottom() > drawing.size() - room) {
            return false;
        }
        for (Drawing.Label other : drawing.labels()) {
            if (box.left() - 2 * room < other.right()
                    && other.left() < box.right() + 2 * room
                    && box.top() - 2 * room < other.bottom()
                    && other.top() < box.bottom() + 2 * room) {
                return false;
            }
        }
        for (Drawing.Item item : drawing.items()) {
            if (item instanceof Drawing.Stroke stroke && touches(box, stroke, room)) {
                return false;
            }
        }
        return true;
    }

    private static boolean touches(Drawing.Label box, Drawing.Stroke stroke, double room) {
        double reach = stroke.width() / 2 + room;
        for (List<Point> line : stroke.lines()) {
            for (int i = 1; i < line.size(); i++) {
                if (crosses(line.get(i - 1), line.get(i), box, reach)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a straight line meets the box grown by {@code reach}: the part of it inside all four edges is not empty. */
    private static boolean crosses(Point from, Point to, Drawing.Label box, double reach) {
        double[] inside = {0, 1};
        return clip(from.x(), to.x(), box.left() - reach, box.right() + reach, inside)
                && clip(from.y(), to.y(), box.top() - reach, box.bottom() + reach, inside);
    }

    private static boolean clip(double from, double to, double low, double high, double[] inside) {
        double way = to - from;
        if (way == 0) {
            return from > low && from < high;
        }
        double first = (low - from) / way;
        double second = (high - from) / way;
        inside[0] = Math.max(inside[0], Math.min(first, second));
        inside[1] = Math.min(inside[1], Math.max(first, second));
        return inside[0] < inside[1];
    }
}
