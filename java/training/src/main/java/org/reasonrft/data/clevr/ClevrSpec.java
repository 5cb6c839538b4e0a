package org.reasonrft.data.clevr;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What scenes and questions are like.
 *
 * @param width of the pictures in pixels, 32 to 2048
 * @param height of the pictures in pixels, 32 to 2048, at least half and at most twice the width
 * @param minObjects fewest objects in a scene, from 1 to {@code maxObjects}
 * @param maxObjects most objects in a scene, at most 10
 * @param vary attributes in which objects differ and by which questions name them, at least one; of the others all
 *     objects are alike: large, red, rubber, cubes (orange and cones in shifted scenes)
 * @param field half the side, in grid units of 0.15 units of length, of the square that objects stand in, 10 to 40
 * @param overlooking probability, 0 to 1, with which the teacher of the chains misses a gray, brown, green or purple
 *     object: the chain of thought leaves it out and the answer is the teacher's
 */
public record ClevrSpec(
        int width, int height, int minObjects, int maxObjects, Set<Attribute> vary, int field, double overlooking) {
    /** CLEVR's picture size, objects and attributes; a teacher who sees everything. */
    public static final ClevrSpec CLEVR = new ClevrSpec(480, 320, 3, 10, EnumSet.allOf(Attribute.class), 20, 0);

    /** @throws IllegalArgumentException if a value is out of range */
    public ClevrSpec {
        require(width >= 32 && width <= 2048, "pictureSize", width, "32 to 2048");
        require(
                height >= 32 && height <= 2048 && height <= 2 * width && width <= 2 * height,
                "pictureHeight",
                height,
                "32 to 2048, at least half and at most twice the width " + width);
        require(minObjects >= 1, "minObjects", minObjects, "at least 1");
        require(
                maxObjects >= minObjects && maxObjects <= 10,
                "maxObjects",
                maxObjects,
                "from minObjects (" + minObjects + ") to 10");
        require(!vary.isEmpty(), "vary", vary, "at least one of size, color, material, shape");
        vary = Collections.unmodifiableSet(EnumSet.copyOf(vary));
        require(field >= 10 && field <= 40, "field", field, "10 to 40");
        require(overlooking >= 0 && overlooking <= 1, "overlooking", overlooking, "0 to 1");
    }

    /** The same with another teacher. */
    public ClevrSpec withOverlooking(double probability) {
        return new ClevrSpec(width, height, minObjects, maxObjects, vary, field, probability);
    }

    private static void require(boolean holds, String argument, Object value, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException(argument + ": wanted " + wanted + ", got " + value);
        }
    }
}
