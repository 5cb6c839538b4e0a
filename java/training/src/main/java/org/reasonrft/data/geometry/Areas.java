package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.AREA;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Areas of polygons. */
final class Areas {
    private static final String SIDE = "side";
    private static final String BASE = "base";
    private static final String HEIGHT = "height";
    private static final String INNER = "inside";

    private Areas() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(AREA, 1, Areas::ofSquare),
                new Pattern(AREA, 1, Areas::ofRectangle),
                new Pattern(AREA, 1, Areas::ofRightTriangle),
                new Pattern(AREA, 1, Areas::ofHalfSquare),
                new Pattern(AREA, 2, Areas::ofParallelogram),
                new Pattern(AREA, 2, Areas::ofTriangle),
                new Pattern(AREA, 2, Areas::ofRhombus),
                new Pattern(AREA, 2, Areas::ofTrapezoid),
                new Pattern(AREA, 3, Areas::ofRightTriangleByHypotenuse),
                new Pattern(AREA, 3, Areas::ofHouse));
    }

    private static Problem ofSquare(Numbers numbers) {
        int side = numbers.even(2, 12);
        Figure figure = Figures.rectangle(side, side).equal(1, "AB", "BC", "CD", "DA");
        return new Draft(AREA, 1, figure, "figure ABCD")
                .given("AB", side)
                .ask(Quantity.Whole.AREA)
                .read("square", new Working().times(side, side), SIDE, INNER)
                .problem();
    }

    private static Problem ofHalfSquare(Numbers numbers) {
        int leg = numbers.even(2, 12);
        Figure figure = Figures.rightTriangle(leg, leg).equal(1, "CA", "CB");
        return new Draft(AREA, 1, figure, "figure ABC")
                .given("CA", leg)
                .ask(Quantity.Whole.AREA)
                .read("isosceles right triangle", new Working().times(leg, leg).over(2), "leg", INNER)
                .misread("square", new Working().times(leg, leg), SIDE, INNER)
                .problem();
    }

    private static Problem ofRectangle(Numbers numbers) {
        int a = numbers.even(2, 12);
        int b = numbers.whole(2, 9);
        if (a == b || a > 4 * b || b > 4 * a) {
            return null;
        }
        return new Draft(AREA, 1, Figures.rectangle(a, b), "figure ABCD")
                .given("AB", a)
                .given("BC", b)
                .ask(Quantity.Whole.AREA)
                .read("rectangle", new Working().times(a, b), SIDE, SIDE, INNER)
                .problem();
    }

    private static Problem ofRightTriangle(Numbers numbers) {
        int a = numbers.even(2, 12);
        int b = numbers.whole(2, 9);
        if (a == b || a > 4 * b || b > 4 * a) {
            return null;
        }
        return new Draft(AREA, 1, Figures.rightTriangle(a, b), "figure ABC")
                .given("CA", a)
                .given("CB", b)
                .ask(Quantity.Whole.AREA)
                .read("right triangle", new Working().times(a, b).over(2), "leg", "leg", INNER)
                .misread("rectangle", new Working().times(a, b), SIDE, SIDE, INNER)
                .problem();
    }

    private static Problem ofParallelogram(Numbers numbers) {
        int base = numbers.even(4, 12);
        int height = numbers.whole(2, 9);
        double foot = height * numbers.between(0.3, 0.6);
        if (base > 3 * height || height > 1.2 * base || foot > 0.8 * base) {
            return null;
        }
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', base, 0)
                .point('C', base + foot, height)
                .point('D', foot, height)
                .point('E', foot, 0)
                .polygon("ABCD")
                .dashed("DE")
                .rightAngle("DEB")
                .parallel(1, "AB", "DC")
                .parallel(2, "AD", "BC");
        return new Draft(AREA, 2, figure, "figure ABCD")
                .given("DC", base)
                .given("DE", height)
                .ask(Quantity.Whole.AREA)
                .read("parallelogram", new Working().times(base, height), BASE, HEIGHT, INNER)
                .problem();
    }

    private static Problem ofTriangle(Numbers numbers) {
        int base = numbers.even(4, 14);
        int height = numbers.whole(3, 10);
        double foot = base * numbers.between(0.25, 0.75);
        if (base > 2.5 * height || height > 1.5 * base) {
            return null;
        }
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', base, 0)
                .point('C', foot, height)
                .point('D', foot, 0)
                .polygon("ABC")
                .dashed("CD")
                .rightAngle("CDB");
        return new Draft(AREA, 2, figure, "figure ABC")
                .given("|AB|", base)
                .given("CD", height)
                .ask(Quantity.Whole.AREA)
                .read("triangle", new Working().times(base, height).over(2), BASE, HEIGHT, INNER)
                .misread("parallelogram", new Working().times(base, height), BASE, HEIGHT, INNER)
                .problem();
    }

    private static Problem ofRhombus(Numbers numbers) {
        int one = numbers.even(4, 14);
        int other = numbers.even(4, 14);
        if (one == other || one > 3 * other || other > 3 * one) {
            return null;
        }
        Figure figure = new Figure()
                .point('A', -one / 2.0, 0)
                .point('B', 0, -other / 2.0)
                .point('C', one / 2.0, 0)
                .point('D', 0, other / 2.0)
                .point('M', 0, 0)
                .polygon("ABCD")
                .path("AC")
                .path("BD")
                .equal(1, "AB", "BC", "CD", "DA");
        return new Draft(AREA, 2, figure, "figure ABCD")
                .given("AM", one / 2)
                .given("BM", other / 2)
                .ask(Quantity.Whole.AREA)
                .read(
                        "rhombus",
                        new Working()
                                .times(2, one / 2)
                                .times(2, other / 2)
                                .times(one, other)
                                .over(2),
                        "half of a diagonal",
                        "half of a diagonal",
                        INNER)
                .misread("rhombus", new Working().times(one / 2, other / 2).over(2), "diagonal", "diagonal", INNER)
                .problem();
    }

    private static Problem ofTrapezoid(Numbers numbers) {
        int bottom = numbers.whole(5, 14);
        int top = numbers.whole(2, 10);
        int height = numbers.even(2, 10);
        if (bottom - top < 2 || height > bottom || bottom > 3 * height) {
            return null;
        }
        double foot = (bottom - top) * numbers.between(0.3, 0.7);
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', bottom, 0)
                .point('C', foot + top, height)
                .point('D', foot, height)
                .point('E', foot, 0)
                .polygon("ABCD")
                .dashed("DE")
                .rightAngle("DEB")
                .parallel(1, "AB", "DC");
        return new Draft(AREA, 2, figure, "figure ABCD")
                .given("|AB|", bottom)
                .given("CD", top)
                .given("DE", height)
                .ask(Quantity.Whole.AREA)
                .read("trapezoid", new Working().plus(bottom, top).times(height).over(2), BASE, BASE, HEIGHT, INNER)
                .misread("trapezoid", new Working().plus(bottom, top).times(height), BASE, BASE, HEIGHT, INNER)
                .problem();
    }

    private static Problem ofRightTriangleByHypotenuse(Numbers numbers) {
        int[] sides = numbers.triple(false);
        return new Draft(AREA, 3, Figures.rightTriangle(sides[0], sides[1]), "figure ABC")
                .given("AB", sides[2])
                .given("CA", sides[0])
                .ask(Quantity.Whole.AREA)
                .read(
                        "right triangle",
                        new Working().leg(sides[2], sides[0]).times(sides[0]).over(2),
                        "hypotenuse",
                        "leg",
                        INNER)
                .misread(
                        "right triangle",
                        new Working().times(sides[2], sides[0]).over(2),
                        "leg",
                        "leg",
                        INNER)
                .problem();
    }

    /** A rectangle with a triangle on it. */
    private static Problem ofHouse(Numbers numbers) {
        int width = numbers.even(4, 10);
        int wall = numbers.whole(3, 8);
        int roof = numbers.whole(2, 6);
        if (wall > 1.3 * width || width > 2.5 * wall || roof > width) {
            return null;
        }
        Figure figure = new Figure()
                .point('A', 0, 0)
                .point('B', width, 0)
                .point('C', width, wall)
                .point('D', width / 2.0, wall + roof)
                .point('E', 0, wall)
                .point('F', width / 2.0, wall)
                .polygon("ABCDE")
                .dashed("EC")
                .dashed("DF")
                .rightAngle("EAB")
                .rightAngle("ABC")
                .rightAngle("DFC");
        return new Draft(AREA, 3, figure, "figure ABCDE")
                .given("AB", width)
                .given("BC", wall)
                .given("DF", roof)
                .ask(Quantity.Whole.AREA)
                .read(
                        "rectangle under a triangle",
                        new Working()
                                .times(width, wall)
                                .times(width, roof)
                                .over(2)
                                .add(width * wall),
                        SIDE,
                        SIDE,
                        HEIGHT,
                        INNER)
                .misread(
                        "rectangle under a triangle",
                        new Working().times(width, wall).times(width, roof).add(width * wall),
                        SIDE,
                        SIDE,
                        HEIGHT,
                        INNER)
                .problem();
    }
}
