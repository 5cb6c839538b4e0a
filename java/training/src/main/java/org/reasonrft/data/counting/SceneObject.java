package org.reasonrft.data.counting;

import java.util.Objects;

/**
 * An object of a scene. Lengths are in cells: 1 is the side of a cell.
 *
 * @param cell where it lies
 * @param color its colour
 * @param shape its shape
 * @param radius half its extent, about 0.3
 * @param shiftX how far its centre lies right of the cell's centre
 * @param shiftY how far its centre lies below the cell's centre
 * @param rotation in radians, clockwise, a few degrees
 */
public record SceneObject(
        Cell cell, ObjectColor color, ObjectShape shape, double radius, double shiftX, double shiftY, double rotation) {
    /** @throws NullPointerException if cell, colour or shape is null */
    public SceneObject {
        Objects.requireNonNull(cell, "cell");
        Objects.requireNonNull(color, "color");
        Objects.requireNonNull(shape, "shape");
    }

    /** Whether the training domain never shows this colour with this shape. */
    public boolean isHeldOutPair() {
        return HeldOutPairs.contains(color, shape);
    }
}
