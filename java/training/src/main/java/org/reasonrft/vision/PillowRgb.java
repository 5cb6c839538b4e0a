package org.reasonrft.vision;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Decoded pixels as Pillow's {@code convert("RGB")} gives them: alpha is dropped, not blended; grey is spread; palettes
 * are looked up; colour profiles are not applied. Of 16 bits a channel the upper 8 are kept, but grey alone is clipped at
 * 255, as Pillow does.
 */
final class PillowRgb {
    private PillowRgb() {}

    /** Any picture but one of four inks. */
    static RgbImage of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] samples = samples(width, height);
        int bits = image.getColorModel().getComponentSize(0);
        boolean indexed = image.getColorModel() instanceof IndexColorModel;
        if (!indexed && image.getRaster().getTransferType() <= java.awt.image.DataBuffer.TYPE_USHORT && bits >= 8) {
            // getRGB() would convert from the colour space of the file, and make linear grey brighter.
            bands(image.getRaster(), bits, image.getColorModel().getNumColorComponents(), samples);
            return new RgbImage(width, height, samples);
        }
        int[] row = new int[width];
        int at = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                samples[at++] = (byte) (row[x] >> 16);
                samples[at++] = (byte) (row[x] >> 8);
                samples[at++] = (byte) row[x];
            }
        }
        return new RgbImage(width, height, samples);
    }

    private static void bands(Raster raster, int bits, int colours, byte[] samples) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        boolean clipped = bits == 16 && bands == 1;
        int shift = clipped ? 0 : bits - 8;
        int[] row = new int[width * bands];
        int at = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                    int value = row[x * bands + (colours == 1 ? 0 : channel)] >> shift;
                    samples[at++] = (byte) Math.min(255, value);
                }
            }
        }
    }

    /**
     * Four inks of a JPEG file, stored inverted as Adobe's programs do and Pillow assumes.
     *
     * @param inks cyan, magenta, yellow and black; or luma, chroma and black
     * @param luma whether the first three are luma and chroma
     */
    static RgbImage ofInks(Raster inks, boolean luma) {
        int width = inks.getWidth();
        byte[] samples = samples(width, inks.getHeight());
        int[] row = new int[width * 4];
        int at = 0;
        for (int y = 0; y < inks.getHeight(); y++) {
            inks.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int white = row[4 * x + 3];
                for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                    // Inverted luma and chroma are those of the inks, and these of the inverted inks.
                    int stored = luma ? 255 - colour(row, 4 * x, channel) : row[4 * x + channel];
                    samples[at++] = (byte) clip(white - productOver255(255 - stored, white));
                }
            }
        }
        return new RgbImage(width, inks.getHeight(), samples);
    }

    /** YCbCr to red, green or blue in the 16-bit fixed point of libjpeg (JFIF 1.02, section 7). */
    private static int colour(int[] pixel, int at, int channel) {
        int luma = pixel[at];
        int blue = pixel[at + 1] - 128;
        int red = pixel[at + 2] - 128;
        int half = 1 << 15;
        return clip(
                switch (channel) {
                    case 0 -> luma + (91881 * red + half >> 16);
                    case 1 -> luma + (-22554 * blue - 46802 * red + half >> 16);
                    default -> luma + (116130 * blue + half >> 16);
                });
    }

    /** a b / 255, rounded to nearest, for a and b up to 255. */
    private static int productOver255(int a, int b) {
        int sum = a * b + 128;
        return (sum >> 8) + sum >> 8;
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(255, value));
    }

    private static byte[] samples(int width, int height) {
        return new byte[Math.multiplyExact(Math.multiplyExact(width, height), RgbImage.CHANNELS)];
    }
}
