package org.reasonrft.data.geometry;

import static org.reasonrft.data.geometry.Kind.SEGMENT_ADDITION;

import java.util.List;
import org.reasonrft.data.geometry.Problem.Draft;

/** Parts of a line and their sums. */
final class LineParts {
    private static final String LINE = "line";
    private static final String PART = "part";
    private static final String WHOLE = "whole";

    private LineParts() {}

    static List<Pattern> all() {
        return List.of(
                new Pattern(SEGMENT_ADDITION, 1, LineParts::sum),
                new Pattern(SEGMENT_ADDITION, 1, LineParts::difference),
                new Pattern(SEGMENT_ADDITION, 1, LineParts::midpoint),
                new Pattern(SEGMENT_ADDITION, 1, LineParts::threeParts),
                new Pattern(SEGMENT_ADDITION, 1, LineParts::middlePart),
                new Pattern(SEGMENT_ADDITION, 3, LineParts::toMidpoint));
    }

    /** Points A, B, ... on a line, this far apart. */
    private static Figure line(double... parts) {
        Figure figure = new Figure().point('A', 0, 0).dot('A');
        StringBuilder letters = new StringBuilder("A");
        double at = 0;
        for (double part : parts) {
            char letter = (char) ('A' + letters.length());
            at += part;
            figure.point(letter, at, 0).dot(letter);
            letters.append(letter);
        }
        return figure.path(letters.toString());
    }

    private static Problem sum(Numbers numbers) {
        int[] parts = numbers.pair(true);
        return new Draft(SEGMENT_ADDITION, 1, line(parts[0], parts[1]), "figure ")
                .given("AB", parts[0])
                .given("BC", parts[1])
                .ask("|AC|")
                .read(LINE, new Working().plus(parts[0], parts[1]), PART, PART, WHOLE)
                .problem();
    }

    private static Problem difference(Numbers numbers) {
        int[] lengths = numbers.pair(true);
        int whole = Math.max(lengths[0], lengths[1]);
        int part = Math.min(lengths[0], lengths[1]);
        if (part * 5 < whole || (whole - part) * 5 < whole) {
            return null;
        }
        return new Draft(SEGMENT_ADDITION, 1, line(part, whole - part), "figure ")
                .given("|AC|", whole)
                .given("AB", part)
                .ask("BC")
                .read(LINE, new Working().minus(whole, part), WHOLE, PART, PART)
                .misread(LINE, new Working().plus(whole, part), PART, PART, WHOLE)
                .problem();
    }

    private static Problem midpoint(Numbers numbers) {
        boolean halfGiven = numbers.coin();
        int half = halfGiven ? numbers.even(4, 18) : numbers.even(4, 18) / 2;
        Figure figure = line(half, half).equal(1, "AB", "BC");
        Draft draft = new Draft(SEGMENT_ADDITION, 1, figure, "figure ");
        String shape = "line with its midpoint";
        if (halfGiven) {
            return draft.given("AB", half)
                    .ask("|AC|")
                    .read(shape, new Working().times(2, half), "half", WHOLE)
                    .problem();
        }
        return draft.given("|AC|", 2 * half)
                .ask(numbers.coin() ? "AB" : "BC")
                .read(shape, new Working().over(2 * half, 2), WHOLE, "half")
                .misread(shape, new Working().times(2, 2 * half), "half", WHOLE)
                .problem();
    }

    private static Problem threeParts(Numbers numbers) {
        // Such numbers as two similar triangles have.
        int a = numbers.whole(2, 6);
        int b = numbers.whole(2, 6);
        int c = numbers.oneOf(2, 3) * a;
        return new Draft(SEGMENT_ADDITION, 1, line(a, b, c), "figure ")
                .given("AB", a)
                .given("BC", b)
                .given("CD", c)
                .ask("|AD|")
                .read(LINE, new Working().plus(a, b, c), PART, PART, PART, WHOLE)
                .problem();
    }

    private static Problem middlePart(Numbers numbers) {
        int a = numbers.whole(2, 6);
        int c = numbers.whole(2, 6);
        int b = numbers.oneOf(2, 3) * a - c + numbers.whole(0, 6);
        if (b < 2) {
            return null;
        }
        return new Draft(SEGMENT_ADDITION, 1, line(a, b, c), "figure ")
                .given("|AD|", a + b + c)
                .given("AB", a)
                .given("CD", c)
                .ask("BC")
                .read(LINE, new Working().plus(a, c).from(a + b + c), WHOLE, PART, PART, PART)
                .misread(LINE, new Working().plus(a + b + c, a, c), PART, PART, PART, WHOLE)
                .problem();
    }

    /** M is the midpoint of BC; asked is AM. */
    private static Problem toMidpoint(Numbers numbers) {
        int[] parts = numbers.pair(false);
        Figure figure = line(parts[0], parts[1] / 2.0, parts[1] / 2.0).equal(1, "BC", "CD");
        return new Draft(SEGMENT_ADDITION, 3, figure, "figure ")
                .given("|BD|", parts[1])
                .given("AB", parts[0])
                .ask("|AC|")
                .read(
                        "line with a midpoint of a part",
                        new Working().over(parts[1], 2).add(parts[0]),
                        PART,
                        PART,
                        "up to the midpoint")
                .misread(LINE, new Working().plus(parts[1], parts[0]), PART, PART, WHOLE)
                .problem();
    }
}
