package org.reasonrft.data.clevr;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.reasonrft.data.generated.SpecCheck;

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
        SpecCheck.pictureSize(width, height);
        SpecCheck.objects(minObjects, maxObjects, 10);
        SpecCheck.require(!vary.isEmpty(), "vary", vary, "at least one of size, color, material, shape");
        vary = Collections.unmodifiableSet(EnumSet.copyOf(vary));
        SpecCheck.require(field >= 10 && field <= 40, "field", field, "10 to 40");
        SpecCheck.overlooking(overlooking);
    }

    /** The same with another teacher. */
    public ClevrSpec withOverlooking(double probability) {
        return new ClevrSpec(width, height, minObjects, maxObjects, vary, field, probability);
    }
}
