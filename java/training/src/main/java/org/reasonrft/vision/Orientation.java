package org.reasonrft.vision;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera was held: the orientation tag of EXIF (CIPA DC-008, section 4.6.5, tag 274), by which the reference turns
 * a picture before anything else, as {@code ImageOps.exif_transpose} of Pillow does.
 *
 * @param value 1 to 8, in the order of the standard; 1 is upright
 */
record Orientation(int value) {
    static final Orientation UPRIGHT = new Orientation(1);

    private static final int TAG = 274;
    private static final int TYPE_SHORT = 3;
    private static final int ENTRY_BYTES = 12;
    private static final byte[] PREFIX = {'E', 'x', 'i', 'f', 0, 0};

    Orientation {
        if (value < 1 || value > 8) {
            throw new IllegalArgumentException("orientation must be from 1 to 8, got " + value);
        }
    }

    /**
     * Reads the tag from the first directory of an EXIF block. Whatever is wrong with the block leaves a picture upright:
     * the tag is a hint, the picture is good without it.
     *
     * @param block from its TIFF header on, or from the prefix that JPEG puts before it
     */
    static Orientation of(ByteBuffer block) {
        ByteBuffer tiff = block.slice();
        if (tiff.remaining() >= PREFIX.length && tiff.slice(0, PREFIX.length).equals(ByteBuffer.wrap(PREFIX))) {
            tiff = tiff.slice(PREFIX.length, tiff.remaining() - PREFIX.length);
        }
        if (tiff.remaining() < 8) {
            return UPRIGHT;
        }
        short mark = tiff.getShort(0);
        if (mark != 0x4949 && mark != 0x4D4D) {
            return UPRIGHT;
        }
        tiff.order(mark == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = Integer.toUnsignedLong(tiff.getInt(4));
        if (tiff.getShort(2) != 42 || directory + 2 > tiff.remaining()) {
            return UPRIGHT;
        }
        int entries = Short.toUnsignedInt(tiff.getShort((int) directory));
        for (int i = 0; i < entries; i++) {
            long at = directory + 2 + (long) i * ENTRY_BYTES;
            if (at + ENTRY_BYTES > tiff.remaining()) {
                return UPRIGHT;
            }
            if (Short.toUnsignedInt(tiff.getShort((int) at)) == TAG) {
                int value = Short.toUnsignedInt(tiff.getShort((int) at + 8));
                boolean known = tiff.getShort((int) at + 2) == TYPE_SHORT && value >= 1 && value <= 8;
                return known ? new Orientation(value) : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** The picture as it is to be looked at. */
    RgbImage upright(RgbImage stored) {
        if (value == 1) {
            return stored;
        }
        boolean sidewise = value >= 5;
        int width = sidewise ? stored.height() : stored.width();
        int height = sidewise ? stored.width() : stored.height();
        boolean mirrored = value == 2 || value == 3 || value == 7 || value == 8;
        boolean upsideDown = value == 3 || value == 4 || value == 6 || value == 7;
        byte[] samples = new byte[stored.samples().length];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = sidewise ? y : x;
                int row = sidewise ? x : y;
                column = mirrored ? stored.width() - 1 - column : column;
                row = upsideDown ? stored.height() - 1 - row : row;
                int from = (row * stored.width() + column) * RgbImage.CHANNELS;
                samples[at++] = stored.samples()[from];
                samples[at++] = stored.samples()[from + 1];
                samples[at++] = stored.samples()[from + 2];
            }
        }
        return new RgbImage(width, height, samples);
    }
}
