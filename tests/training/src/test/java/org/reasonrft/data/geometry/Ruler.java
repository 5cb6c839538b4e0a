package org.reasonrft.data.geometry;

/** Measures figures by their coordinates, without any theorem that problems are made from. */
final class Ruler {
    private Ruler() {}

    static double measure(Figure figure, Quantity quantity) {
        if (quantity instanceof Quantity.Angle angle) {
            return angle(figure.at(angle.from()), figure.at(angle.vertex()), figure.at(angle.to()));
        }
        if (quantity instanceof Quantity.Length length) {
            return length(figure.at(length.from()), figure.at(length.to()));
        }
        return figure.outline().isEmpty()
                ? circle((Quantity.Whole) quantity, figure.circles().get(0).radius())
                : polygon((Quantity.Whole) quantity, figure);
    }

    static double length(Point one, Point other) {
        return Math.hypot(one.x() - other.x(), one.y() - other.y());
    }

    /** By the law of cosines. */
    static double angle(Point from, Point vertex, Point to) {
        double a = length(vertex, from);
        double b = length(vertex, to);
        double c = length(from, to);
        return Math.toDegrees(Math.acos(Math.max(-1, Math.min(1, (a * a + b * b - c * c) / (2 * a * b)))));
    }

    private static double circle(Quantity.Whole whole, double radius) {
        return whole == Quantity.Whole.AREA ? Math.PI * radius * radius : 2 * Math.PI * radius;
    }

    private static double polygon(Quantity.Whole whole, Figure figure) {
        String corners = figure.outline();
        double around = 0;
        double twice = 0;
        for (int i = 0; i < corners.length(); i++) {
            Point one = figure.at(corners.charAt(i));
            Point next = figure.at(corners.charAt((i + 1) % corners.length()));
            around += length(one, next);
            twice += one.x() * next.y() - next.x() * one.y();
        }
        return whole == Quantity.Whole.AREA ? Math.abs(twice) / 2 : around;
    }
}
