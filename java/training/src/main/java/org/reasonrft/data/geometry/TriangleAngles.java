package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.ANGLE_SUM;
import static org.reasonrft.data.geometry.Kind.EXTERIOR_ANGLE;
import static org.reasonrft.data.geometry.Kind.ISOSCELES;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Angles inside and outside a triangle. */
final class TriangleAngles {
    private static final String TRIANGLE = "triangle";
    private static final String ABC = "triangle ABC";
    private static final String ISOSCELES_TRIANGLE = "isosceles triangle";
    private static final String EXTENDED = "triangle with an extended side";
    private static final String EXTENDED_ISOSCELES = "isosceles triangle with an extended side";
    private static final String INSIDE = "inside";
    private static final String OUTSIDE = "outside";
    private static final String APEX = "at the apex";
    private static final String BASE = "at the base";

    private TriangleAngles() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(ANGLE_SUM, 1, TriangleAngles::acuteInRightTriangle),
                new Pattern(ANGLE_SUM, 1, TriangleAngles::third),
                new Pattern(ANGLE_SUM, 3, TriangleAngles::halfOfThird),
                new Pattern(ISOSCELES, 1, TriangleAngles::baseFromApex),
                new Pattern(ISOSCELES, 1, TriangleAngles::apexFromBase),
                new Pattern(ISOSCELES, 1, TriangleAngles::otherBase),
                new Pattern(ISOSCELES, 2, TriangleAngles::baseFromOutsideApex),
                new Pattern(ISOSCELES, 3, TriangleAngles::apexFromOutsideBase),
                new Pattern(EXTERIOR_ANGLE, 1, TriangleAngles::beside),
                new Pattern(EXTERIOR_ANGLE, 1, TriangleAngles::outerFromRemote),
                new Pattern(EXTERIOR_ANGLE, 2, TriangleAngles::remoteFromOuter),
                new Pattern(EXTERIOR_ANGLE, 3, TriangleAngles::thirdFromTwoOuter));
    }

    private static Problem acuteInRightTriangle(Numbers numbers) {
        int a = numbers.tens(20, 70);
        Figure figure = Figures.triangle(a, 90 - a, 6).rightAngle("ACB");
        return new Draft(ANGLE_SUM, 1, figure, ABC)
                .given("BAC", a)
                .ask("ABC")
                .read("right triangle", new Working().minus(90, a), INSIDE, INSIDE)
                .problem();
    }

    private static Problem third(Numbers numbers) {
        int a = numbers.tens(30, 80);
        int b = numbers.tens(30, 80);
        if (a + b > 150) {
            return null;
        }
        return new Draft(ANGLE_SUM, 1, Figures.triangle(a, b, 6), ABC)
                .given("BAC", a)
                .given("ABC", b)
                .ask("ACB")
                .read(TRIANGLE, new Working().plus(a, b).from(180), INSIDE, INSIDE, INSIDE)
                .problem();
    }

    private static Problem halfOfThird(Numbers numbers) {
        int a = numbers.fives(25, 90);
        int b = numbers.fives(25, 90);
        int c = 180 - a - b;
        if (c < 60 || a == b) {
            return null;
        }
        Figure figure = Figures.triangle(a, b, 6);
        // The bisector divides the opposite side as the other two sides.
        double share = 1
                / (1 + figure.at('B').distance(figure.at('C')) / figure.at('A').distance(figure.at('C')));
        figure.point('D', figure.at('A').towards(figure.at('B'), share))
                .path("CD")
                .equalAngles(1, "ACD", "DCB");
        return new Draft(ANGLE_SUM, 3, figure, ABC)
                .given("BAC", a)
                .given("ABC", b)
                .ask("ACD")
                .read(
                        "triangle with an angle bisector",
                        new Working().plus(a, b).from(180).over(2),
                        INSIDE,
                        INSIDE,
                        "half of an angle")
                .misread(TRIANGLE, new Working().plus(a, b).from(180), INSIDE, INSIDE, INSIDE)
                .problem();
    }

    private static Problem baseFromApex(Numbers numbers) {
        int apex = numbers.tens(20, 140);
        return new Draft(ISOSCELES, 1, Figures.isosceles(apex), ABC)
                .given("ACB", apex)
                .ask(numbers.coin() ? "CAB" : "ABC")
                .read(ISOSCELES_TRIANGLE, new Working().minus(180, apex).over(2), APEX, BASE)
                .misread(ISOSCELES_TRIANGLE, new Working().times(2, apex).from(180), BASE, APEX)
                .problem();
    }

    private static Problem apexFromBase(Numbers numbers) {
        int base = numbers.tens(20, 80);
        return new Draft(ISOSCELES, 1, Figures.isosceles(180 - 2 * base), ABC)
                .given(numbers.coin() ? "CAB" : "ABC", base)
                .ask("ACB")
                .read(ISOSCELES_TRIANGLE, new Working().times(2, base).from(180), BASE, APEX)
                .problem();
    }

    private static Problem otherBase(Numbers numbers) {
        int base = numbers.tens(20, 80);
        return new Draft(ISOSCELES, 1, Figures.isosceles(180 - 2 * base), ABC)
                .given("CAB", base)
                .ask("ABC")
                .read(ISOSCELES_TRIANGLE, new Working().same(base), BASE, BASE)
                .problem();
    }

    /** AC is extended beyond the apex C to D. */
    private static Problem baseFromOutsideApex(Numbers numbers) {
        int outside = numbers.tens(40, 140);
        Figure figure = Figures.isosceles(180 - outside);
        Point apex = figure.at('C');
        figure.point('D', apex.plus(apex.minus(figure.at('A')).times(0.6))).path("CD");
        return new Draft(ISOSCELES, 2, figure, ABC)
                .given("DCB", outside)
                .ask("ABC")
                .read(
                        EXTENDED_ISOSCELES,
                        new Working().minus(180, outside).from(180).over(2),
                        "outside the apex",
                        BASE)
                .misread(ISOSCELES_TRIANGLE, new Working().minus(180, outside).over(2), APEX, BASE)
                .problem();
    }

    private static Problem apexFromOutsideBase(Numbers numbers) {
        int outside = numbers.fives(100, 160);
        Figure figure = Figures.extendedBeyondB(Figures.isosceles(2 * outside - 180));
        return new Draft(ISOSCELES, 3, figure, ABC)
                .given("DBC", outside)
                .ask("ACB")
                .read(
                        EXTENDED_ISOSCELES,
                        new Working().minus(180, outside).times(2).from(180),
                        "outside the base",
                        APEX)
                .misread(EXTENDED_ISOSCELES, new Working().minus(180, outside).over(2), "outside the base", APEX)
                .problem();
    }

    /** The angles inside and outside at one corner. */
    private static Problem beside(Numbers numbers) {
        int inner = numbers.slanted();
        boolean innerGiven = numbers.coin();
        int given = innerGiven ? inner : 180 - inner;
        return new Draft(EXTERIOR_ANGLE, 1, extended(numbers.fives(25, 150 - inner), inner), ABC)
                .given(innerGiven ? "ABC" : "DBC", given)
                .ask(innerGiven ? "DBC" : "ABC")
                .read(
                        EXTENDED,
                        new Working().minus(180, given),
                        innerGiven ? INSIDE : OUTSIDE,
                        innerGiven ? OUTSIDE : INSIDE)
                .problem();
    }

    private static Problem outerFromRemote(Numbers numbers) {
        int a = numbers.tens(30, 80);
        int c = numbers.tens(30, 80);
        if (a + c > 150) {
            return null;
        }
        return new Draft(EXTERIOR_ANGLE, 1, extended(a, 180 - a - c), ABC)
                .given("BAC", a)
                .given("ACB", c)
                .ask("DBC")
                .read(EXTENDED, new Working().plus(a, c), INSIDE, INSIDE, OUTSIDE)
                .misread(TRIANGLE, new Working().plus(a, c).from(180), INSIDE, INSIDE, INSIDE)
                .problem();
    }

    private static Problem remoteFromOuter(Numbers numbers) {
        int a = numbers.fives(25, 90);
        int outer = numbers.fives(a + 25, 150);
        return new Draft(EXTERIOR_ANGLE, 2, extended(a, 180 - outer), ABC)
                .given("DBC", outer)
                .given("BAC", a)
                .ask("ACB")
                .read(EXTENDED, new Working().minus(outer, a), OUTSIDE, INSIDE, INSIDE)
                .misread(TRIANGLE, new Working().plus(outer, a).from(180), INSIDE, INSIDE, INSIDE)
                .problem();
    }

    /** AB is extended beyond both of its ends. */
    private static Problem thirdFromTwoOuter(Numbers numbers) {
        int atA = numbers.fives(100, 150);
        int atB = numbers.fives(100, 150);
        Figure figure = extended(180 - atA, 180 - atB);
        Point a = figure.at('A');
        figure.point('E', a.minus(new Point(2.5, 0))).path("EA");
        return new Draft(EXTERIOR_ANGLE, 3, figure, ABC)
                .given("EAC", atA)
                .given("DBC", atB)
                .ask("ACB")
                .read(
                        "triangle with two extended sides",
                        new Working()
                                .minus(180, atA)
                                .minus(180, atB)
                                .plus(180 - atA, 180 - atB)
                                .from(180),
                        OUTSIDE,
                        OUTSIDE,
                        INSIDE)
                .problem();
    }

    private static Figure extended(int angleA, int angleB) {
        return Figures.extendedBeyondB(Figures.triangle(angleA, angleB, 5));
    }
}
