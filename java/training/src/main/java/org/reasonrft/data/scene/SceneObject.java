package org.reasonrft.data.scene;

import java.util.Objects;

/**
 * A solid on the ground. The ground's axes are TRANCE's, whose centre camera looks along -x: {@code x} grows towards
 * that camera, {@code y} to its right.
 *
 * @param shape form
 * @param size size in words
 * @param color colour
 * @param material surface
 * @param radius size in units of length; see {@link ObjectShape}
 * @param x place in grid units of {@value #GRID} units of length, towards the centre camera
 * @param y place in grid units to the right of the centre camera
 * @param rotation about the vertical axis in radians
 */
public record SceneObject(
        ObjectShape shape,
        ObjectSize size,
        ObjectColor color,
        ObjectMaterial material,
        double radius,
        int x,
        int y,
        double rotation) {
    /** Units of length in a grid unit. */
    public static final double GRID = 0.15;

    /** @throws IllegalArgumentException if the radius is not positive or the rotation not finite */
    public SceneObject {
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(size, "size");
        Objects.requireNonNull(color, "color");
        Objects.requireNonNull(material, "material");
        if (!(radius > 0 && radius < 100)) {
            throw new IllegalArgumentException("radius: wanted above 0 and below 100, got " + radius);
        }
        if (!Double.isFinite(rotation)) {
            throw new IllegalArgumentException("rotation: wanted a finite number, got " + rotation);
        }
    }

    /** The same object at another place. */
    public SceneObject at(int otherX, int otherY) {
        return new SceneObject(shape, size, color, material, radius, otherX, otherY, rotation);
    }

    /** The free ground between two objects' circles, in units of length; negative if the circles overlap. */
    public double gap(SceneObject other) {
        double dx = (x - other.x) * GRID;
        double dy = (y - other.y) * GRID;
        return Math.sqrt(dx * dx + dy * dy) - radius - other.radius;
    }
}
