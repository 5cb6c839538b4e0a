package org.reasonrft.data.geometry;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where a figure's points lie in the picture: mirrored, turned, scaled to fit and moved. */
final class Placement {
    private final Map<Character, Point> pixels = new LinkedHashMap<>();
    private final double scale;

    /** @param margin pixels to leave free on every side */
    Placement(Figure figure, Look look, int size, double margin) {
        Map<Character, Point> turned = new LinkedHashMap<>();
        figure.points().forEach((letter, point) -> turned.put(letter, turned(point, look)));
        double[] bounds = {Double.MAX_VALUE, Double.MAX_VALUE, -Double.MAX_VALUE, -Double.MAX_VALUE};
        turned.values().forEach(point -> extend(bounds, point, 0));
        figure.circles().forEach(circle -> extend(bounds, turned.get(circle.centre()), circle.radius()));
        double width = bounds[2] - bounds[0];
        double height = bounds[3] - bounds[1];
        double room = size - 2 * margin;
        scale = look.fill() * room / Math.max(width, height);
        double left = margin + (room - scale * width) * look.shiftX();
        double top = margin + (room - scale * height) * look.shiftY();
        turned.forEach((letter, point) -> pixels.put(
                letter, new Point(left + (point.x() - bounds[0]) * scale, top + (bounds[3] - point.y()) * scale)));
    }

    Point at(char letter) {
        return pixels.get(letter);
    }

    /** Pixels per unit of length. */
    double scale() {
        return scale;
    }

    /** The middle of all points. */
    Point middle() {
        Point sum = new Point(0, 0);
        for (Point point : pixels.values()) {
            sum = sum.plus(point);
        }
        return sum.times(1.0 / pixels.size());
    }

    private static Point turned(Point point, Look look) {
        double x = look.mirrored() ? -point.x() : point.x();
        double radians = StrictMath.toRadians(look.turn());
        double cos = StrictMath.cos(radians);
        double sin = StrictMath.sin(radians);
        return new Point(cos * x - sin * point.y(), sin * x + cos * point.y());
    }

    private static void extend(double[] bounds, Point point, double reach) {
        bounds[0] = Math.min(bounds[0], point.x() - reach);
        bounds[1] = Math.min(bounds[1], point.y() - reach);
        bounds[2] = Math.max(bounds[2], point.x() + reach);
        bounds[3] = Math.max(bounds[3], point.y() + reach);
    }
}
