package org.reasonrft.data.scene;

import java.util.List;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Where objects may stand.
 *
 * @param field half the side, in grid units, of the square that they stand in
 * @param grid they stand at multiples of this many grid units
 */
public record Placement(int field, int grid) {
    /** TRANCE's least gap between two objects, in units of length. */
    public static final double LEAST_GAP = 0.15;

    private static final int MOST_TRIES = 25;

    /** @throws IllegalArgumentException if a number is not positive */
    public Placement {
        if (field < 1) {
            throw new IllegalArgumentException("field: wanted at least 1, got " + field);
        }
        if (grid < 1) {
            throw new IllegalArgumentException("grid: wanted at least 1, got " + grid);
        }
    }

    /** The object at a place drawn at random, apart from the others; null if none was found. */
    public SceneObject place(SeededRandom random, SceneObject object, List<SceneObject> others) {
        int reach = field / grid;
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            SceneObject placed = object.at(grid * random.between(-reach, reach), grid * random.between(-reach, reach));
            if (isFree(placed, others)) {
                return placed;
            }
        }
        return null;
    }

    /** Whether the object stands in the field and apart from all others; itself among them does not count. */
    public boolean isFree(SceneObject object, List<SceneObject> others) {
        if (Math.abs(object.x()) > field || Math.abs(object.y()) > field) {
            return false;
        }
        for (SceneObject other : others) {
            if (other != object && other.gap(object) < LEAST_GAP) {
                return false;
            }
        }
        return true;
    }
}
