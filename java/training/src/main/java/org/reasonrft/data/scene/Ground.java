package org.reasonrft.data.scene;

import java.util.Objects;

/**
 * The ground of a scene: two colours and how they are laid out.
 *
 * @param pattern arrangement of the two colours
 * @param first sRGB as {@code 0xRRGGBB}
 * @param second the other colour; ignored by {@link Pattern#PLAIN}
 * @param field half the side, in grid units, of a square drawn in faint lines around the origin, as in TRANCE; 0: none
 */
public record Ground(Pattern pattern, int first, int second, int field) {
    /** How the two colours are laid out. */
    public enum Pattern {
        /** The first colour alone. */
        PLAIN,
        /** Stripes across the view. */
        STRIPES,
        /** A chequerboard. */
        CHECKS
    }

    /** @throws IllegalArgumentException if the field is negative */
    public Ground {
        Objects.requireNonNull(pattern, "pattern");
        if (field < 0) {
            throw new IllegalArgumentException("field: wanted at least 0, got " + field);
        }
    }
}
