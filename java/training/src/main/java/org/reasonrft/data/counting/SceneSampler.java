package org.reasonrft.data.counting;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.reasonrft.data.counting.CountingSplit.Domain;
import org.reasonrft.data.generated.SeededRandom;

/** Draws scenes of a domain. */
final class SceneSampler {
    private static final ObjectColor[] COLORS = ObjectColor.values();
    private static final ObjectShape[] SHAPES = ObjectShape.values();
    // How much likelier the scene's favourite colour or shape is: 0 gives even scenes, the others give counts up to 7.
    private static final double[] FAVOUR = {0, 0, 3, 8, 24};

    private SceneSampler() {}

    static Scene sample(SeededRandom random, Domain domain, int minObjects, int maxObjects) {
        boolean shifted = domain == Domain.SHIFTED || domain == Domain.BOTH && random.chance(0.5);
        int count = random.between(minObjects, maxObjects);
        List<Cell> cells = cells(random, count);
        boolean[] heldOut = heldOut(random, domain, count);
        double[] familiarWeights = pairWeights(random, domain, false);
        double[] heldOutWeights = pairWeights(random, domain, true);
        List<SceneObject> objects = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int pair = random.weighted(heldOut[i] ? heldOutWeights : familiarWeights);
            objects.add(object(random, cells.get(i), COLORS[pair / SHAPES.length], SHAPES[pair % SHAPES.length]));
        }
        return new Scene(
                objects,
                shifted ? shiftedBackground(random) : familiarBackground(random),
                random.between(0.82, 1.12),
                random.between(1.5, 5.0),
                random.nextLong());
    }

    private static List<Cell> cells(SeededRandom random, int count) {
        List<Cell> cells = new ArrayList<>(Arrays.asList(Cell.values()));
        while (cells.size() > count) {
            cells.remove(random.between(0, cells.size() - 1));
        }
        return cells;
    }

    /** Which objects have a held-out pair: none, at least half of them (shifted), or no rule (both domains). */
    private static boolean[] heldOut(SeededRandom random, Domain domain, int count) {
        int fewest = domain == Domain.SHIFTED ? (count + 1) / 2 : 0;
        int most = domain == Domain.FAMILIAR ? 0 : domain == Domain.SHIFTED ? count : count / 2;
        List<Boolean> flags = new ArrayList<>(Collections.nCopies(count, false));
        for (int left = random.between(fewest, most); left > 0; ) {
            int at = random.between(0, count - 1);
            if (!flags.get(at)) {
                flags.set(at, true);
                left--;
            }
        }
        boolean[] result = new boolean[count];
        for (int i = 0; i < count; i++) {
            result[i] = flags.get(i);
        }
        return result;
    }

    private static double[] pairWeights(SeededRandom random, Domain domain, boolean heldOut) {
        double favourColor = FAVOUR[random.between(0, FAVOUR.length - 1)];
        double favourShape = FAVOUR[random.between(0, FAVOUR.length - 1)];
        ObjectColor favouriteColor = random.pick(COLORS);
        ObjectShape favouriteShape = random.pick(SHAPES);
        double[] weights = new double[COLORS.length * SHAPES.length];
        for (ObjectColor color : COLORS) {
            for (ObjectShape shape : SHAPES) {
                boolean allowed = HeldOutPairs.contains(color, shape) == heldOut;
                double weight = (1 + (color == favouriteColor ? favourColor : 0))
                        * (1 + (shape == favouriteShape ? favourShape : 0));
                weights[color.ordinal() * SHAPES.length + shape.ordinal()] = allowed ? weight : 0;
            }
        }
        return weights;
    }

    private static SceneObject object(SeededRandom random, Cell cell, ObjectColor color, ObjectShape shape) {
        double radius = random.between(0.31, 0.39);
        // Keeps even a turned triangle, 1.13 radii wide, inside its cell.
        double room = 0.46 - 1.05 * radius;
        return new SceneObject(
                cell,
                color,
                shape,
                radius,
                random.between(-room, room),
                random.between(-room, room),
                random.between(-0.22, 0.22));
    }

    private static Background familiarBackground(SeededRandom random) {
        return new Background(
                random.chance(0.5) ? Background.Pattern.PLAIN : Background.Pattern.VERTICAL_GRADIENT,
                gray(random, 195, 235),
                gray(random, 195, 235));
    }

    private static Background shiftedBackground(SeededRandom random) {
        switch (random.between(0, 3)) {
            case 0:
                return new Background(Background.Pattern.VERTICAL_GRADIENT, gray(random, 28, 70), gray(random, 28, 70));
            case 1:
                return new Background(Background.Pattern.PLAIN, tint(random), 0);
            case 2:
                int stripe = random.between(150, 215);
                return new Background(
                        Background.Pattern.STRIPES,
                        gray(random, stripe, stripe),
                        gray(random, stripe - 40, stripe - 40));
            default:
                int field = random.between(55, 110);
                return new Background(
                        Background.Pattern.CHECKS, gray(random, field, field), gray(random, field - 30, field - 30));
        }
    }

    /** A gray with a breath of colour. */
    private static int gray(SeededRandom random, int low, int high) {
        int level = random.between(low, high);
        return rgb(level + random.between(-5, 5), level + random.between(-5, 5), level + random.between(-5, 5));
    }

    /** A pastel: visibly coloured, yet far less saturated than any object. */
    private static int tint(SeededRandom random) {
        int level = random.between(190, 225);
        int[] channels = {level, level, level};
        int lowered = random.between(0, 2);
        channels[lowered] -= random.between(28, 45);
        if (random.chance(0.5)) {
            channels[(lowered + 1) % 3] -= random.between(0, 45);
        }
        return rgb(channels[0], channels[1], channels[2]);
    }

    private static int rgb(int red, int green, int blue) {
        return red << 16 | green << 8 | blue;
    }
}
