package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.CIRCLE;
import static org.reasonrft.data.geometry.Kind.PYTHAGORAS;
import static org.reasonrft.data.geometry.Kind.TANGENT;
import static org.reasonrft.data.geometry.Kind.THALES;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Lengths that a right triangle gives, also where it hides in another figure. */
final class RightTriangleLengths {
    private static final String RIGHT_TRIANGLE = "right triangle";
    private static final String LEG = "leg";
    private static final String HYPOTENUSE = "hypotenuse";

    private RightTriangleLengths() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(PYTHAGORAS, 1, RightTriangleLengths::hypotenuse),
                new Pattern(PYTHAGORAS, 1, RightTriangleLengths::leg),
                new Pattern(PYTHAGORAS, 2, RightTriangleLengths::diagonal),
                new Pattern(PYTHAGORAS, 2, RightTriangleLengths::sideBesideDiagonal),
                new Pattern(PYTHAGORAS, 3, RightTriangleLengths::heightOfIsosceles),
                new Pattern(PYTHAGORAS, 2, RightTriangleLengths::sideOfRhombus),
                new Pattern(THALES, 2, RightTriangleLengths::diameter),
                new Pattern(THALES, 3, RightTriangleLengths::radiusOverChords),
                new Pattern(TANGENT, 2, RightTriangleLengths::fromCentre),
                new Pattern(TANGENT, 2, RightTriangleLengths::tangent),
                new Pattern(CIRCLE, 3, RightTriangleLengths::chord));
    }

    private static Problem hypotenuse(Numbers numbers) {
        int[] sides = numbers.triple(true);
        return new Draft(PYTHAGORAS, 1, Figures.rightTriangle(sides[0], sides[1]), "triangle ABC")
                .given("CA", sides[0])
                .given("CB", sides[1])
                .ask("AB")
                .read(RIGHT_TRIANGLE, new Working().hypotenuse(sides[0], sides[1]), LEG, LEG, HYPOTENUSE)
                .problem();
    }

    private static Problem leg(Numbers numbers) {
        int[] sides = numbers.triple(true);
        return new Draft(PYTHAGORAS, 1, Figures.rightTriangle(sides[0], sides[1]), "triangle ABC")
                .given("AB", sides[2])
                .given("CA", sides[0])
                .ask("CB")
                .read(RIGHT_TRIANGLE, new Working().leg(sides[2], sides[0]), HYPOTENUSE, LEG, LEG)
                .problem();
    }

    private static Problem diagonal(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(PYTHAGORAS, 2, Figures.rectangle(sides[0], sides[1]).path("AC"), "quadrilateral ABCD")
                .given("AB", sides[0])
                .given("BC", sides[1])
                .ask("AC")
                .read("rectangle", new Working().hypotenuse(sides[0], sides[1]), "side", "side", "diagonal")
                .problem();
    }

    private static Problem sideBesideDiagonal(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(PYTHAGORAS, 2, Figures.rectangle(sides[0], sides[1]).path("AC"), "quadrilateral ABCD")
                .given("AC", sides[2])
                .given("AB", sides[0])
                .ask("BC")
                .read("rectangle", new Working().leg(sides[2], sides[0]), "diagonal", "side", "side")
                .problem();
    }

    private static Problem heightOfIsosceles(Numbers numbers) {
        int[] sides = numbers.triple(false);
        Figure figure = new Figure()
                .point('A', -sides[0], 0)
                .point('B', sides[0], 0)
                .point('C', 0, sides[1])
                .point('D', 0, 0)
                .polygon("ABC")
                .dashed("CD")
                .rightAngle("CDB")
                .equal(1, "CA", "CB");
        return new Draft(PYTHAGORAS, 3, figure, "triangle ABC")
                .given("CA", sides[2])
                .given("|AB|", 2 * sides[0])
                .ask("CD")
                .read(
                        "isosceles triangle",
                        new Working().over(2 * sides[0], 2).leg(sides[2], sides[0]),
                        "equal side",
                        "base",
                        "height")
                .problem();
    }

    private static Problem sideOfRhombus(Numbers numbers) {
        int[] sides = numbers.triple(false);
        Figure figure = new Figure()
                .point('A', -sides[0], 0)
                .point('B', 0, -sides[1])
                .point('C', sides[0], 0)
                .point('D', 0, sides[1])
                .point('M', 0, 0)
                .polygon("ABCD")
                .path("AC")
                .path("BD")
                .equal(1, "AB", "BC", "CD", "DA");
        return new Draft(PYTHAGORAS, 2, figure, "quadrilateral ABCD")
                .given("AM", sides[0])
                .given("BM", sides[1])
                .ask("AB")
                .read(
                        "rhombus",
                        new Working().hypotenuse(sides[0], sides[1]),
                        "half of a diagonal",
                        "half of a diagonal",
                        "side")
                .problem();
    }

    /** Triangle ABC in a circle with diameter AB. */
    private static Figure inHalfCircle(int[] sides) {
        double radius = sides[2] / 2.0;
        Figure figure = Figures.circle(radius);
        double angle = StrictMath.toDegrees(StrictMath.atan2(sides[1], sides[0]));
        Figures.onCircle(figure, 'A', radius, 180);
        Figures.onCircle(figure, 'B', radius, 0);
        return Figures.onCircle(figure, 'C', radius, 2 * angle).path("ACB");
    }

    private static Problem diameter(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(THALES, 2, inHalfCircle(sides).path("AB"), "circle O")
                .given("AC", sides[0])
                .given("CB", sides[1])
                .ask("AB")
                .read(
                        "circle with a diameter",
                        new Working().hypotenuse(sides[0], sides[1]),
                        "chord",
                        "chord",
                        "diameter")
                .problem();
    }

    private static Problem radiusOverChords(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(THALES, 3, inHalfCircle(sides).path("AOB"), "circle O")
                .given("AC", sides[0])
                .given("CB", sides[1])
                .ask("OB")
                .read(
                        "circle with a diameter",
                        new Working().hypotenuse(sides[0], sides[1]).over(2),
                        "chord",
                        "chord",
                        "radius")
                .misread(
                        "circle with a diameter",
                        new Working().hypotenuse(sides[0], sides[1]),
                        "chord",
                        "chord",
                        "diameter")
                .problem();
    }

    /** PA of length {@code sides[1]} touches a circle of radius {@code sides[0]} at A. */
    private static Figure touched(int[] sides) {
        Figure figure = Figures.circle(sides[0]);
        return figure.point('A', 0, sides[0])
                .point('P', sides[1], sides[0])
                .path("OAPO")
                .rightAngle("OAP");
    }

    private static Problem fromCentre(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(TANGENT, 2, touched(sides), "circle O")
                .given("OA", sides[0])
                .given("AP", sides[1])
                .ask("OP")
                .read(
                        "circle with a tangent",
                        new Working().hypotenuse(sides[0], sides[1]),
                        "radius",
                        "tangent",
                        "distance from the center")
                .problem();
    }

    private static Problem tangent(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(TANGENT, 2, touched(sides), "circle O")
                .given("OP", sides[2])
                .given("OA", sides[0])
                .ask("AP")
                .read(
                        "circle with a tangent",
                        new Working().leg(sides[2], sides[0]),
                        "distance from the center",
                        "radius",
                        "tangent")
                .problem();
    }

    /** Chord AB at the distance OM from the centre. */
    private static Problem chord(Numbers numbers) {
        int[] sides = numbers.triple(false);
        Figure figure = Figures.circle(sides[2])
                .point('A', -sides[0], -sides[1])
                .point('B', sides[0], -sides[1])
                .point('M', 0, -sides[1])
                .path("AB")
                .path("OB")
                .path("OM")
                .rightAngle("OMA");
        return new Draft(CIRCLE, 3, figure, "circle O")
                .given("OB", sides[2])
                .given("OM", sides[1])
                .ask("|AB|")
                .read(
                        "circle with a chord",
                        new Working().leg(sides[2], sides[1]).times(2),
                        "radius",
                        "distance from the center",
                        "chord")
                .misread(
                        "circle with a chord",
                        new Working().leg(sides[2], sides[1]),
                        "radius",
                        "distance from the center",
                        "half of the chord")
                .problem();
    }
}
