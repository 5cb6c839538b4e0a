package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A plane figure in true proportions: points with letters, lines and circles between them, and the marks that say what
 * is equal, parallel or perpendicular. Built by chained calls, then only read.
 */
final class Figure {
    /** A straight line from point to point; {@code dashed} for auxiliary ones such as heights. */
    record Line(char from, char to, boolean dashed) {}

    /** A circle around a point. */
    record Circle(char centre, double radius) {}

    /** What a figure says without words. */
    sealed interface Mark {}

    /** A small square in the right angle at {@code vertex}. */
    record RightAngle(char from, char vertex, char to) implements Mark {}

    /** So many strokes across a line; lines with as many are equal. */
    record Ticks(int count, char from, char to) implements Mark {}

    /** So many arrow heads on a line; lines with as many are parallel. */
    record Arrows(int count, char from, char to) implements Mark {}

    /** So many arcs in an angle; angles with as many are equal. */
    record Arcs(int count, char from, char vertex, char to) implements Mark {}

    private final Map<Character, Point> points = new LinkedHashMap<>();
    private final Set<Character> unnamed = new LinkedHashSet<>();
    private final Set<Character> dots = new LinkedHashSet<>();
    private final List<Line> lines = new ArrayList<>();
    private final List<Circle> circles = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private String outline = "";

    Figure point(char letter, Point at) {
        points.put(letter, at);
        return this;
    }

    Figure point(char letter, double x, double y) {
        return point(letter, new Point(x, y));
    }

    /** Points that are never written beside the figure, such as ends of lines. */
    Figure unnamed(String letters) {
        letters.chars().forEach(letter -> unnamed.add((char) letter));
        return this;
    }

    /** Straight lines along the points, for example {@code ABC} for AB and BC. */
    Figure path(String letters) {
        for (int i = 1; i < letters.length(); i++) {
            lines.add(new Line(letters.charAt(i - 1), letters.charAt(i), false));
        }
        return this;
    }

    /** A closed path, which is the figure's outline from now on. */
    Figure polygon(String letters) {
        outline = letters;
        return path(letters + letters.charAt(0));
    }

    /** Takes an outline whose sides may be drawn in pieces. */
    Figure outline(String letters) {
        outline = letters;
        return this;
    }

    Figure dashed(String letters) {
        lines.add(new Line(letters.charAt(0), letters.charAt(1), true));
        return this;
    }

    /** A circle whose centre gets a dot. */
    Figure circle(char centre, double radius) {
        return ring(centre, radius).dot(centre);
    }

    /** A circle without a dot. */
    Figure ring(char centre, double radius) {
        circles.add(new Circle(centre, radius));
        return this;
    }

    Figure dot(char letter) {
        dots.add(letter);
        return this;
    }

    Figure rightAngle(String letters) {
        marks.add(new RightAngle(letters.charAt(0), letters.charAt(1), letters.charAt(2)));
        return this;
    }

    Figure equal(int count, String... sides) {
        for (String side : sides) {
            marks.add(new Ticks(count, side.charAt(0), side.charAt(1)));
        }
        return this;
    }

    Figure parallel(int count, String... sides) {
        for (String side : sides) {
            marks.add(new Arrows(count, side.charAt(0), side.charAt(1)));
        }
        return this;
    }

    Figure equalAngles(int count, String... angles) {
        for (String angle : angles) {
            marks.add(new Arcs(count, angle.charAt(0), angle.charAt(1), angle.charAt(2)));
        }
        return this;
    }

    Point at(char letter) {
        Point point = points.get(letter);
        if (point == null) {
            throw new IllegalArgumentException("letter: no point " + letter + " among " + points.keySet());
        }
        return point;
    }

    Map<Character, Point> points() {
        return Collections.unmodifiableMap(points);
    }

    boolean isNamed(char letter) {
        return !unnamed.contains(letter);
    }

    Set<Character> dots() {
        return Collections.unmodifiableSet(dots);
    }

    List<Line> lines() {
        return Collections.unmodifiableList(lines);
    }

    List<Circle> circles() {
        return Collections.unmodifiableList(circles);
    }

    List<Mark> marks() {
        return Collections.unmodifiableList(marks);
    }

    /** Letters of the polygon whose area or perimeter can be asked for; empty if it is the circle. */
    String outline() {
        return outline;
    }

    /** In how many directions lines leave a point, which decides whether one letter names its angle. */
    int directions(char letter) {
        Set<Long> directions = new LinkedHashSet<>();
        Point vertex = at(letter);
        for (Line line : lines) {
            Point from = at(line.from());
            Point to = at(line.to());
            double length = from.distance(to);
            if (from.distance(vertex) + vertex.distance(to) > length * (1 + 1e-9)) {
                continue;
            }
            for (Point end : List.of(from, to)) {
                if (end.distance(vertex) > 1e-9 * length) {
                    directions.add(Math.round(end.minus(vertex).degrees() * 1e6));
                }
            }
        }
        return directions.size();
    }
}
