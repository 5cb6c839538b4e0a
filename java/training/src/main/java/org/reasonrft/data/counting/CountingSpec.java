package org.reasonrft.data.counting;

import java.util.Objects;
import org.reasonrft.data.generated.SpecCheck;

/**
 * What to generate. Sample {@code i} of a split depends on the seed, the split and {@code i} only: asking for more
 * samples never changes the earlier ones.
 *
 * @param split which part of the task
 * @param count number of samples, at least 1
 * @param seed one seed for all splits; different splits of one seed share no scene other than by chance
 * @param pictureSize width and height in pixels, a multiple of 3 between 48 and 1344; each object has a cell of a third
 * @param minObjects fewest objects in a scene, from 1 to {@code maxObjects}
 * @param maxObjects most objects in a scene, at most 9
 * @param overlooking probability, 0 to 1, with which the teacher of {@link CountingSplit#CHAINS} misses a green or purple
 *     object: the chain of thought leaves it out and the answer is the teacher's. Other splits are always right
 */
public record CountingSpec(
        CountingSplit split,
        int count,
        long seed,
        int pictureSize,
        int minObjects,
        int maxObjects,
        double overlooking) {
    /** 16 pixels per object: with patches of 8 merged 2 x 2, one visual token looks at one cell. */
    public static final int DEFAULT_PICTURE_SIZE = 48;

    /** @throws IllegalArgumentException if a number is out of range */
    public CountingSpec {
        Objects.requireNonNull(split, "split");
        SpecCheck.require(count >= 1, "count", count, "at least 1");
        SpecCheck.require(
                pictureSize >= 48 && pictureSize <= 1344 && pictureSize % Cell.COLUMNS == 0,
                "pictureSize",
                pictureSize,
                "a multiple of 3 from 48 to 1344");
        SpecCheck.objects(minObjects, maxObjects, Cell.values().length);
        SpecCheck.overlooking(overlooking);
    }

    /** Pictures of 48 x 48 pixels with 2 to 7 objects, and a teacher who sees them all. */
    public CountingSpec(CountingSplit split, int count, long seed) {
        this(split, count, seed, DEFAULT_PICTURE_SIZE, 2, 7, 0);
    }

    /** The same with another teacher. */
    public CountingSpec withOverlooking(double probability) {
        return new CountingSpec(split, count, seed, pictureSize, minObjects, maxObjects, probability);
    }
}
