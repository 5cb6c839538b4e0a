package org.reasonrft.data.counting;

/**
 * The ground of a scene: two colours and the way one goes over into the other.
 *
 * @param pattern arrangement of the two colours
 * @param first red, green, blue (0 to 255) as 0xRRGGBB
 * @param second the other colour; ignored by {@link Pattern#PLAIN}
 */
public record Background(Pattern pattern, int first, int second) {
    /** How the two colours are laid out. */
    public enum Pattern {
        /** The first colour alone. */
        PLAIN,
        /** From the first colour at the top to the second at the bottom. */
        VERTICAL_GRADIENT,
        /** Diagonal stripes, four to a cell's side. */
        STRIPES,
        /** A chequerboard, four fields to a cell's side. */
        CHECKS
    }
}
