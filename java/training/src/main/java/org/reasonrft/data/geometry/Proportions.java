package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.ISOSCELES;
import static org.reasonrft.data.geometry.Kind.MIDLINE;
import static org.reasonrft.data.geometry.Kind.SIMILAR_TRIANGLES;
import static org.reasonrft.data.geometry.Kind.TANGENT;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Lengths that are equal, halved or in proportion. */
final class Proportions {
    private static final String MIDDLE_LINE = "midline";
    private static final String BASE = "base";
    private static final String AT_APEX = "part at the apex";
    private static final String AT_BASE = "part at the base";

    private Proportions() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(MIDLINE, 1, numbers -> inTriangle(numbers, true)),
                new Pattern(MIDLINE, 1, numbers -> inTriangle(numbers, false)),
                new Pattern(MIDLINE, 2, Proportions::ofTrapezoid),
                new Pattern(MIDLINE, 3, Proportions::baseOfTrapezoid),
                new Pattern(SIMILAR_TRIANGLES, 1, Proportions::enlarged),
                new Pattern(SIMILAR_TRIANGLES, 2, Proportions::dividedSides),
                new Pattern(SIMILAR_TRIANGLES, 3, Proportions::parallelBase),
                new Pattern(ISOSCELES, 1, Proportions::equalSide),
                new Pattern(TANGENT, 1, Proportions::equalTangents));
    }

    private static Problem inTriangle(Numbers numbers, boolean midlineGiven) {
        int half = midlineGiven ? numbers.even(4, 18) : numbers.even(4, 18) / 2;
        Figure figure = Figures.triangle(numbers.between(45, 75), numbers.between(45, 75), 2 * half);
        figure.point('D', figure.at('A').towards(figure.at('C'), 0.5))
                .point('E', figure.at('B').towards(figure.at('C'), 0.5))
                .path("DE")
                .equal(1, "AD", "DC")
                .equal(2, "BE", "EC");
        Draft draft = new Draft(MIDLINE, 1, figure, "triangle ABC");
        String shape = "triangle with a midline";
        if (midlineGiven) {
            return draft.given("DE", half)
                    .ask("AB")
                    .read(shape, new Working().times(2, half), MIDDLE_LINE, BASE)
                    .problem();
        }
        return draft.given("AB", 2 * half)
                .ask("DE")
                .read(shape, new Working().over(2 * half, 2), BASE, MIDDLE_LINE)
                .misread(shape, new Working().times(2, 2 * half), MIDDLE_LINE, BASE)
                .problem();
    }

    /** Trapezoid ABCD with the midline EF, or null if the bases are too much alike. */
    private static Figure trapezoid(Numbers numbers, int ab, int cd) {
        if (Math.abs(ab - cd) < 2 || Math.max(ab, cd) > 4 * Math.min(ab, cd)) {
            return null;
        }
        double height = numbers.between(0.45, 0.7) * Math.max(ab, cd);
        double shift = (ab - cd) * numbers.between(0.2, 0.8);
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', ab, 0)
                .point('C', shift + cd, height)
                .point('D', shift, height)
                .polygon("ABCD");
        return figure.point('E', figure.at('A').towards(figure.at('D'), 0.5))
                .point('F', figure.at('B').towards(figure.at('C'), 0.5))
                .path("EF")
                .equal(1, "AE", "ED")
                .equal(2, "BF", "FC")
                .parallel(1, "AB", "DC");
    }

    private static Problem ofTrapezoid(Numbers numbers) {
        int[] bases = numbers.pair(true);
        Figure figure = trapezoid(numbers, bases[0], bases[1]);
        return figure == null
                ? null
                : new Draft(MIDLINE, 2, figure, "quadrilateral ABCD")
                        .given("AB", bases[0])
                        .given("CD", bases[1])
                        .ask("EF")
                        .read(
                                "trapezoid with a midline",
                                new Working().plus(bases[0], bases[1]).over(2),
                                BASE,
                                BASE,
                                MIDDLE_LINE)
                        .problem();
    }

    private static Problem baseOfTrapezoid(Numbers numbers) {
        int[] given = numbers.pair(true);
        int other = 2 * given[0] - given[1];
        Figure figure = other < 2 ? null : trapezoid(numbers, given[1], other);
        return figure == null
                ? null
                : new Draft(MIDLINE, 3, figure, "quadrilateral ABCD")
                        .given("EF", given[0])
                        .given("AB", given[1])
                        .ask("CD")
                        .read(
                                "trapezoid with a midline",
                                new Working().times(2, given[0]).minus(given[1]),
                                MIDDLE_LINE,
                                BASE,
                                BASE)
                        .misread(
                                "trapezoid with a midline",
                                new Working().plus(given[0], given[1]).over(2),
                                BASE,
                                BASE,
                                MIDDLE_LINE)
                        .problem();
    }

    /** Triangle DEF is ABC two or three times as large. */
    private static Problem enlarged(Numbers numbers) {
        int factor = numbers.oneOf(2, 3);
        int ab = numbers.whole(2, 6);
        int ac = numbers.whole(2, 6);
        if (ab == ac || Math.max(ab, ac) > 2 * Math.min(ab, ac)) {
            return null;
        }
        double angle = numbers.between(55, 95);
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', ab, 0)
                .point('C', new Point(0, 0).away(angle, ac))
                .polygon("ABC");
        double right = Math.max(ab, figure.at('C').x())
                + 1.5
                + Math.max(0, -factor * ac * StrictMath.cos(StrictMath.toRadians(angle)));
        Point d = new Point(right, 0);
        figure.point('D', d)
                .point('E', d.plus(new Point(factor * ab, 0)))
                .point('F', d.away(angle, factor * ac))
                .polygon("DEF")
                .equalAngles(1, "BAC", "EDF")
                .equalAngles(2, "ABC", "DEF");
        boolean large = numbers.coin();
        return large
                ? new Draft(SIMILAR_TRIANGLES, 1, figure, "figure ")
                        .given("AB", ab)
                        .given("AC", ac)
                        .given("DE", factor * ab)
                        .ask("DF")
                        .read(
                                "similar triangles",
                                new Working().over(factor * ab, ab).times(ac),
                                "side of the small one",
                                "side of the small one",
                                "side of the large one",
                                "side of the large one")
                        .problem()
                : new Draft(SIMILAR_TRIANGLES, 1, figure, "figure ")
                        .given("AB", ab)
                        .given("DE", factor * ab)
                        .given("DF", factor * ac)
                        .ask("AC")
                        .read(
                                "similar triangles",
                                new Working().over(factor * ab, ab).overInto(factor * ac),
                                "side of the small one",
                                "side of the large one",
                                "side of the large one",
                                "side of the small one")
                        .problem();
    }

    /** DE is parallel to BC; D lies on AB, E on AC. */
    private static Figure cut(Numbers numbers, double ad, double db, double ae) {
        double factor = (ad + db) / ad;
        double angle = numbers.between(45, 80);
        Point a = new Point(0, 0);
        return new Figure()
                .point('A', a)
                .point('B', a.away(180, ad + db))
                .point('C', a.away(180 + angle, ae * factor))
                .point('D', a.away(180, ad))
                .point('E', a.away(180 + angle, ae))
                .outline("ABC")
                .path("ADB")
                .path("AEC")
                .path("BC")
                .path("DE")
                .parallel(1, "DE", "BC");
    }

    private static Problem dividedSides(Numbers numbers) {
        int ad = numbers.whole(2, 9);
        int db = numbers.whole(2, 9);
        int ae = numbers.whole(3, 12);
        if (ae * db % ad != 0 || ad == db || ae > 2 * ad || ad > 2 * ae) {
            return null;
        }
        return new Draft(SIMILAR_TRIANGLES, 2, cut(numbers, ad, db, ae), "triangle ABC")
                .given("AD", ad)
                .given("DB", db)
                .given("AE", ae)
                .ask("EC")
                .read(
                        "triangle with a parallel line",
                        new Working().times(ae, db).over(ad),
                        AT_APEX,
                        AT_BASE,
                        AT_APEX,
                        AT_BASE)
                .problem();
    }

    private static Problem parallelBase(Numbers numbers) {
        int ad = numbers.whole(2, 9);
        int db = numbers.whole(2, 9);
        int de = numbers.whole(3, 12);
        if (de * (ad + db) % ad != 0 || de > 2 * ad || ad > 2 * de) {
            return null;
        }
        // With AE = AD the angle at A makes DE as long as wanted.
        double half = StrictMath.toDegrees(StrictMath.asin(Math.min(1, de / (2.0 * ad))));
        if (half < 20 || half > 50) {
            return null;
        }
        double factor = (ad + db) / (double) ad;
        Point a = new Point(0, 0);
        Figure figure = new Figure()
                .point('A', a)
                .point('B', a.away(270 - half, ad * factor))
                .point('C', a.away(270 + half, ad * factor))
                .point('D', a.away(270 - half, ad))
                .point('E', a.away(270 + half, ad))
                .outline("ABC")
                .path("ADB")
                .path("AEC")
                .path("BC")
                .path("DE")
                .parallel(1, "DE", "BC");
        return new Draft(SIMILAR_TRIANGLES, 3, figure, "triangle ABC")
                .given("AD", ad)
                .given("DB", db)
                .given("DE", de)
                .ask("BC")
                .read(
                        "triangle with a parallel line",
                        new Working().plus(ad, db).times(de).over(ad),
                        AT_APEX,
                        AT_BASE,
                        "parallel line",
                        BASE)
                .misread(
                        "triangle with a parallel line",
                        new Working().times(de, db).over(ad),
                        AT_APEX,
                        "whole side",
                        "parallel line",
                        BASE)
                .problem();
    }

    private static Problem equalSide(Numbers numbers) {
        int side = numbers.even(4, 18);
        double base = 2 * side * StrictMath.sin(StrictMath.toRadians(numbers.between(35, 100) / 2));
        double height = Math.sqrt(side * side - base * base / 4);
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', base, 0)
                .point('C', base / 2, height)
                .polygon("ABC")
                .equal(1, "CA", "CB");
        return new Draft(ISOSCELES, 1, figure, "triangle ABC")
                .given("CA", side)
                .ask("CB")
                .read("isosceles triangle", new Working().same(side), "equal side", "equal side")
                .problem();
    }

    private static Problem equalTangents(Numbers numbers) {
        int length = numbers.even(4, 18);
        double half = numbers.between(50, 65);
        double radius = length / StrictMath.tan(StrictMath.toRadians(half));
        Figure figure = Figures.circle(radius);
        Figures.onCircle(figure, 'A', radius, half);
        Figures.onCircle(figure, 'B', radius, -half);
        figure.point('P', radius / StrictMath.cos(StrictMath.toRadians(half)), 0)
                .path("APB");
        return new Draft(TANGENT, 1, figure, "circle O")
                .given("PA", length)
                .ask("PB")
                .read("circle with two tangents", new Working().same(length), "tangent", "tangent")
                .problem();
    }
}
