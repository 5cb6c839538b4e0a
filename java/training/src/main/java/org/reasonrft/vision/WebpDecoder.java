package org.reasonrft.vision;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.leptonica.PIX;
import org.bytedeco.leptonica.global.leptonica;

/** WebP by libwebp, which the reference decodes with: the same bits, chroma spread alike. */
final class WebpDecoder {
    private static final int ANIMATED = 0x02;

    static {
        // Its messages would go to the standard error of whoever trains.
        leptonica.setMsgSeverity(leptonica.L_SEVERITY_NONE);
    }

    private WebpDecoder() {}

    static boolean begins(byte[] file) {
        return file.length >= 12
                && text(file, 0).equals("RIFF")
                && text(file, 8).equals("WEBP");
    }

    private static String text(byte[] file, int at) {
        return new String(file, at, 4, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** @throws ImageFormatException if the picture is damaged, animated or larger than {@code maxPixels} */
    static RgbImage decode(Path file, byte[] data, long maxPixels) throws ImageFormatException {
        ByteBuffer features = Chunks.ofWebp(data, "VP8X");
        if (features != null && features.hasRemaining() && (features.get(0) & ANIMATED) != 0) {
            throw new ImageFormatException(file + ": animated WebP, wanted a still picture");
        }
        try (PointerScope scope = new PointerScope()) {
            BytePointer bytes = new BytePointer(data);
            IntPointer size = new IntPointer(3);
            if (leptonica.readHeaderMemWebP(bytes, data.length, size, size.getPointer(1), size.getPointer(2)) != 0) {
                throw new ImageFormatException(file + ": damaged WebP header");
            }
            int width = size.get(0);
            int height = size.get(1);
            ImageLoader.requirePixels(file, width, height, maxPixels);
            PIX picture = leptonica.pixReadMemWebP(bytes, data.length);
            if (picture == null || picture.isNull()) {
                throw new ImageFormatException(file + ": damaged or truncated WebP");
            }
            try {
                return rgb(leptonica.pixGetData(picture), width, height);
            } finally {
                leptonica.pixDestroy(picture);
            }
        }
    }

    /** Words of red, green, blue and alpha from the highest byte down, rows without padding. */
    private static RgbImage rgb(IntPointer words, int width, int height) {
        int[] row = new int[width];
        byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), RgbImage.CHANNELS)];
        int at = 0;
        for (int y = 0; y < height; y++) {
            words.position((long) y * width).get(row);
            for (int x = 0; x < width; x++) {
                samples[at++] = (byte) (row[x] >> 24);
                samples[at++] = (byte) (row[x] >> 16);
                samples[at++] = (byte) (row[x] >> 8);
            }
        }
        return new RgbImage(width, height, samples);
    }
}
