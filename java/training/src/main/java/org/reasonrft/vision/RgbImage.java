package org.reasonrft.vision;

/**
 * A picture of 8-bit red, green, blue samples.
 *
 * @param samples height x width x 3 bytes, row by row
 */
public record RgbImage(int width, int height, byte[] samples) {
    /** Samples per pixel. */
    static final int CHANNELS = 3;

    public RgbImage {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture must be at least 1 x 1, got " + width + " x " + height);
        }
        if (samples.length != (long) width * height * CHANNELS) {
            throw new IllegalArgumentException(width + " x " + height + " pixels need "
                    + (long) width * height * CHANNELS + " samples, got " + samples.length);
        }
    }
}
