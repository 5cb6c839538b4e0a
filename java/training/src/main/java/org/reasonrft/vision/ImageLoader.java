package org.reasonrft.vision;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Picture files (PNG, JPEG and what else the JDK reads) as 8-bit RGB, the way Pillow's {@code convert("RGB")} sees them:
 * alpha is dropped, not blended; grey is spread; palettes are looked up.
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
        requireComplete(file, data);
        // The file-backed stream of ImageIO would leave a temporary file behind a crash.
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(data))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new ImageFormatException(file + ": no picture of a known kind");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > limits.maxPixels) {
                    throw new ImageFormatException(file + ": " + reader.getWidth(0) + " x " + reader.getHeight(0)
                            + " pixels, more than the limit of " + limits.maxPixels);
                }
                return rgb(reader.read(0));
            } finally {
                reader.dispose();
            }
        } catch (ImageFormatException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Readers of the JDK answer damaged data with either.
            throw new ImageFormatException(file + ": damaged or unsupported picture: " + e.getMessage(), e);
        }
    }

    /**
     * The JDK fills the missing part of a truncated JPEG with grey and says nothing. A whole one has an end marker behind
     * its last start of scan; inside a scan neither byte pair can occur.
     */
    private static void requireComplete(Path file, byte[] data) throws ImageFormatException {
        if (data.length < 2 || (data[0] & 0xFF) != 0xFF || (data[1] & 0xFF) != 0xD8) {
            return;
        }
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

    private static RgbImage rgb(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(width, height), RgbImage.CHANNELS)];
        int at = 0;
        boolean grey = image.getColorModel().getNumColorComponents() == 1
                && image.getColorModel().getComponentSize(0) == 8
                && !(image.getColorModel() instanceof IndexColorModel);
        if (grey) {
            // Through getRGB() grey would be converted from a linear colour space, and come out brighter.
            Raster raster = image.getRaster();
            int[] row = new int[width * raster.getNumBands()];
            for (int y = 0; y < height; y++) {
                raster.getPixels(0, y, width, 1, row);
                for (int x = 0; x < width; x++) {
                    byte value = (byte) row[x * raster.getNumBands()];
                    samples[at++] = value;
                    samples[at++] = value;
                    samples[at++] = value;
                }
            }
            return new RgbImage(width, height, samples);
        }
        int[] row = new int[width];
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
}
