package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.INSCRIBED_ANGLE;
import static org.reasonrft.data.geometry.Kind.TANGENT;
import static org.reasonrft.data.geometry.Kind.THALES;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Angles at circles. */
final class CircleAngles {
    private static final String CIRCLE_O = "circle O";
    private static final String CIRCLE = "circle";
    private static final String CENTER = "at the center";
    private static final String ON_CIRCLE = "on the circle";
    private static final String ON_TANGENT = "on the tangent";
    private static final String DIAMETER = "circle with a diameter";
    private static final String AT_DIAMETER = "at the diameter";
    private static final double RADIUS = 3;

    private CircleAngles() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(INSCRIBED_ANGLE, 1, numbers -> overOneChord(numbers, true)),
                new Pattern(INSCRIBED_ANGLE, 1, numbers -> overOneChord(numbers, false)),
                new Pattern(INSCRIBED_ANGLE, 1, CircleAngles::twoInscribed),
                new Pattern(INSCRIBED_ANGLE, 2, CircleAngles::oppositeInCircle),
                new Pattern(INSCRIBED_ANGLE, 3, CircleAngles::besideRadius),
                new Pattern(THALES, 1, CircleAngles::overDiameter),
                new Pattern(THALES, 1, CircleAngles::besideRadiusToCorner),
                new Pattern(THALES, 1, CircleAngles::atCentreOverDiameter),
                new Pattern(TANGENT, 1, CircleAngles::atTangent),
                new Pattern(TANGENT, 1, CircleAngles::twoTangents),
                new Pattern(TANGENT, 3, CircleAngles::inscribedUnderTangents));
    }

    /** A circle with A and B on it so that AOB measures {@code central}, C on the long arc. */
    private static Figure overChord(Numbers numbers, double central) {
        Figure figure = Figures.circle(RADIUS);
        Figures.onCircle(figure, 'A', RADIUS, 270 - central / 2);
        Figures.onCircle(figure, 'B', RADIUS, 270 + central / 2);
        // Not so far to a side that a chord from C would pass through the centre or near it.
        double room = Math.min(65 - central / 4, central / 2 - 12);
        return Figures.onCircle(figure, 'C', RADIUS, 90 + numbers.between(-1, 1) * room);
    }

    private static Problem overOneChord(Numbers numbers, boolean centralGiven) {
        int inscribed = centralGiven ? numbers.tens(60, 140) / 2 : numbers.tens(30, 70);
        int central = 2 * inscribed;
        Figure figure = overChord(numbers, central).path("OACBO");
        Draft draft = new Draft(INSCRIBED_ANGLE, 1, figure, CIRCLE_O);
        if (centralGiven) {
            return draft.given("AOB", central)
                    .ask("ACB")
                    .read(CIRCLE, new Working().over(central, 2), CENTER, ON_CIRCLE)
                    .misread(CIRCLE, new Working().times(2, central), ON_CIRCLE, CENTER)
                    .problem();
        }
        return draft.given("ACB", inscribed)
                .ask("AOB")
                .read(CIRCLE, new Working().times(2, inscribed), ON_CIRCLE, CENTER)
                .misread(CIRCLE, new Working().over(inscribed, 2), CENTER, ON_CIRCLE)
                .problem();
    }

    private static Problem twoInscribed(Numbers numbers) {
        int inscribed = numbers.tens(30, 60);
        double room = 180 - inscribed;
        Figure figure = Figures.circleWithoutCentre(RADIUS);
        Figures.onCircle(figure, 'A', RADIUS, 270 - inscribed);
        Figures.onCircle(figure, 'B', RADIUS, 270 + inscribed);
        Figures.onCircle(figure, 'C', RADIUS, 90 + room * numbers.between(0.25, 0.5));
        Figures.onCircle(figure, 'D', RADIUS, 90 - room * numbers.between(0.25, 0.5));
        figure.path("ACB").path("ADB");
        return new Draft(INSCRIBED_ANGLE, 1, figure, CIRCLE_O)
                .given("ACB", inscribed)
                .ask("ADB")
                .read(CIRCLE, new Working().same(inscribed), ON_CIRCLE, ON_CIRCLE)
                .problem();
    }

    /** ABCD lies on the circle: opposite angles add up to 180 degrees. */
    private static Problem oppositeInCircle(Numbers numbers) {
        int a = numbers.fives(60, 120);
        Figure figure = Figures.circleWithoutCentre(RADIUS);
        // The arc from B over C to D measures 2a, the one over A the rest.
        double start = 270;
        Figures.onCircle(figure, 'B', RADIUS, start);
        Figures.onCircle(figure, 'C', RADIUS, start + 2 * a * numbers.between(0.4, 0.6));
        Figures.onCircle(figure, 'D', RADIUS, start + 2 * a);
        Figures.onCircle(figure, 'A', RADIUS, start + 2 * a + (360 - 2 * a) * numbers.between(0.4, 0.6));
        figure.polygon("ABCD");
        return new Draft(INSCRIBED_ANGLE, 2, figure, "quadrilateral ABCD")
                .given("DAB", a)
                .ask("BCD")
                .read("quadrilateral in a circle", new Working().minus(180, a), "at a corner", "at the opposite corner")
                .misread("parallelogram", new Working().same(a), "at a corner", "at the opposite corner")
                .problem();
    }

    private static Problem besideRadius(Numbers numbers) {
        int inscribed = numbers.fives(30, 65);
        Figure figure = overChord(numbers, 2 * inscribed).path("OACBO").path("AB");
        return new Draft(INSCRIBED_ANGLE, 3, figure, CIRCLE_O)
                .given("ACB", inscribed)
                .ask("OAB")
                .read(
                        "circle with a chord",
                        new Working().times(2, inscribed).from(180).over(2),
                        ON_CIRCLE,
                        "beside the radius")
                .problem();
    }

    /** AB is a diameter, C on the circle so that BAC measures {@code angle}. */
    private static Figure thales(double angle) {
        Figure figure = Figures.circle(RADIUS);
        Figures.onCircle(figure, 'A', RADIUS, 180);
        Figures.onCircle(figure, 'B', RADIUS, 0);
        return Figures.onCircle(figure, 'C', RADIUS, 2 * angle);
    }

    private static Problem overDiameter(Numbers numbers) {
        int a = numbers.tens(20, 70);
        boolean atA = numbers.coin();
        return new Draft(THALES, 1, thales(atA ? a : 90 - a).path("AB").path("ACB"), CIRCLE_O)
                .given(atA ? "BAC" : "ABC", a)
                .ask(atA ? "ABC" : "BAC")
                .read(DIAMETER, new Working().minus(90, a), AT_DIAMETER, AT_DIAMETER)
                .problem();
    }

    /** The radius to C makes an isosceles triangle. */
    private static Problem besideRadiusToCorner(Numbers numbers) {
        int a = numbers.tens(20, 70);
        return new Draft(THALES, 1, thales(a).path("AB").path("ACB").path("OC"), CIRCLE_O)
                .given("BAC", a)
                .ask("ACO")
                .read(DIAMETER, new Working().same(a), AT_DIAMETER, "beside the radius")
                .misread(DIAMETER, new Working().minus(90, a), AT_DIAMETER, AT_DIAMETER)
                .problem();
    }

    private static Problem atCentreOverDiameter(Numbers numbers) {
        int a = numbers.tens(20, 70);
        return new Draft(THALES, 1, thales(a).path("AB").path("ACB").path("OC"), CIRCLE_O)
                .given("BAC", a)
                .ask("BOC")
                .read(DIAMETER, new Working().times(2, a), AT_DIAMETER, CENTER)
                .misread(DIAMETER, new Working().minus(90, a), AT_DIAMETER, AT_DIAMETER)
                .problem();
    }

    /** PA touches the circle at A. */
    private static Problem atTangent(Numbers numbers) {
        int angle = numbers.tens(20, 70);
        boolean atP = numbers.coin();
        int atCenter = atP ? 90 - angle : angle;
        Figure figure = Figures.circle(RADIUS);
        Figures.onCircle(figure, 'A', RADIUS, 90);
        double reach = RADIUS / StrictMath.cos(StrictMath.toRadians(atCenter));
        figure.point('P', figure.at('O').away(90 - atCenter, reach))
                .path("OAPO")
                .rightAngle("OAP");
        return new Draft(TANGENT, 1, figure, CIRCLE_O)
                .given(atP ? "OPA" : "AOP", angle)
                .ask(atP ? "AOP" : "OPA")
                .read(
                        "circle with a tangent",
                        new Working().minus(90, angle),
                        atP ? ON_TANGENT : CENTER,
                        atP ? CENTER : ON_TANGENT)
                .problem();
    }

    private static Figure tangents(double atP) {
        Figure figure = Figures.circle(RADIUS);
        double half = 90 - atP / 2;
        Figures.onCircle(figure, 'A', RADIUS, half);
        Figures.onCircle(figure, 'B', RADIUS, -half);
        return figure.point('P', RADIUS / StrictMath.cos(StrictMath.toRadians(half)), 0)
                .path("APB");
    }

    private static Problem twoTangents(Numbers numbers) {
        int atP = numbers.tens(40, 110);
        Figure figure = tangents(atP).path("AOB").rightAngle("OAP").rightAngle("OBP");
        return new Draft(TANGENT, 1, figure, CIRCLE_O)
                .given("APB", atP)
                .ask("AOB")
                .read("circle with two tangents", new Working().minus(180, atP), "between the tangents", CENTER)
                .misread("circle with a tangent", new Working().minus(90, atP), ON_TANGENT, CENTER)
                .problem();
    }

    private static Problem inscribedUnderTangents(Numbers numbers) {
        int atP = numbers.even(40, 100);
        Figure figure = Figures.onCircle(tangents(atP), 'C', RADIUS, 180 + numbers.between(-25, 25))
                .path("ACB");
        return new Draft(TANGENT, 3, figure, CIRCLE_O)
                .given("APB", atP)
                .ask("ACB")
                .read(
                        "circle with two tangents",
                        new Working().minus(180, atP).over(2),
                        "between the tangents",
                        ON_CIRCLE)
                .misread("circle with two tangents", new Working().minus(180, atP), "between the tangents", CENTER)
                .problem();
    }
}
