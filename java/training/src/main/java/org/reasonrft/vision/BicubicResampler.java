package org.reasonrft.vision;

/**
 * Bicubic resizing with antialiasing on 8-bit samples, bit for bit as Pillow does it: the Keys kernel with a = -0.5,
 * widened by the scale when shrinking; weights rounded to 22 fractional bits; columns first, then rows, rounding to 8
 * bits after each.
 */
final class BicubicResampler {
    private static final int PRECISION_BITS = 22;
    private static final double A = -0.5;
    private static final double KERNEL_RADIUS = 2.0;

    private BicubicResampler() {}

    /** For one output sample: first input sample, and weights in {@code weights[begin..begin + count)}. */
    private record Weights(int[] first, int[] count, int[] values, int stride) {}

    static RgbImage resize(RgbImage image, int width, int height) {
        byte[] samples = image.samples();
        if (width != image.width()) {
            samples = columns(samples, image.width(), image.height(), width);
        }
        if (height != image.height()) {
            samples = rows(samples, width, image.height(), height);
        }
        return new RgbImage(width, height, samples);
    }

    private static byte[] columns(byte[] in, int inWidth, int height, int outWidth) {
        Weights weights = weights(inWidth, outWidth);
        byte[] out = new byte[Math.multiplyExact(Math.multiplyExact(outWidth, height), RgbImage.CHANNELS)];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < outWidth; x++) {
                int begin = (y * inWidth + weights.first[x]) * RgbImage.CHANNELS;
                for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                    out[at++] = weighted(in, begin + channel, RgbImage.CHANNELS, weights, x);
                }
            }
        }
        return out;
    }

    private static byte[] rows(byte[] in, int width, int inHeight, int outHeight) {
        Weights weights = weights(inHeight, outHeight);
        int stride = width * RgbImage.CHANNELS;
        byte[] out = new byte[Math.multiplyExact(stride, outHeight)];
        int at = 0;
        for (int y = 0; y < outHeight; y++) {
            int begin = weights.first[y] * stride;
            for (int x = 0; x < stride; x++) {
                out[at++] = weighted(in, begin + x, stride, weights, y);
            }
        }
        return out;
    }

    private static byte weighted(byte[] in, int begin, int stride, Weights weights, int index) {
        int sum = 1 << (PRECISION_BITS - 1);
        int base = index * weights.stride;
        for (int i = 0; i < weights.count[index]; i++) {
            sum += (in[begin + i * stride] & 0xFF) * weights.values[base + i];
        }
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
    }

    private static Weights weights(int inSize, int outSize) {
        double scale = (double) inSize / outSize;
        double widening = Math.max(scale, 1.0);
        double support = KERNEL_RADIUS * widening;
        int stride = (int) Math.ceil(support) * 2 + 1;
        int[] first = new int[outSize];
        int[] count = new int[outSize];
        int[] values = new int[Math.multiplyExact(outSize, stride)];
        double[] row = new double[stride];
        for (int i = 0; i < outSize; i++) {
            double center = (i + 0.5) * scale;
            // Truncation towards zero, as in C; below zero both ends are clipped anyway.
            int begin = Math.max(0, (int) (center - support + 0.5));
            int end = Math.min(inSize, (int) (center + support + 0.5));
            double sum = 0;
            for (int k = 0; k < end - begin; k++) {
                row[k] = kernel((k + begin - center + 0.5) / widening);
                sum += row[k];
            }
            for (int k = 0; k < end - begin; k++) {
                double weight = row[k] / sum * (1 << PRECISION_BITS);
                values[i * stride + k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
            }
            first[i] = begin;
            count[i] = end - begin;
        }
        return new Weights(first, count, values, stride);
    }

    /** Keys (1981), equation 4, with a = -0.5. */
    private static double kernel(double x) {
        double distance = Math.abs(x);
        if (distance < 1) {
            return ((A + 2) * distance - (A + 3)) * distance * distance + 1;
        }
        if (distance < 2) {
            return (((distance - 5) * distance + 8) * distance - 4) * A;
        }
        return 0;
    }
}
