package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Digits, capitals, the degree sign, the point and the unknown x as strokes of a pen. Fonts differ from machine to
 * machine and may be missing.
 *
 * <p>Each sign is a path on a grid 4 wide and 6 high, y downwards: {@code M x y} lifts the pen, {@code L x y} draws a
 * line, {@code A x y rx ry from to} an arc around (x, y), angles in degrees, counter-clockwise from the right.
 */
final class Alphabet {
    private static final double GRID_HEIGHT = 6;
    private static final double GAP = 1.3;
    private static final Map<Character, List<List<Point>>> SIGNS = new HashMap<>();
    private static final Map<Character, Double> WIDTHS = new HashMap<>();

    static {
        add('0', "A 2 3 1.8 3 0 360");
        add('1', "M 0.8 1.3 L 2.2 0 L 2.2 6");
        add('2', "A 2 1.75 1.75 1.75 165 -35 L 0.2 6 L 3.9 6");
        add('3', "A 1.9 1.5 1.6 1.5 150 -90 M 1.9 3 A 1.9 4.5 1.85 1.5 90 -150");
        add('4', "M 3 6 L 3 0 L 0 4.2 L 4 4.2");
        add('5', "M 3.6 0 L 0.8 0 L 0.5 2.8 A 1.9 4.05 1.9 1.95 138 -150");
        add('6', "A 2 4.1 1.8 1.9 0 360 M 0.2 4.1 A 3.2 4.1 3 4.1 180 100");
        add('7', "M 0.2 0 L 3.9 0 L 1.5 6");
        add('8', "A 2 1.5 1.5 1.5 0 360 M 2 3 A 2 4.5 1.8 1.5 90 450");
        add('9', "A 2 1.9 1.8 1.9 0 360 M 3.8 1.9 A 0.8 1.9 3 4.1 0 -80");
        add('A', "M 0 6 L 2 0 L 4 6 M 0.7 4 L 3.3 4");
        add(
                'B',
                "M 0.3 6 L 0.3 0 L 2.1 0 A 2.1 1.45 1.5 1.45 90 -90 L 0.3 2.9 M 2.1 2.9 A 2.2 4.45 1.7 1.55 90 -90 L 0.3 6");
        add('C', "A 2.1 3 2.1 3 50 310");
        add('D', "M 0.3 6 L 0.3 0 L 1.5 0 A 1.5 3 2.4 3 90 -90 L 0.3 6");
        add('E', "M 3.7 0 L 0.4 0 L 0.4 6 L 3.7 6 M 0.4 3 L 3.2 3");
        add('F', "M 3.7 0 L 0.4 0 L 0.4 6 M 0.4 3 L 3.1 3");
        add('G', "A 2.1 3 2.1 3 50 320 L 3.7 3.3 L 2.3 3.3");
        add('H', "M 0.3 0 L 0.3 6 M 3.7 0 L 3.7 6 M 0.3 3 L 3.7 3");
        add('I', "M 1 0 L 3 0 M 2 0 L 2 6 M 1 6 L 3 6");
        add('J', "M 3 0 L 3 4.3 A 1.6 4.3 1.4 1.7 0 -170");
        add('K', "M 0.4 0 L 0.4 6 M 3.7 0 L 0.4 3.7 M 1.7 2.4 L 3.9 6");
        add('L', "M 0.5 0 L 0.5 6 L 3.7 6");
        add('M', "M 0 6 L 0.3 0 L 2 4.2 L 3.7 0 L 4 6");
        add('N', "M 0.4 6 L 0.4 0 L 3.6 6 L 3.6 0");
        add('O', "A 2 3 2.1 3 0 360");
        add('P', "M 0.4 6 L 0.4 0 L 2.2 0 A 2.2 1.65 1.6 1.65 90 -90 L 0.4 3.3");
        add('Q', "A 2 3 2.1 3 0 360 M 2.5 4.3 L 4.1 6");
        add('R', "M 0.4 6 L 0.4 0 L 2.2 0 A 2.2 1.65 1.6 1.65 90 -90 L 0.4 3.3 M 2 3.3 L 3.9 6");
        add('S', "A 2 1.55 1.7 1.5 40 270 A 2 4.5 1.8 1.5 90 -140");
        add('T', "M 0 0 L 4 0 M 2 0 L 2 6");
        add('U', "M 0.3 0 L 0.3 4 A 2 4 1.7 2 180 360 L 3.7 0");
        add('V', "M 0 0 L 2 6 L 4 0");
        add('W', "M 0 0 L 1 6 L 2 1.8 L 3 6 L 4 0");
        add('X', "M 0.2 0 L 3.8 6 M 3.8 0 L 0.2 6");
        add('Y', "M 0 0 L 2 3 L 4 0 M 2 3 L 2 6");
        add('Z', "M 0.2 0 L 3.8 0 L 0.2 6 L 3.8 6");
        add('x', "M 0.2 2.2 L 3 6 M 3 2.2 L 0.2 6");
        add('°', "A 0.9 0.9 0.9 0.9 0 360");
        add('.', "M 0.4 5.8 L 0.4 6");
    }

    private Alphabet() {}

    /** Width of a text of the given height in pixels. */
    static double width(String text, double height) {
        double width = -GAP;
        for (int i = 0; i < text.length(); i++) {
            width += signWidth(text.charAt(i)) + GAP;
        }
        return width * height / GRID_HEIGHT;
    }

    /** The pen strokes of a text whose box has this corner and height. */
    static List<List<Point>> lines(String text, double left, double top, double height) {
        double scale = height / GRID_HEIGHT;
        double at = left;
        List<List<Point>> lines = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            double x = at;
            for (List<Point> line : SIGNS.get(text.charAt(i))) {
                lines.add(line.stream()
                        .map(point -> new Point(x + point.x() * scale, top + point.y() * scale))
                        .toList());
            }
            at += (signWidth(text.charAt(i)) + GAP) * scale;
        }
        return lines;
    }

    /** Width of the pen for a text of the given height. */
    static double penWidth(double height) {
        return Math.max(1.1, 0.12 * height);
    }

    private static double signWidth(char sign) {
        Double width = WIDTHS.get(sign);
        if (width == null) {
            throw new IllegalArgumentException("text: no sign for '" + sign + "'");
        }
        return width;
    }

    private static void add(char sign, String path) {
        List<List<Point>> lines = new ArrayList<>();
        List<Point> line = new ArrayList<>();
        String[] words = path.split(" ");
        double left = Double.MAX_VALUE;
        double right = -Double.MAX_VALUE;
        for (int i = 0; i < words.length; ) {
            char command = words[i].charAt(0);
            int count = command == 'A' ? 6 : 2;
            double[] numbers = new double[count];
            for (int k = 0; k < count; k++) {
                numbers[k] = Double.parseDouble(words[i + 1 + k]);
            }
            i += 1 + count;
            if (command == 'M') {
                line = new ArrayList<>();
                lines.add(line);
            } else if (lines.isEmpty()) {
                lines.add(line);
            }
            if (command == 'A') {
                for (int step = 0; step <= 16; step++) {
                    double radians = StrictMath.toRadians(numbers[4] + (numbers[5] - numbers[4]) * step / 16);
                    line.add(new Point(
                            numbers[0] + numbers[2] * StrictMath.cos(radians),
                            numbers[1] - numbers[3] * StrictMath.sin(radians)));
                }
            } else {
                line.add(new Point(numbers[0], numbers[1]));
            }
        }
        for (List<Point> each : lines) {
            for (Point point : each) {
                left = Math.min(left, point.x());
                right = Math.max(right, point.x());
            }
        }
        double shift = left;
        SIGNS.put(
                sign,
                lines.stream()
                        .map(each -> each.stream()
                                .map(point -> new Point(point.x() - shift, point.y()))
                                .toList())
                        .toList());
        WIDTHS.put(sign, right - left);
    }
}
