package org.reasonrft.vision;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Pictures to pixel values as Qwen2-VL's processor makes them: resized to whole merge windows with an area within
 * bounds, scaled to [0, 1], normalised per channel and cut into patches in the order the vision tower reads.
 *
 * @param minPixels smallest area after resizing
 * @param maxPixels largest area after resizing
 * @param patchSize pixels per side of a patch
 * @param temporalPatchSize frames per patch; a still picture is repeated
 * @param mergeSize patches per side of a merge window
 * @param mean per channel, of values in [0, 1]
 * @param std per channel
 */
public record ImageProcessor(
        long minPixels,
        long maxPixels,
        int patchSize,
        int temporalPatchSize,
        int mergeSize,
        float[] mean,
        float[] std) {
    /** Pictures more oblong than this make no sense of a grid; the reference implementation refuses them too. */
    private static final int MAX_ASPECT_RATIO = 200;

    public ImageProcessor {
        if (patchSize < 1 || temporalPatchSize < 1 || mergeSize < 1) {
            throw new IllegalArgumentException("patch_size, temporal_patch_size and merge_size must be positive, got "
                    + patchSize + ", " + temporalPatchSize + ", " + mergeSize);
        }
        if (minPixels < 1 || maxPixels < minPixels) {
            throw new IllegalArgumentException(
                    "need 1 <= min_pixels <= max_pixels, got " + minPixels + " and " + maxPixels);
        }
        if (mean.length != RgbImage.CHANNELS || std.length != RgbImage.CHANNELS) {
            throw new IllegalArgumentException("image_mean and image_std must have " + RgbImage.CHANNELS
                    + " values, got " + mean.length + " and " + std.length);
        }
        for (float value : std) {
            if (!(value > 0)) {
                throw new IllegalArgumentException("image_std must be positive, got " + value);
            }
        }
        mean = mean.clone();
        std = std.clone();
    }

    /**
     * Pixel values of one picture.
     *
     * @param values (frames x rows x columns) x (channels x temporalPatchSize x patchSize x patchSize), row-major
     * @param grid frames, rows and columns of patches
     */
    public record Pixels(float[] values, long[] grid) {
        /** Tokens that the picture takes in a prompt. */
        public int tokens(int mergeSize) {
            return Math.toIntExact(grid[0] * grid[1] * grid[2] / ((long) mergeSize * mergeSize));
        }
    }

    /** Width and height in pixels. */
    public record Size(int width, int height) {}

    /**
     * Reads {@code preprocessor_config.json}, with the pixel bounds under either of their names.
     *
     * @throws IOException if the file is missing or wrong; the message names it
     */
    public static ImageProcessor read(Path file) throws IOException {
        try {
            JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
            JsonNode size = root.path("size");
            long min = root.path("min_pixels").asLong(size.path("shortest_edge").asLong(56 * 56));
            long max = root.path("max_pixels").asLong(size.path("longest_edge").asLong(28 * 28 * 1280));
            if (root.has("rescale_factor")
                    && Math.abs(root.get("rescale_factor").asDouble() * 255 - 1) > 1e-6) {
                throw new IllegalArgumentException("rescale_factor must be 1/255, got " + root.get("rescale_factor"));
            }
            return new ImageProcessor(
                    min,
                    max,
                    root.path("patch_size").asInt(14),
                    root.path("temporal_patch_size").asInt(2),
                    root.path("merge_size").asInt(2),
                    floats(root, "image_mean"),
                    floats(root, "image_std"));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": no valid JSON: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /** The same with other bounds on the area, as training recipes set them. */
    public ImageProcessor withPixelBounds(long minPixels, long maxPixels) {
        return new ImageProcessor(minPixels, maxPixels, patchSize, temporalPatchSize, mergeSize, mean, std);
    }

    /**
     * Size after resizing: both sides multiples of {@code patchSize * mergeSize}, the area within the bounds where the
     * sides allow it, the aspect ratio as near as that leaves it.
     *
     * @throws IllegalArgumentException if one side is more than 200 times the other
     */
    public Size resizedSize(int width, int height) {
        if (Math.max(width, height) > (long) MAX_ASPECT_RATIO * Math.min(width, height)) {
            throw new IllegalArgumentException("the sides of a picture may differ by a factor of " + MAX_ASPECT_RATIO
                    + " at most, got " + width + " x " + height);
        }
        int factor = patchSize * mergeSize;
        // rint rounds ties to even, as Python's round does.
        long newHeight = (long) Math.rint((double) height / factor) * factor;
        long newWidth = (long) Math.rint((double) width / factor) * factor;
        double area = (double) height * width;
        if (newHeight * newWidth > maxPixels) {
            double shrink = Math.sqrt(area / maxPixels);
            newHeight = Math.max(factor, (long) Math.floor(height / shrink / factor) * factor);
            newWidth = Math.max(factor, (long) Math.floor(width / shrink / factor) * factor);
        } else if (newHeight * newWidth < minPixels) {
            double grow = Math.sqrt(minPixels / area);
            newHeight = (long) Math.ceil(height * grow / factor) * factor;
            newWidth = (long) Math.ceil(width * grow / factor) * factor;
        }
        return new Size(Math.toIntExact(newWidth), Math.toIntExact(newHeight));
    }

    /** Reads and processes a picture file. */
    public Pixels process(Path file) throws IOException {
        RgbImage image = ImageLoader.load(file);
        try {
            return process(image);
        } catch (IllegalArgumentException e) {
            throw new ImageFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** Processes a picture. */
    public Pixels process(RgbImage image) {
        Size size = resizedSize(image.width(), image.height());
        RgbImage resized = BicubicResampler.resize(image, size.width(), size.height());
        int rows = size.height() / patchSize;
        int columns = size.width() / patchSize;
        float[][] normalised = normalisationTables();
        float[] values = new float
                [Math.multiplyExact(rows * columns, RgbImage.CHANNELS * temporalPatchSize * patchSize * patchSize)];
        int at = 0;
        for (int windowRow = 0; windowRow < rows; windowRow += mergeSize) {
            for (int windowColumn = 0; windowColumn < columns; windowColumn += mergeSize) {
                for (int inWindow = 0; inWindow < mergeSize * mergeSize; inWindow++) {
                    int top = (windowRow + inWindow / mergeSize) * patchSize;
                    int left = (windowColumn + inWindow % mergeSize) * patchSize;
                    at = patch(resized, top, left, normalised, values, at);
                }
            }
        }
        return new Pixels(values, new long[] {1, rows, columns});
    }

    private int patch(RgbImage image, int top, int left, float[][] normalised, float[] values, int at) {
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            int begin = at;
            for (int y = top; y < top + patchSize; y++) {
                int from = (y * image.width() + left) * RgbImage.CHANNELS + channel;
                for (int x = 0; x < patchSize; x++) {
                    values[at++] = normalised[channel][image.samples()[from + x * RgbImage.CHANNELS] & 0xFF];
                }
            }
            for (int frame = 1; frame < temporalPatchSize; frame++) {
                System.arraycopy(values, begin, values, at, patchSize * patchSize);
                at += patchSize * patchSize;
            }
        }
        return at;
    }

    /** There are only 256 values per channel. */
    private float[][] normalisationTables() {
        float[][] tables = new float[RgbImage.CHANNELS][256];
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            for (int value = 0; value < 256; value++) {
                tables[channel][value] = ((float) (value * (1.0 / 255)) - mean[channel]) / std[channel];
            }
        }
        return tables;
    }

    private static float[] floats(JsonNode root, String key) {
        JsonNode array = root.path(key);
        if (!array.isArray()) {
            throw new IllegalArgumentException(key + " is missing");
        }
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) array.get(i).asDouble();
        }
        return values;
    }
}
