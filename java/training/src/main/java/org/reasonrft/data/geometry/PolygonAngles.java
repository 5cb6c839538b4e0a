package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.POLYGON_ANGLES;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Angles of quadrilaterals and regular polygons. */
final class PolygonAngles {
    private static final String PARALLELOGRAM = "parallelogram";
    private static final String QUADRILATERAL = "quadrilateral";
    private static final String ABCD = "quadrilateral ABCD";
    private static final String INSIDE = "inside";

    private PolygonAngles() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(POLYGON_ANGLES, 1, numbers -> inParallelogram(numbers, true)),
                new Pattern(POLYGON_ANGLES, 1, numbers -> inParallelogram(numbers, false)),
                new Pattern(POLYGON_ANGLES, 1, PolygonAngles::atCentre),
                new Pattern(POLYGON_ANGLES, 2, PolygonAngles::inRegular),
                new Pattern(POLYGON_ANGLES, 2, PolygonAngles::fourth),
                new Pattern(POLYGON_ANGLES, 2, PolygonAngles::besideDiagonal),
                new Pattern(POLYGON_ANGLES, 3, PolygonAngles::outsideFourth));
    }

    private static Problem inParallelogram(Numbers numbers, boolean opposite) {
        int a = numbers.slanted();
        Figure figure = Figures.parallelogram(numbers.between(4, 5), numbers.between(3, 4), a)
                .parallel(1, "AB", "DC")
                .parallel(2, "AD", "BC");
        Draft draft = new Draft(POLYGON_ANGLES, 1, figure, ABCD).given("DAB", a);
        if (opposite) {
            return draft.ask("BCD")
                    .read(PARALLELOGRAM, new Working().same(a), "at a corner", "at the opposite corner")
                    .problem();
        }
        return draft.ask(numbers.coin() ? "ABC" : "CDA")
                .read(PARALLELOGRAM, new Working().minus(180, a), "at a corner", "at the next corner")
                .misread(PARALLELOGRAM, new Working().same(a), "at a corner", "at the opposite corner")
                .problem();
    }

    /** The angle under which the centre sees a side. */
    private static Problem atCentre(Numbers numbers) {
        int corners = numbers.oneOf(3, 4, 5, 6, 8);
        Figure figure = Figures.regular(corners, 3).point('O', 0, 0).path("AOB").dot('O');
        return new Draft(POLYGON_ANGLES, 1, figure, "polygon " + figure.outline())
                .ask("AOB")
                .read(Figures.nameOfRegular(corners), new Working().over(360, corners), "at the center")
                .problem();
    }

    private static Problem inRegular(Numbers numbers) {
        int corners = numbers.oneOf(3, 4, 5, 6, 8);
        int seen = corners == 6 ? 5 : corners == 5 ? 6 : corners == 8 ? 6 : corners;
        Figure figure = Figures.regular(corners, 3);
        return new Draft(POLYGON_ANGLES, 2, figure, "polygon " + figure.outline())
                .ask("ABC")
                .read(Figures.nameOfRegular(corners), inRegular(corners), "at a corner")
                .misread(Figures.nameOfRegular(seen), inRegular(seen), "at a corner")
                .problem();
    }

    private static Working inRegular(int corners) {
        return new Working().minus(corners, 2).times(180).over(corners);
    }

    /** Quadrilateral ABCD with these angles, or null if it would be too flat or cross itself. */
    private static Figure quadrilateral(Numbers numbers, int a, int b, int c) {
        Point pointA = new Point(0, 0);
        Point pointB = new Point(5, 0);
        double bc = numbers.between(2.5, 4.5);
        Point pointC = pointB.away(180 - b, bc);
        // CD leaves C so that the angle there is c; AD leaves A under a. D is where they meet.
        double directionCD = 180 - b + 180 - c;
        double sinGap = StrictMath.sin(StrictMath.toRadians(directionCD - a));
        Point toC = pointC.minus(pointA);
        Point alongCD = new Point(0, 0).away(directionCD, 1);
        double length = (toC.x() * alongCD.y() - toC.y() * alongCD.x()) / sinGap;
        Point pointD = pointA.away(a, length);
        double cd = pointC.distance(pointD);
        if (!(length > 1.8 && length < 7 && cd > 1.8 && cd < 7)
                || pointD.minus(pointC).x() * alongCD.x() + pointD.minus(pointC).y() * alongCD.y() < 0) {
            return null;
        }
        return new Figure()
                .point('A', pointA)
                .point('B', pointB)
                .point('C', pointC)
                .point('D', pointD)
                .polygon("ABCD");
    }

    private static Problem fourth(Numbers numbers) {
        int a = numbers.fives(50, 125);
        int b = numbers.fives(50, 125);
        int c = numbers.fives(50, 125);
        int d = 360 - a - b - c;
        Figure figure = d < 45 || d > 135 ? null : quadrilateral(numbers, a, b, c);
        return figure == null
                ? null
                : new Draft(POLYGON_ANGLES, 2, figure, ABCD)
                        .given("DAB", a)
                        .given("ABC", b)
                        .given("BCD", c)
                        .ask("CDA")
                        .read(QUADRILATERAL, new Working().plus(a, b, c).from(360), INSIDE, INSIDE, INSIDE, INSIDE)
                        .problem();
    }

    private static Problem outsideFourth(Numbers numbers) {
        int a = numbers.fives(50, 125);
        int b = numbers.fives(50, 125);
        int c = numbers.fives(50, 125);
        int d = 360 - a - b - c;
        Figure figure = d < 45 || d > 135 ? null : quadrilateral(numbers, a, b, c);
        if (figure == null) {
            return null;
        }
        Point corner = figure.at('D');
        figure.point('E', corner.plus(corner.minus(figure.at('C')).unit().times(2)))
                .path("DE");
        return new Draft(POLYGON_ANGLES, 3, figure, ABCD)
                .given("DAB", a)
                .given("ABC", b)
                .given("BCD", c)
                .ask("ADE")
                .read(
                        "quadrilateral with an extended side",
                        new Working().plus(a, b, c).from(360).from(180),
                        INSIDE,
                        INSIDE,
                        INSIDE,
                        "outside")
                .misread(QUADRILATERAL, new Working().plus(a, b, c).from(360), INSIDE, INSIDE, INSIDE, INSIDE)
                .problem();
    }

    /** The diagonal of a rhombus halves the angle. */
    private static Problem besideDiagonal(Numbers numbers) {
        int a = numbers.tens(60, 140);
        Figure figure =
                Figures.parallelogram(4, 4, a).equal(1, "AB", "BC", "CD", "DA").path("BD");
        return new Draft(POLYGON_ANGLES, 2, figure, ABCD)
                .given("DAB", a)
                .ask("ABD")
                .read(
                        "rhombus with a diagonal",
                        new Working().minus(180, a).over(2),
                        "at a corner",
                        "beside the diagonal")
                .misread("rhombus", new Working().minus(180, a), "at a corner", "at the next corner")
                .problem();
    }
}
