package org.reasonrft.data.generated;

/**
 * A picture in memory.
 *
 * @param width in pixels
 * @param height in pixels
 * @param rgb one {@code 0xRRGGBB} per pixel, row by row from the top left
 */
public record Picture(int width, int height, int[] rgb) {
    /** @throws IllegalArgumentException if the number of pixels is not {@code width * height} */
    public Picture {
        if (rgb.length != width * height) {
            throw new IllegalArgumentException("rgb: wanted " + width + " x " + height + " pixels, got " + rgb.length);
        }
    }
}
