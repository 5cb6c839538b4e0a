package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Wrong answers that somebody could arrive at: the careless reading's, and what other figures would make of the same
 * values. The second kind also keeps the choices from telling which figure it is.
 */
final class Mistakes {
    private static final double[] NEIGHBOURS = {10, -10, 20, -20, 5, -5, 30, -30, 2, -2, 4, -4, 1, -1, 3, -3, 6, 8};

    private Mistakes() {}

    /** The right answer at any of four places, among three wrong ones. */
    static List<Amount> options(Problem problem, SeededRandom random) {
        List<Amount> options = new ArrayList<>(of(problem, random));
        options.add(problem.answer());
        for (int i = options.size() - 1; i > 0; i--) {
            Collections.swap(options, i, random.between(0, i));
        }
        return options;
    }

    /** Three different wrong answers; the careless reading's is among them if there is one. */
    static List<Amount> of(Problem problem, SeededRandom random) {
        Amount answer = problem.answer();
        Set<Amount> chosen = new LinkedHashSet<>();
        problem.misread().ifPresent(reading -> chosen.add(reading.answer()));
        List<Amount> pool = new ArrayList<>();
        for (double value : values(problem)) {
            Amount amount = new Amount(value, answer.timesPi());
            if (isPossible(problem, amount) && !pool.contains(amount)) {
                pool.add(amount);
            }
        }
        while (chosen.size() < 3 && !pool.isEmpty()) {
            chosen.add(pool.remove(random.between(0, pool.size() - 1)));
        }
        boolean angle = problem.asked() instanceof Quantity.Angle;
        for (int i = angle ? 0 : 8; chosen.size() < 3; i++) {
            Amount near = new Amount(
                    answer.number() + NEIGHBOURS[i % NEIGHBOURS.length] * (1 + i / NEIGHBOURS.length),
                    answer.timesPi());
            if (isPossible(problem, near)) {
                chosen.add(near);
            }
        }
        return List.copyOf(chosen);
    }

    private static boolean isPossible(Problem problem, Amount amount) {
        return amount.isRound()
                && !amount.equals(problem.answer())
                && !(problem.asked() instanceof Quantity.Angle && amount.number() >= 180);
    }

    private static double[] values(Problem problem) {
        double[] v = problem.givens().stream()
                .mapToDouble(given -> given.amount().number())
                .toArray();
        if (problem.asked() instanceof Quantity.Angle) {
            return angles(v);
        }
        if (problem.asked() instanceof Quantity.Length) {
            return lengths(v);
        }
        return wholes((Quantity.Whole) problem.asked(), v, problem.answer().timesPi());
    }

    private static double[] angles(double[] v) {
        return switch (v.length) {
            case 0 -> new double[] {45, 60, 72, 90, 108, 120, 135};
            case 1 -> new double[] {v[0], 90 - v[0], 180 - v[0], 180 - 2 * v[0], (180 - v[0]) / 2, 2 * v[0], v[0] / 2};
            case 2 ->
                new double[] {
                    v[0] + v[1],
                    180 - v[0] - v[1],
                    Math.abs(v[0] - v[1]),
                    180 - v[0],
                    180 - v[1],
                    (180 - v[0] - v[1]) / 2,
                };
            default -> {
                double sum = v[0] + v[1] + v[2];
                yield new double[] {360 - sum, sum - 180, 180 - v[0], 180 - v[1], 180 - v[2], sum / 3};
            }
        };
    }

    private static double[] lengths(double[] v) {
        return switch (v.length) {
            case 1 -> new double[] {v[0], 2 * v[0], v[0] / 2, 3 * v[0], 4 * v[0]};
            case 2 ->
                new double[] {
                    v[0] + v[1],
                    Math.abs(v[0] - v[1]),
                    Math.sqrt(v[0] * v[0] + v[1] * v[1]),
                    Math.sqrt(Math.abs(v[0] * v[0] - v[1] * v[1])),
                    (v[0] + v[1]) / 2,
                    2 * (v[0] + v[1]),
                };
            default ->
                new double[] {
                    v[0] + v[1] + v[2],
                    v[0] * v[1] / v[2],
                    v[0] * v[2] / v[1],
                    v[1] * v[2] / v[0],
                    v[0] - v[1] - v[2],
                    Math.abs(v[1] - v[0]) + v[2],
                    v[1] + v[2] - v[0],
                };
        };
    }

    private static double[] wholes(Quantity.Whole asked, double[] v, boolean timesPi) {
        if (timesPi) {
            return new double[] {v[0], 2 * v[0], v[0] * v[0], v[0] * v[0] / 4, v[0] / 2, 4 * v[0]};
        }
        boolean perimeter = asked == Quantity.Whole.PERIMETER;
        return switch (v.length) {
            case 1 ->
                perimeter
                        ? new double[] {3 * v[0], 4 * v[0], 5 * v[0], 6 * v[0], 8 * v[0]}
                        : new double[] {v[0] * v[0], 4 * v[0], 2 * v[0], v[0] * v[0] / 2};
            case 2 ->
                perimeter
                        ? new double[] {v[0] + v[1], 2 * (v[0] + v[1]), 2 * v[0] + v[1], v[0] + 2 * v[1], v[0] * v[1]}
                        : new double[] {v[0] * v[1], v[0] * v[1] / 2, 2 * (v[0] + v[1]), v[0] + v[1], 2 * v[0] * v[1]};
            default -> {
                double sum = v[0] + v[1] + v[2];
                yield perimeter
                        ? new double[] {sum, sum + v[2], sum + v[1], sum + v[0], 2 * sum}
                        : new double[] {
                            (v[0] + v[1]) * v[2] / 2,
                            (v[0] + v[1]) * v[2],
                            v[0] * v[1] + v[0] * v[2] / 2,
                            v[0] * v[1],
                            v[0] * v[2],
                        };
            }
        };
    }
}
