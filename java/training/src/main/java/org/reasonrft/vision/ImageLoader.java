package org.reasonrft.vision;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Picture files (PNG, JPEG, WebP and what else the JDK reads) as 8-bit RGB, bit for bit as the reference has them: turned
 * as EXIF says, then Pillow's {@code convert("RGB")}, see {@link PillowRgb}.
 */
public final class ImageLoader {
    private ImageLoader() {}

    /**
     * What a file may hold. Checked from its header, before anything of that size is allocated.
     *
     * @param maxBytes size of the file
     * @param maxPixels width x height
     */
    public record Limits(long maxBytes, long maxPixels) {
        /** 64 MiB and 64 megapixels: beyond any camera the data sets use. */
        public static final Limits DEFAULT = new Limits(64L << 20, 64_000_000);

        public Limits {
            if (maxBytes < 1 || maxPixels < 1) {
                throw new IllegalArgumentException(
                        "limits must be positive, got maxBytes " + maxBytes + ", maxPixels " + maxPixels);
            }
        }
    }

    /** Reads a file within {@link Limits#DEFAULT}. */
    public static RgbImage load(Path file) throws IOException {
        return load(file, Limits.DEFAULT);
    }

    /**
     * Reads the first picture of a file.
     *
     * @throws NoSuchFileException if it is not there
     * @throws ImageFormatException if it is damaged, of an unknown kind or beyond the limits
     */
    public static RgbImage load(Path file, Limits limits) throws IOException {
        long bytes = Files.size(file);
        if (bytes > limits.maxBytes) {
            throw new ImageFormatException(file + ": " + bytes + " bytes, more than the limit of " + limits.maxBytes);
        }
        byte[] data = Files.readAllBytes(file);
        try {
            if (WebpDecoder.begins(data)) {
                return orientation(Chunks.ofWebp(data, "EXIF"))
                        .upright(WebpDecoder.decode(file, data, limits.maxPixels));
            }
            if (JpegHeader.begins(data)) {
                requireComplete(file, data);
                JpegHeader header = JpegHeader.read(data);
                boolean inks = header.components() == 4;
                return header.orientation()
                        .upright(decode(
                                file,
                                header.plain(),
                                limits,
                                reader -> inks
                                        ? PillowRgb.ofInks(reader.readRaster(0, null), header.adobeTransform() == 2)
                                        : PillowRgb.of(reader.read(0))));
            }
            RgbImage stored = decode(file, data, limits, reader -> PillowRgb.of(reader.read(0)));
            return orientation(Chunks.ofPng(data, "eXIf")).upright(stored);
        } catch (ImageFormatException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Readers of the JDK answer damaged data with either.
            throw new ImageFormatException(file + ": damaged or unsupported picture: " + e.getMessage(), e);
        }
    }

    private static Orientation orientation(ByteBuffer exif) {
        return exif == null ? Orientation.UPRIGHT : Orientation.of(exif);
    }

    /** What a reader makes of its first picture. */
    private interface Decoding {
        RgbImage by(ImageReader reader) throws IOException;
    }

    private static RgbImage decode(Path file, byte[] data, Limits limits, Decoding decoding) throws IOException {
        // The file-backed stream of ImageIO would leave a temporary file behind a crash.
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(data))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new ImageFormatException(file + ": no picture of a known kind");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                requirePixels(file, reader.getWidth(0), reader.getHeight(0), limits.maxPixels);
                return decoding.by(reader);
            } finally {
                reader.dispose();
            }
        }
    }

    /** Refuses a picture by what its header says, before memory for it is taken. */
    static void requirePixels(Path file, int width, int height, long maxPixels) throws ImageFormatException {
        if ((long) width * height > maxPixels) {
            throw new ImageFormatException(
                    file + ": " + width + " x " + height + " pixels, more than the limit of " + maxPixels);
        }
    }

    /**
     * The JDK fills the missing part of a truncated JPEG with grey and says nothing. A whole one has an end marker behind
     * its last start of scan; inside a scan neither byte pair can occur.
     */
    private static void requireComplete(Path file, byte[] data) throws ImageFormatException {
        for (int i = data.length - 2; i >= 0; i--) {
            if ((data[i] & 0xFF) == 0xFF && (data[i + 1] & 0xFF) == 0xD9) {
                return;
            }
            if ((data[i] & 0xFF) == 0xFF && (data[i + 1] & 0xFF) == 0xDA) {
                break;
            }
        }
        throw new ImageFormatException(file + ": truncated JPEG, no end marker after its data");
    }
}
