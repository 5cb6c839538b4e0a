package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.PARALLEL_LINES;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Angles at parallel lines. */
final class LineAngles {
    private static final String SHAPE = "parallel lines";
    private static final String NAME = "figure ";
    private static final String OUTSIDE = "outside";
    private static final String BETWEEN = "between";
    private static final String SAME_SIDE = "between on the same side";
    private static final String OTHER_SIDE = "between on the other side";

    private LineAngles() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(PARALLEL_LINES, 1, LineAngles::equal),
                new Pattern(PARALLEL_LINES, 1, LineAngles::interior),
                new Pattern(PARALLEL_LINES, 2, LineAngles::bend),
                new Pattern(PARALLEL_LINES, 2, LineAngles::outsideAndBetween),
                new Pattern(PARALLEL_LINES, 3, LineAngles::parallelInTriangle));
    }

    /** AB above CD, crossed by EF at G and H; EGB, AGH and GHD measure {@code angle}. */
    private static Figure crossed(double angle) {
        Point h = new Point(0, 0);
        double distance = 2.2;
        Point g = h.away(angle, distance / StrictMath.sin(StrictMath.toRadians(angle)));
        double left = Math.min(g.x(), 0) - 2.2;
        double right = Math.max(g.x(), 0) + 2.2;
        return new Figure()
                .point('A', left, distance)
                .point('B', right, distance)
                .point('C', left, 0)
                .point('D', right, 0)
                .point('E', g.away(angle, 1.7))
                .point('F', h.away(angle + 180, 1.7))
                .point('G', g)
                .point('H', h)
                .path("AB")
                .path("CD")
                .path("EF")
                .parallel(1, "GB", "HD");
    }

    /** Corresponding or alternate angles. */
    private static Problem equal(Numbers numbers) {
        int angle = numbers.slanted();
        boolean corresponding = numbers.coin();
        return new Draft(PARALLEL_LINES, 1, crossed(angle), NAME)
                .given(corresponding ? "EGB" : "AGH", angle)
                .ask("GHD")
                .read(
                        SHAPE,
                        new Working().same(angle),
                        corresponding ? OUTSIDE : BETWEEN,
                        corresponding ? SAME_SIDE : OTHER_SIDE)
                .problem();
    }

    private static Problem interior(Numbers numbers) {
        int angle = numbers.slanted();
        boolean down = numbers.coin();
        return new Draft(PARALLEL_LINES, 1, crossed(180 - angle), NAME)
                .given(down ? "BGH" : "CHG", angle)
                .ask(down ? "GHD" : "HGA")
                .read(SHAPE, new Working().minus(180, angle), BETWEEN, SAME_SIDE)
                .misread(SHAPE, new Working().same(angle), BETWEEN, OTHER_SIDE)
                .problem();
    }

    /** The outer angle above and the inner one below, on different sides of the crossing line. */
    private static Problem outsideAndBetween(Numbers numbers) {
        int angle = numbers.slanted() + 5;
        return new Draft(PARALLEL_LINES, 2, crossed(180 - angle), NAME)
                .given("AGE", angle)
                .ask("GHD")
                .read(SHAPE, new Working().same(angle).minus(180, angle), OUTSIDE, OTHER_SIDE)
                .misread(SHAPE, new Working().same(angle), OUTSIDE, SAME_SIDE)
                .problem();
    }

    /** AB and CD are parallel, E lies between them. */
    private static Problem bend(Numbers numbers) {
        int a = numbers.fives(25, 65);
        int c = numbers.fives(25, 65);
        Point e = new Point(0, 0);
        Point atA = e.away(180 - a, 1.6 / StrictMath.sin(StrictMath.toRadians(a)));
        Point atC = e.away(180 + c, 1.6 / StrictMath.sin(StrictMath.toRadians(c)));
        Figure figure = new Figure()
                .point('A', atA)
                .point('B', Math.max(1.5, atA.x() + 3.5), atA.y())
                .point('C', atC)
                .point('D', Math.max(1.5, atC.x() + 3.5), atC.y())
                .point('E', e)
                .path("BAECD")
                .parallel(1, "AB", "CD");
        return new Draft(PARALLEL_LINES, 2, figure, NAME)
                .given("BAE", a)
                .given("DCE", c)
                .ask("AEC")
                .read("parallel lines with a bend", new Working().plus(a, c), "at a line", "at a line", "at the bend")
                .misread("triangle", new Working().plus(a, c).from(180), "inside", "inside", "inside")
                .problem();
    }

    /** DE is parallel to AB in triangle ABC, D on AC. */
    private static Problem parallelInTriangle(Numbers numbers) {
        int c = numbers.whole(35, 100);
        int d = numbers.whole(35, 100);
        if (c + d > 145) {
            return null;
        }
        Figure figure = Figures.triangle(d, 180 - c - d, 6);
        figure.point('D', figure.at('C').towards(figure.at('A'), 0.55))
                .point('E', figure.at('C').towards(figure.at('B'), 0.55))
                .path("DE")
                .parallel(1, "DE", "AB");
        return new Draft(PARALLEL_LINES, 3, figure, "triangle ABC")
                .given("ACB", c)
                .given("CDE", d)
                .ask("CBA")
                .read(
                        "triangle with a parallel line",
                        new Working().same(d).plus(c, d).from(180),
                        "inside",
                        "at the parallel line",
                        "inside")
                .problem();
    }
}
