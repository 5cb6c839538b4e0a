package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.CIRCLE;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Radius, diameter, circumference and area of a circle. What is round is given as a multiple of pi. */
final class CircleMeasures {
    private static final String SHAPE = "circle";
    private static final String CIRCLE_O = "circle O";
    private static final String RADIUS = "radius";
    private static final String DIAMETER = "diameter";
    private static final String AROUND = "around";
    private static final String INNER = "inside";

    private CircleMeasures() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(CIRCLE, 1, CircleMeasures::diameterFromRadius),
                new Pattern(CIRCLE, 1, CircleMeasures::radiusFromDiameter),
                new Pattern(CIRCLE, 1, numbers -> circumference(numbers, true)),
                new Pattern(CIRCLE, 1, numbers -> circumference(numbers, false)),
                new Pattern(CIRCLE, 2, numbers -> area(numbers, true)),
                new Pattern(CIRCLE, 2, numbers -> area(numbers, false)),
                new Pattern(CIRCLE, 2, numbers -> fromCircumference(numbers, true)),
                new Pattern(CIRCLE, 2, numbers -> fromCircumference(numbers, false)),
                new Pattern(CIRCLE, 3, CircleMeasures::inSquare));
    }

    /** A circle with the radius OA or the diameter AB. */
    private static Figure circle(Numbers numbers, double radius, boolean withRadius) {
        double direction = numbers.between(0, 360);
        Figure figure = Figures.onCircle(Figures.circle(radius), 'A', radius, direction);
        return withRadius
                ? figure.path("OA")
                : Figures.onCircle(figure, 'B', radius, direction + 180).path("AB");
    }

    /** A circle with the diameter AB and another radius OC. */
    private static Figure withBoth(Numbers numbers, double radius) {
        Figure figure = circle(numbers, radius, false);
        double direction = figure.at('A').degrees();
        return Figures.onCircle(figure, 'C', radius, direction + numbers.between(60, 120))
                .path("OC");
    }

    /** A radius such that the given length is an even number, whichever it is. */
    private static int radius(Numbers numbers, boolean radiusGiven) {
        int given = numbers.even(4, 12);
        return radiusGiven ? given : given / 2;
    }

    private static Problem diameterFromRadius(Numbers numbers) {
        int radius = numbers.even(4, 18);
        return new Draft(CIRCLE, 1, withBoth(numbers, radius), CIRCLE_O)
                .given("OC", radius)
                .ask("|AB|")
                .read(SHAPE, new Working().times(2, radius), RADIUS, DIAMETER)
                .problem();
    }

    private static Problem radiusFromDiameter(Numbers numbers) {
        int radius = numbers.whole(2, 9);
        return new Draft(CIRCLE, 1, withBoth(numbers, radius), CIRCLE_O)
                .given("|AB|", 2 * radius)
                .ask("OC")
                .read(SHAPE, new Working().over(2 * radius, 2), DIAMETER, RADIUS)
                .misread(SHAPE, new Working().times(2, 2 * radius), RADIUS, DIAMETER)
                .problem();
    }

    private static Problem circumference(Numbers numbers, boolean radiusGiven) {
        int radius = radius(numbers, radiusGiven);
        Draft draft =
                new Draft(CIRCLE, 1, circle(numbers, radius, radiusGiven), CIRCLE_O).ask(Quantity.Whole.CIRCUMFERENCE);
        return radiusGiven
                ? draft.given("OA", radius)
                        .read(SHAPE, new Working().times(2, radius).pi(), RADIUS, AROUND)
                        .problem()
                : draft.given("|AB|", 2 * radius)
                        .read(SHAPE, new Working().having(2 * radius).pi(), DIAMETER, AROUND)
                        .misread(SHAPE, new Working().times(2, 2 * radius).pi(), RADIUS, AROUND)
                        .problem();
    }

    private static Problem area(Numbers numbers, boolean radiusGiven) {
        int radius = radius(numbers, radiusGiven);
        Draft draft = new Draft(CIRCLE, 2, circle(numbers, radius, radiusGiven), CIRCLE_O).ask(Quantity.Whole.AREA);
        return radiusGiven
                ? draft.given("OA", radius)
                        .read(SHAPE, new Working().times(radius, radius).pi(), RADIUS, INNER)
                        .problem()
                : draft.given("|AB|", 2 * radius)
                        .read(
                                SHAPE,
                                new Working()
                                        .over(2 * radius, 2)
                                        .times(radius, radius)
                                        .pi(),
                                DIAMETER,
                                INNER)
                        .misread(
                                SHAPE,
                                new Working().times(2 * radius, 2 * radius).pi(),
                                RADIUS,
                                INNER)
                        .problem();
    }

    private static Problem fromCircumference(Numbers numbers, boolean radiusAsked) {
        int radius = numbers.whole(2, 9);
        Draft draft = new Draft(CIRCLE, 2, circle(numbers, radius, radiusAsked), CIRCLE_O)
                .given(Quantity.Whole.CIRCUMFERENCE, new Amount(2 * radius, true));
        return radiusAsked
                ? draft.ask("OA")
                        .read(SHAPE, new Working().over(2 * radius, 2), AROUND, RADIUS)
                        .misread(SHAPE, new Working().same(2 * radius), AROUND, DIAMETER)
                        .problem()
                : draft.ask("|AB|")
                        .read(SHAPE, new Working().same(2 * radius), AROUND, DIAMETER)
                        .problem();
    }

    /** A circle in a square: the side is the diameter. */
    private static Problem inSquare(Numbers numbers) {
        int radius = numbers.whole(2, 9);
        Figure figure = Figures.circle(radius)
                .point('A', -radius, -radius)
                .point('B', radius, -radius)
                .point('C', radius, radius)
                .point('D', -radius, radius)
                .path("ABCDA")
                .rightAngle("DAB")
                .rightAngle("ABC")
                .rightAngle("BCD")
                .rightAngle("CDA");
        return new Draft(CIRCLE, 3, figure, CIRCLE_O)
                .given("AB", 2 * radius)
                .ask(Quantity.Whole.AREA)
                .read(
                        "circle in a square",
                        new Working().over(2 * radius, 2).times(radius, radius).pi(),
                        "side",
                        INNER)
                .misread(
                        "circle in a square",
                        new Working().times(2 * radius, 2 * radius).pi(),
                        RADIUS,
                        INNER)
                .problem();
    }
}
