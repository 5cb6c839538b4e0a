package org.reasonrft.vision;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * What stands before the first scan of a JPEG file (ITU-T T.81, annex B).
 *
 * @param components of a pixel; 0 when no frame header was found
 * @param adobeTransform of the segment that Adobe's programs write: 0 none, 1 YCbCr, 2 YCCK; -1 without the segment
 * @param orientation of the camera
 * @param plain the file without profiles, thumbnails and comments. The JDK would convert colours by a profile, which
 *     Pillow leaves to the caller, and refuses files for what is wrong with a thumbnail
 */
record JpegHeader(int components, int adobeTransform, Orientation orientation, byte[] plain) {
    private static final int START_OF_SCAN = 0xDA;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final int APP15 = 0xEF;
    private static final int COMMENT = 0xFE;
    /** "Adobe", version, two flag words, and then the transform. */
    private static final int TRANSFORM_OFFSET = 11;

    static boolean begins(byte[] file) {
        return file.length >= 2 && (file[0] & 0xFF) == 0xFF && (file[1] & 0xFF) == 0xD8;
    }

    /** Never fails: from where the segments make no sense, the file is left to the decoder as it is. */
    static JpegHeader read(byte[] file) {
        int components = 0;
        int transform = -1;
        Orientation orientation = null;
        ByteArrayOutputStream plain = new ByteArrayOutputStream(file.length);
        plain.write(file, 0, 2);
        int at = 2;
        while (at + 4 <= file.length && (file[at] & 0xFF) == 0xFF) {
            int marker = file[at + 1] & 0xFF;
            int length = (file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF;
            int body = at + 4;
            // The bytes before a marker may be fillers, and 0xC0 to 0xFE bar 0xD0 to 0xD9 have a length.
            if (marker < 0xC0 || marker >= 0xD0 && marker <= 0xD9 || marker == 0xFF || length < 2) {
                break;
            }
            int end = at + 2 + length;
            if (marker == START_OF_SCAN || end > file.length) {
                break;
            }
            boolean frame = marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
            if (frame && length >= 8) {
                components = file[body + 5] & 0xFF;
            } else if (marker == APP14 && length > TRANSFORM_OFFSET + 2 && startsWith(file, body, "Adobe")) {
                transform = file[body + TRANSFORM_OFFSET] & 0xFF;
            } else if (marker == APP1 && orientation == null && startsWith(file, body, "Exif")) {
                orientation = Orientation.of(ByteBuffer.wrap(file, body, end - body));
            }
            boolean keep = marker < APP0 || marker == APP14 || marker > APP15 && marker != COMMENT;
            if (keep) {
                plain.write(file, at, end - at);
            } else if (marker == APP0 && startsWith(file, body, "JFIF") && length >= 16) {
                writeJfif(plain, file, body);
            }
            at = end;
        }
        plain.write(file, at, file.length - at);
        return new JpegHeader(
                components, transform, orientation == null ? Orientation.UPRIGHT : orientation, plain.toByteArray());
    }

    /** The segment that says YCbCr, without its thumbnail. */
    private static void writeJfif(ByteArrayOutputStream plain, byte[] file, int body) {
        plain.write(new byte[] {(byte) 0xFF, (byte) APP0, 0, 16}, 0, 4);
        plain.write(file, body, 12);
        plain.write(new byte[2], 0, 2);
    }

    private static boolean startsWith(byte[] file, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (at + i >= file.length || file[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
