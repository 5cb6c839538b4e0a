package org.reasonrft.data.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.data.generated.SeededRandom;

class PatternsTest {
    private static final Offset<Double> EXACT = within(1e-9);
    private static final java.util.regex.Pattern EQUATION =
            java.util.regex.Pattern.compile("(√?)([\\d.]*)([-+*/]?)([\\d.+]*)(π?)=([\\d.]*)(π?)");

    static List<Integer> patterns() {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < Patterns.all().size(); i++) {
            indices.add(i);
        }
        return indices;
    }

    private static List<Problem> problems(int pattern, int count) {
        SeededRandom random = new SeededRandom(pattern);
        List<Problem> problems = new ArrayList<>();
        for (int tries = 0; problems.size() < count; tries++) {
            assertThat(tries).as("draws for %d problems", count).isLessThan(100 * count);
            Problem problem = Patterns.all().get(pattern).make().apply(new Numbers(random));
            if (problem != null) {
                problems.add(problem.shuffled(random));
            }
        }
        return problems;
    }

    @Test
    void onlyWantedKindsAreOffered() {
        assertThat(Patterns.upTo(3, EnumSet.of(Kind.THALES, Kind.AREA)).keySet())
                .containsExactlyInAnyOrder(Kind.THALES, Kind.AREA);
    }

    @Test
    void everyKindHasProblemsOfLevelOneAndHarderOnes() {
        for (Kind kind : Kind.values()) {
            Set<Integer> levels = new TreeSet<>();
            Patterns.all().stream().filter(p -> p.kind() == kind).forEach(p -> levels.add(p.level()));
            assertThat(levels).as("levels of %s", kind).contains(1).hasSizeGreaterThan(1);
        }
        assertThat(Patterns.upTo(1, EnumSet.allOf(Kind.class)).keySet()).isEqualTo(EnumSet.allOf(Kind.class));
        Patterns.upTo(2, EnumSet.allOf(Kind.class))
                .values()
                .forEach(list -> assertThat(list).allMatch(pattern -> pattern.level() <= 2));
    }

    /** Answers come from theorems; here they are measured in the figure as it is drawn. */
    @ParameterizedTest
    @MethodSource("patterns")
    void figuresShowTheirValuesAndTheirAnswer(int pattern) {
        for (Problem problem : problems(pattern, 60)) {
            Figure figure = problem.figure();
            assertThat(problem.kind()).isEqualTo(Patterns.all().get(pattern).kind());
            assertThat(problem.level()).isEqualTo(Patterns.all().get(pattern).level());
            for (Problem.Given given : problem.givens()) {
                assertThat(Ruler.measure(figure, given.quantity()))
                        .as("%s in %s", given, problem.truth())
                        .isCloseTo(given.amount().value(), EXACT);
            }
            assertThat(Ruler.measure(figure, problem.asked()))
                    .as(problem.truth().toString())
                    .isCloseTo(problem.answer().value(), EXACT);
            assertThat(problem.answer().isRound())
                    .as(problem.truth().toString())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void marksAreTrue(int pattern) {
        for (Problem problem : problems(pattern, 30)) {
            Figure figure = problem.figure();
            Map<Integer, Double> lengths = new HashMap<>();
            Map<Integer, Double> angles = new HashMap<>();
            Map<Integer, Point> directions = new HashMap<>();
            for (Figure.Mark mark : figure.marks()) {
                if (mark instanceof Figure.RightAngle right) {
                    assertThat(Ruler.angle(figure.at(right.from()), figure.at(right.vertex()), figure.at(right.to())))
                            .isCloseTo(90, EXACT);
                } else if (mark instanceof Figure.Ticks ticks) {
                    double length = Ruler.length(figure.at(ticks.from()), figure.at(ticks.to()));
                    assertThat(length).isCloseTo(lengths.computeIfAbsent(ticks.count(), count -> length), EXACT);
                } else if (mark instanceof Figure.Arcs arcs) {
                    double angle = Ruler.angle(figure.at(arcs.from()), figure.at(arcs.vertex()), figure.at(arcs.to()));
                    assertThat(angle).isCloseTo(angles.computeIfAbsent(arcs.count(), count -> angle), EXACT);
                } else if (mark instanceof Figure.Arrows arrows) {
                    Point way = figure.at(arrows.to())
                            .minus(figure.at(arrows.from()))
                            .unit();
                    Point first = directions.computeIfAbsent(arrows.count(), count -> way);
                    assertThat(Ruler.length(way, first)).as("same direction").isCloseTo(0, EXACT);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void equationsHoldAndEndWithTheAnswer(int pattern) {
        for (Problem problem : problems(pattern, 30)) {
            assertEquationsHold(problem.truth());
            problem.misread().ifPresent(reading -> {
                assertEquationsHold(reading);
                assertThat(reading.answer()).isNotEqualTo(problem.answer());
                assertThat(reading.positions()).hasSameSizeAs(problem.truth().positions());
            });
        }
    }

    private static void assertEquationsHold(Reading reading) {
        for (String equation : reading.equations()) {
            if (equation.startsWith("x=")) {
                continue;
            }
            Matcher parts = EQUATION.matcher(equation);
            assertThat(parts.matches()).as(equation).isTrue();
            double result = parts.group(6).isEmpty() ? 1 : Double.parseDouble(parts.group(6));
            double first = Double.parseDouble(parts.group(2));
            double value = first;
            if (parts.group(5).isEmpty() && !parts.group(4).isEmpty()) {
                for (String next : parts.group(4).split("\\+")) {
                    double other = Double.parseDouble(next);
                    value = switch (parts.group(3)) {
                        case "+" -> value + other;
                        case "-" -> value - other;
                        case "*" -> value * other;
                        case "/" -> value / other;
                        default -> throw new AssertionError(equation);
                    };
                }
            }
            if (!parts.group(1).isEmpty()) {
                value = Math.sqrt(first);
            }
            assertThat(value).as(equation).isCloseTo(result, within(1e-9));
            assertThat(parts.group(5)).as(equation).isEqualTo(parts.group(7));
        }
        String last = reading.equations().get(reading.equations().size() - 1);
        assertThat(last).endsWith("=" + reading.answer().text());
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void wrongAnswersAreThreeOthersAndHoldTheCarelessOne(int pattern) {
        SeededRandom random = new SeededRandom(1);
        for (Problem problem : problems(pattern, 40)) {
            List<Amount> wrong = Mistakes.of(problem, random);
            assertThat(wrong).hasSize(3).doesNotHaveDuplicates().doesNotContain(problem.answer());
            assertThat(wrong).allMatch(Amount::isRound);
            problem.misread().ifPresent(reading -> assertThat(wrong).contains(reading.answer()));
        }
    }
}
