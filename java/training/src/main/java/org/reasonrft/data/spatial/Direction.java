package org.reasonrft.data.spatial;

import java.util.Locale;

/**
 * Where an object can move, with TRANCE's unit vectors. Objects face away from the centre camera, as in TRANCE's
 * pictures: behind is towards that camera, front away from it, left and right are as it sees them.
 */
public enum Direction {
    FRONT(-1, 0),
    BEHIND(1, 0),
    LEFT(0, -1),
    RIGHT(0, 1),
    FRONT_LEFT(-1, -1),
    FRONT_RIGHT(-1, 1),
    BEHIND_LEFT(1, -1),
    BEHIND_RIGHT(1, 1);

    /** Grid units in a step along an axis. */
    public static final int STEP = 10;
    /** Most steps of a move. How many it was is no part of the answer. */
    public static final int MOST_STEPS = 2;

    private final String word = name().toLowerCase(Locale.ROOT);
    private final int dx;
    private final int dy;

    Direction(int dx, int dy) {
        this.dx = dx;
        this.dy = dy;
    }

    /** The value in an answer, for example {@code front_left}. */
    public String word() {
        return word;
    }

    /** Change of {@link org.reasonrft.data.scene.SceneObject#x()} by a step, in steps. */
    int dx() {
        return dx;
    }

    /** Change of {@link org.reasonrft.data.scene.SceneObject#y()} by a step, in steps. */
    int dy() {
        return dy;
    }

    /** The direction of a move by 1 to {@value #MOST_STEPS} steps; null if it is no such move. */
    static Direction of(int movedX, int movedY) {
        for (Direction direction : values()) {
            for (int steps = 1; steps <= MOST_STEPS; steps++) {
                if (movedX == steps * STEP * direction.dx && movedY == steps * STEP * direction.dy) {
                    return direction;
                }
            }
        }
        return null;
    }
}
