package org.reasonrft.data.geometry;

/** Figures that several patterns start from. */
final class Figures {
    private Figures() {}

    /** Triangle ABC with side AB of the given length at the bottom and these angles at its ends. */
    static Figure triangle(double angleA, double angleB, double base) {
        double side = base
                * StrictMath.sin(StrictMath.toRadians(angleB))
                / StrictMath.sin(StrictMath.toRadians(180 - angleA - angleB));
        Point a = new Point(0, 0);
        return new Figure()
                .point('A', a)
                .point('B', base, 0)
                .point('C', a.away(angleA, side))
                .polygon("ABC");
    }

    /** Triangle ABC with the right angle at C and these legs AC and BC. */
    static Figure rightTriangle(double legAC, double legBC) {
        return new Figure()
                .point('C', 0, 0)
                .point('A', legAC, 0)
                .point('B', 0, legBC)
                .polygon("ABC")
                .rightAngle("ACB");
    }

    /** Triangle ABC with equal sides CA and CB and this angle at C. */
    static Figure isosceles(double apex) {
        return triangle(90 - apex / 2, 90 - apex / 2, 2 * StrictMath.sin(StrictMath.toRadians(apex / 2)))
                .equal(1, "CA", "CB");
    }

    /** A point D beyond B on the line from A, so that DBC is an exterior angle. */
    static Figure extendedBeyondB(Figure triangle) {
        Point a = triangle.at('A');
        Point b = triangle.at('B');
        double reach = 0.5 * Math.max(a.distance(b), b.distance(triangle.at('C')));
        return triangle.point('D', b.plus(b.minus(a).unit().times(reach))).path("BD");
    }

    /** Adds a point on a circle of this radius around O, in the direction given in degrees. */
    static Figure onCircle(Figure figure, char letter, double radius, double degrees) {
        return figure.point(letter, figure.at('O').away(degrees, radius));
    }

    /** A circle with centre O. */
    static Figure circle(double radius) {
        return new Figure().point('O', 0, 0).circle('O', radius);
    }

    /** The same circle where the centre plays no part. */
    static Figure circleWithoutCentre(double radius) {
        return new Figure().point('O', 0, 0).unnamed("O").ring('O', radius);
    }

    /** A regular polygon with letters from A on around O, which is not drawn. */
    static Figure regular(int corners, double side) {
        double radius = side / (2 * StrictMath.sin(Math.PI / corners));
        Figure figure = new Figure();
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < corners; i++) {
            char letter = (char) ('A' + i);
            letters.append(letter);
            figure.point(letter, new Point(0, 0).away(-90 - 180.0 / corners + i * 360.0 / corners, radius));
        }
        figure.polygon(letters.toString());
        for (int i = 0; i < corners; i++) {
            figure.equal(1, "" + letters.charAt(i) + letters.charAt((i + 1) % corners));
        }
        return figure;
    }

    /** The word for a regular polygon. */
    static String nameOfRegular(int corners) {
        return switch (corners) {
            case 3 -> "equilateral triangle";
            case 4 -> "square";
            case 5 -> "regular pentagon";
            case 6 -> "regular hexagon";
            case 8 -> "regular octagon";
            default -> throw new IllegalArgumentException("corners: wanted 3, 4, 5, 6 or 8, got " + corners);
        };
    }

    /** Parallelogram ABCD with these sides and this angle at A. */
    static Figure parallelogram(double ab, double ad, double angleA) {
        Point a = new Point(0, 0);
        Point d = a.away(angleA, ad);
        return new Figure()
                .point('A', a)
                .point('B', ab, 0)
                .point('C', d.plus(new Point(ab, 0)))
                .point('D', d)
                .polygon("ABCD");
    }

    /** Rectangle ABCD with its right angles marked. */
    static Figure rectangle(double ab, double bc) {
        return parallelogram(ab, bc, 90)
                .rightAngle("DAB")
                .rightAngle("ABC")
                .rightAngle("BCD")
                .rightAngle("CDA");
    }
}
