package org.reasonrft.data.geometry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.generated.Picture;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;

class FigureDrawingTest {
    private static GeometryGenerator generator(int size) {
        return new GeometryGenerator(new GeometrySpec(3, null, size, 0));
    }

    @ParameterizedTest
    @CsvSource({"TRAIN, 128", "SHIFT, 128", "TRAIN, 336", "SHIFT, 336", "CAPTIONS, 200"})
    void labelsLieInsideAndTouchNothing(Purpose purpose, int size) {
        int labels = 0;
        for (int i = 0; i < 150; i++) {
            Drawing drawing = generator(size).compose(Split.of(purpose), 3, i).drawing();
            for (Drawing.Label label : drawing.labels()) {
                labels++;
                String name = label + " of " + purpose + " " + i;
                assertThat(label.left()).as(name).isPositive();
                assertThat(label.top()).as(name).isPositive();
                assertThat(label.right()).as(name).isLessThan(size);
                assertThat(label.bottom()).as(name).isLessThan(size);
                for (Drawing.Label other : drawing.labels()) {
                    boolean apart = label.right() < other.left()
                            || other.right() < label.left()
                            || label.bottom() < other.top()
                            || other.bottom() < label.top();
                    assertThat(label == other || apart).as(name + ", " + other).isTrue();
                }
                assertThat(linesInside(drawing, label)).as(name).isZero();
            }
        }
        assertThat(labels).isGreaterThan(500);
    }

    /** Walks along every line in steps of a quarter pixel; the strokes of the labels themselves come last. */
    private static int linesInside(Drawing drawing, Drawing.Label label) {
        int inside = 0;
        List<Drawing.Item> items = drawing.items();
        for (Drawing.Item item :
                items.subList(0, items.size() - drawing.labels().size())) {
            if (!(item instanceof Drawing.Stroke stroke)) {
                continue;
            }
            for (List<Point> line : stroke.lines()) {
                for (int i = 1; i < line.size(); i++) {
                    int steps = (int) Math.ceil(4 * Ruler.length(line.get(i - 1), line.get(i))) + 1;
                    for (int step = 0; step <= steps; step++) {
                        Point point = line.get(i - 1).towards(line.get(i), step / (double) steps);
                        double reach = stroke.width() / 2;
                        inside += point.x() > label.left() - reach
                                        && point.x() < label.right() + reach
                                        && point.y() > label.top() - reach
                                        && point.y() < label.bottom() + reach
                                ? 1
                                : 0;
                    }
                }
            }
        }
        return inside;
    }

    /** Small pictures name parts by colours, so each coloured part must show, and no colour of another. */
    @ParameterizedTest
    @CsvSource({"TRAIN, 64", "SHIFT, 64", "TRAIN, 48"})
    void colouredPartsShow(Purpose purpose, int size) {
        for (int i = 0; i < 300; i++) {
            GeometryGenerator.Composed composed = generator(size).compose(Split.of(purpose), 3, i);
            Map<String, Integer> pixels = pixels(composed.drawing().paint());
            String question = composed.sample().problem();
            for (String word : Look.ROLE_WORDS) {
                boolean named = question.contains("the " + word + " ") || question.contains("The " + word + " ");
                int count = pixels.getOrDefault(word, 0);
                if (named) {
                    assertThat(count)
                            .as("%s %d %s: %s", purpose, i, word, question)
                            .isGreaterThan(2);
                } else if (!word.equals("blue") && !question.contains("circumference of the circle is")) {
                    assertThat(count)
                            .as("%s %d %s: %s", purpose, i, word, question)
                            .isLessThan(5);
                }
            }
        }
    }

    private static Map<String, Integer> pixels(Picture picture) {
        Map<String, Integer> counts = new HashMap<>();
        for (int rgb : picture.rgb()) {
            int red = rgb >> 16 & 0xFF;
            int green = rgb >> 8 & 0xFF;
            int blue = rgb & 0xFF;
            if (red > 170 && green < 110 && blue < 100) {
                counts.merge("red", 1, Integer::sum);
            } else if (green > red + 70 && green > blue + 50) {
                counts.merge("green", 1, Integer::sum);
            } else if (red > 200 && green > 115 && green < 200 && blue < 80) {
                counts.merge("orange", 1, Integer::sum);
            } else if (blue > 200 && red < 140 && blue > green + 60) {
                counts.merge("blue", 1, Integer::sum);
            }
        }
        return counts;
    }

    @Test
    void everySignOfTheAlphabetIsDifferentAndFillsItsHeight() {
        String signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZx";
        for (int i = 0; i < signs.length(); i++) {
            String sign = signs.substring(i, i + 1);
            double top = Double.MAX_VALUE;
            double bottom = 0;
            for (List<Point> line : Alphabet.lines(sign, 10, 20, 30)) {
                for (Point point : line) {
                    top = Math.min(top, point.y());
                    bottom = Math.max(bottom, point.y());
                    assertThat(point.x()).isBetween(9.99, 10.01 + Alphabet.width(sign, 30));
                }
            }
            assertThat(top).as(sign).isBetween(19.9, sign.equals("x") ? 32 : 20.6);
            assertThat(bottom).as(sign).isBetween(49.5, 50.6);
            for (int k = 0; k < i; k++) {
                assertThat(Alphabet.lines(sign, 0, 0, 6))
                        .isNotEqualTo(Alphabet.lines(signs.substring(k, k + 1), 0, 0, 6));
            }
        }
    }
}
