package org.reasonrft.data.scene;

import java.util.Locale;

/** Sizes of objects, with TRANCE's radii. */
public enum ObjectSize {
    SMALL(0.3),
    MEDIUM(0.6),
    LARGE(0.9);

    private final String word = name().toLowerCase(Locale.ROOT);
    private final double radius;

    ObjectSize(double radius) {
        this.radius = radius;
    }

    /** The name used in text, for example {@code large}. */
    public String word() {
        return word;
    }

    /** TRANCE's radius in units of length, of which a grid unit is {@link SceneObject#GRID}. */
    public double radius() {
        return radius;
    }
}
