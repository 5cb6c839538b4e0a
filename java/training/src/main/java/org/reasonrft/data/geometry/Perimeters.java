package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.PERIMETER;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Perimeters of polygons, whose ticks say which sides are equal. */
final class Perimeters {
    private static final String SIDE = "side";
    private static final String AROUND = "around";

    private Perimeters() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(PERIMETER, 1, Perimeters::ofRegular),
                new Pattern(PERIMETER, 1, Perimeters::ofRegular),
                new Pattern(PERIMETER, 1, Perimeters::ofRectangle),
                new Pattern(PERIMETER, 1, Perimeters::ofIsosceles),
                new Pattern(PERIMETER, 1, Perimeters::ofIsosceles),
                new Pattern(PERIMETER, 2, Perimeters::ofRhombus),
                new Pattern(PERIMETER, 2, Perimeters::ofTriangle),
                new Pattern(PERIMETER, 2, Perimeters::ofParallelogram),
                new Pattern(PERIMETER, 2, Perimeters::ofTrapezoid),
                new Pattern(PERIMETER, 3, Perimeters::ofRightTriangle),
                new Pattern(PERIMETER, 3, Perimeters::ofRectangleByDiagonal));
    }

    private static Problem ofRegular(Numbers numbers) {
        int corners = numbers.oneOf(3, 4, 5, 6, 8);
        int side = numbers.whole(2, 9);
        int seen = corners == 6 ? 5 : corners == 5 ? 6 : corners == 8 ? 6 : corners;
        Figure figure = Figures.regular(corners, side);
        return new Draft(PERIMETER, 1, figure, "polygon " + figure.outline())
                .given("AB", side)
                .ask(Quantity.Whole.PERIMETER)
                .read(Figures.nameOfRegular(corners), new Working().times(corners, side), SIDE, AROUND)
                .misread(Figures.nameOfRegular(seen), new Working().times(seen, side), SIDE, AROUND)
                .problem();
    }

    private static Problem ofRhombus(Numbers numbers) {
        int side = numbers.whole(2, 9);
        Figure figure =
                Figures.parallelogram(side, side, numbers.between(50, 70)).equal(1, "AB", "BC", "CD", "DA");
        return new Draft(PERIMETER, 2, figure, "polygon ABCD")
                .given("AB", side)
                .ask(Quantity.Whole.PERIMETER)
                .read("rhombus", new Working().times(4, side), SIDE, AROUND)
                .problem();
    }

    private static Problem ofRectangle(Numbers numbers) {
        int[] sides = numbers.pair(true);
        return new Draft(PERIMETER, 1, Figures.rectangle(sides[0], sides[1]), "polygon ABCD")
                .given("AB", sides[0])
                .given("BC", sides[1])
                .ask(Quantity.Whole.PERIMETER)
                .read("rectangle", new Working().plus(sides[0], sides[1]).times(2), SIDE, SIDE, AROUND)
                .problem();
    }

    private static Problem ofTriangle(Numbers numbers) {
        int a = numbers.whole(4, 12);
        int b = numbers.whole(4, 12);
        int c = numbers.whole(4, 12);
        Figure figure = triangle(a, b, c);
        return figure == null || a == b || b == c || a == c
                ? null
                : new Draft(PERIMETER, 2, figure, "polygon ABC")
                        .given("BC", a)
                        .given("CA", b)
                        .given("AB", c)
                        .ask(Quantity.Whole.PERIMETER)
                        .read("triangle", new Working().plus(a, b, c), SIDE, SIDE, SIDE, AROUND)
                        .problem();
    }

    private static Problem ofIsosceles(Numbers numbers) {
        int[] sides = numbers.pair(true);
        Figure figure = triangle(sides[0], sides[0], sides[1]);
        if (figure == null) {
            return null;
        }
        figure.equal(1, "CA", "CB");
        return new Draft(PERIMETER, 1, figure, "polygon ABC")
                .given("CA", sides[0])
                .given("AB", sides[1])
                .ask(Quantity.Whole.PERIMETER)
                .read(
                        "isosceles triangle",
                        new Working().times(2, sides[0]).add(sides[1]),
                        "equal side",
                        "base",
                        AROUND)
                .misread(
                        "isosceles triangle",
                        new Working().times(2, sides[1]).add(sides[0]),
                        "base",
                        "equal side",
                        AROUND)
                .problem();
    }

    private static Problem ofParallelogram(Numbers numbers) {
        int[] sides = numbers.pair(true);
        Figure figure = Figures.parallelogram(sides[0], sides[1], numbers.between(50, 72))
                .parallel(1, "AB", "DC")
                .parallel(2, "AD", "BC");
        return new Draft(PERIMETER, 2, figure, "polygon ABCD")
                .given("AB", sides[0])
                .given("BC", sides[1])
                .ask(Quantity.Whole.PERIMETER)
                .read("parallelogram", new Working().plus(sides[0], sides[1]).times(2), SIDE, SIDE, AROUND)
                .problem();
    }

    /** An isosceles trapezoid. */
    private static Problem ofTrapezoid(Numbers numbers) {
        int leg = numbers.whole(3, 8);
        int top = numbers.whole(3, 8);
        int bottom = top + numbers.whole(2, 6);
        double inset = (bottom - top) / 2.0;
        if (inset > 0.75 * leg) {
            return null;
        }
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', bottom, 0)
                .point('C', bottom - inset, Math.sqrt(leg * leg - inset * inset))
                .point('D', inset, Math.sqrt(leg * leg - inset * inset))
                .polygon("ABCD")
                .equal(1, "AD", "BC")
                .parallel(1, "AB", "DC");
        return new Draft(PERIMETER, 2, figure, "polygon ABCD")
                .given("AB", bottom)
                .given("CD", top)
                .given("BC", leg)
                .ask(Quantity.Whole.PERIMETER)
                .read(
                        "isosceles trapezoid",
                        new Working().times(2, leg).plus(2 * leg, bottom, top),
                        "base",
                        "base",
                        "equal side",
                        AROUND)
                .misread("triangle", new Working().plus(bottom, top, leg), SIDE, SIDE, SIDE, AROUND)
                .problem();
    }

    private static Problem ofRightTriangle(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(PERIMETER, 3, Figures.rightTriangle(sides[0], sides[1]), "polygon ABC")
                .given("CA", sides[0])
                .given("CB", sides[1])
                .ask(Quantity.Whole.PERIMETER)
                .read(
                        "right triangle",
                        new Working().hypotenuse(sides[0], sides[1]).plus(sides[0], sides[1], sides[2]),
                        "leg",
                        "leg",
                        AROUND)
                .problem();
    }

    private static Problem ofRectangleByDiagonal(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(PERIMETER, 3, Figures.rectangle(sides[0], sides[1]).path("AC"), "polygon ABCD")
                .given("AC", sides[2])
                .given("AB", sides[0])
                .ask(Quantity.Whole.PERIMETER)
                .read(
                        "rectangle",
                        new Working()
                                .leg(sides[2], sides[0])
                                .plus(sides[0], sides[1])
                                .times(2),
                        "diagonal",
                        SIDE,
                        AROUND)
                .misread("rectangle", new Working().plus(sides[2], sides[0]).times(2), SIDE, SIDE, AROUND)
                .problem();
    }

    /** Triangle ABC with these sides opposite A, B and C, or null if there is none that is not too flat. */
    static Figure triangle(double a, double b, double c) {
        double x = (b * b + c * c - a * a) / (2 * c);
        double squaredHeight = b * b - x * x;
        double longest = Math.max(a, Math.max(b, c));
        if (squaredHeight < 0.1 * longest * longest) {
            return null;
        }
        return new Figure()
                .point('A', 0, 0)
                .point('B', c, 0)
                .point('C', x, Math.sqrt(squaredHeight))
                .polygon("ABC");
    }
}
