package org.reasonrft.data.scene;

import java.util.Locale;

/**
 * Shapes of objects. The first three are those of CLEVR and TRANCE; the others are for scenes that training does not
 * show. All stand on the ground; {@code r} is the radius of {@link SceneObject}.
 */
public enum ObjectShape {
    /** Sides of 1.41 r, as in CLEVR, so that cubes turned on the spot need no more room than spheres. */
    CUBE("cubes"),
    /** Radius r. */
    SPHERE("spheres"),
    /** Upright; radius r, height 2 r. */
    CYLINDER("cylinders"),
    /** Upright; radius r, height 2 r. */
    CONE("cones"),
    /** Upright on a square of half diagonal r; height 1.7 r. */
    PYRAMID("pyramids"),
    /** A torus lying on the ground; outer radius r, thickness 0.66 r. */
    RING("rings");

    private final String word = name().toLowerCase(Locale.ROOT);
    private final String plural;

    ObjectShape(String plural) {
        this.plural = plural;
    }

    /** The name used in text, for example {@code cube}. */
    public String word() {
        return word;
    }

    /** The name for several, for example {@code cubes}. */
    public String plural() {
        return plural;
    }
}
