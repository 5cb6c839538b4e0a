package org.reasonrft.data.geometry;

import java.util.List;
import org.reasonrft.data.generated.SeededRandom;

/** Draws the values of a problem. */
final class Numbers {
    private static final int[][] SMALL_TRIPLES = {{3, 4, 5}, {6, 8, 10}, {5, 12, 13}, {9, 12, 15}};
    private static final int[][] TRIPLES = {
        {3, 4, 5}, {6, 8, 10}, {5, 12, 13}, {9, 12, 15}, {8, 15, 17}, {12, 16, 20}, {15, 20, 25}, {10, 24, 26},
    };

    private final SeededRandom random;

    Numbers(SeededRandom random) {
        this.random = random;
    }

    /** A multiple of ten, both ends included. */
    int tens(int low, int high) {
        return 10 * random.between((low + 9) / 10, high / 10);
    }

    /** A multiple of five, both ends included. */
    int fives(int low, int high) {
        return 5 * random.between((low + 4) / 5, high / 5);
    }

    /** A multiple of ten from 40 to 130 other than the right angle. */
    int slanted() {
        int angle = tens(40, 120);
        return angle < 90 ? angle : angle + 10;
    }

    int whole(int low, int high) {
        return random.between(low, high);
    }

    int even(int low, int high) {
        return 2 * random.between((low + 1) / 2, high / 2);
    }

    boolean coin() {
        return random.chance(0.5);
    }

    double between(double low, double high) {
        return random.between(low, high);
    }

    int oneOf(int... values) {
        return values[random.between(0, values.length - 1)];
    }

    /** Two legs and the hypotenuse, the legs in either order. */
    int[] triple(boolean small) {
        int[] triple = random.pick(small ? SMALL_TRIPLES : TRIPLES);
        return coin() ? triple : new int[] {triple[1], triple[0], triple[2]};
    }

    /**
     * Two lengths that could be sides of a right triangle or parts of a line, so that the numbers alone do not tell
     * which of the two they are.
     *
     * @param withHypotenuse whether the larger may be a hypotenuse
     */
    int[] pair(boolean withHypotenuse) {
        int[] triple = triple(false);
        return withHypotenuse && coin() ? new int[] {triple[2], triple[0]} : new int[] {triple[0], triple[1]};
    }

    <T> T pick(List<T> values) {
        return random.pick(values);
    }
}
