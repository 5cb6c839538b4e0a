package org.reasonrft.data.geometry;

import java.util.Arrays;
import java.util.List;
import org.reasonrft.data.generated.Picture;

/**
 * Paints smooth lines and areas. Own arithmetic rather than Java2D, so that a seed gives the same pixels on every
 * platform and in every Java release: only operations that IEEE 754 or {@link StrictMath} define exactly are used.
 */
final class Canvas {
    private static final int LINES_PER_PIXEL = 4;

    private final int width;
    private final int height;
    private final float[][] channels;

    Canvas(int width, int height, int background) {
        this.width = width;
        this.height = height;
        channels = new float[3][width * height];
        for (int c = 0; c < 3; c++) {
            Arrays.fill(channels[c], background >> 16 - 8 * c & 0xFF);
        }
    }

    void paint(Drawing.Item item) {
        if (item instanceof Drawing.Stroke stroke) {
            stroke(stroke);
        } else if (item instanceof Drawing.Fill fill) {
            fill(fill);
        }
    }

    Picture picture() {
        int[] rgb = new int[width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = channel(0, i) << 16 | channel(1, i) << 8 | channel(2, i);
        }
        return new Picture(width, height, rgb);
    }

    private int channel(int c, int pixel) {
        return (int) Math.max(0, Math.min(255, Math.rint(channels[c][pixel])));
    }

    /** All lines of a stroke cover as one, so that joints and crossings are no darker. */
    private void stroke(Drawing.Stroke stroke) {
        float[] cover = new float[width * height];
        double reach = stroke.width() / 2 + 0.5;
        for (List<Point> line : stroke.lines()) {
            for (int i = 1; i < line.size(); i++) {
                cover(cover, line.get(i - 1), line.get(i), reach);
            }
        }
        blend(cover, stroke.rgb(), 1);
    }

    private void cover(float[] cover, Point from, Point to, double reach) {
        int left = clamp(Math.floor(Math.min(from.x(), to.x()) - reach), width);
        int right = clamp(Math.ceil(Math.max(from.x(), to.x()) + reach), width);
        int top = clamp(Math.floor(Math.min(from.y(), to.y()) - reach), height);
        int bottom = clamp(Math.ceil(Math.max(from.y(), to.y()) + reach), height);
        double dx = to.x() - from.x();
        double dy = to.y() - from.y();
        double squared = dx * dx + dy * dy;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                double px = x + 0.5 - from.x();
                double py = y + 0.5 - from.y();
                double share = squared == 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
                double ex = px - share * dx;
                double ey = py - share * dy;
                double covered = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey));
                int pixel = y * width + x;
                if (covered > cover[pixel]) {
                    cover[pixel] = (float) covered;
                }
            }
        }
    }

    private static int clamp(double value, int size) {
        return (int) Math.max(0, Math.min(size, value));
    }

    /** Fills a polygon by the even-odd rule, exactly across and with {@value #LINES_PER_PIXEL} lines per pixel down. */
    private void fill(Drawing.Fill fill) {
        float[] cover = new float[width * height];
        List<Point> polygon = fill.polygon();
        double[] crossings = new double[polygon.size()];
        for (int line = 0; line < height * LINES_PER_PIXEL; line++) {
            double y = (line + 0.5) / LINES_PER_PIXEL;
            int count = 0;
            for (int i = 0; i < polygon.size(); i++) {
                Point a = polygon.get(i);
                Point b = polygon.get((i + 1) % polygon.size());
                if (a.y() <= y != b.y() <= y) {
                    crossings[count++] = a.x() + (y - a.y()) / (b.y() - a.y()) * (b.x() - a.x());
                }
            }
            Arrays.sort(crossings, 0, count);
            for (int i = 0; i + 1 < count; i += 2) {
                span(cover, line / LINES_PER_PIXEL * width, crossings[i], crossings[i + 1]);
            }
        }
        blend(cover, fill.rgb(), fill.opacity());
    }

    private void span(float[] cover, int row, double from, double to) {
        int left = clamp(Math.floor(from), width);
        int right = clamp(Math.ceil(to), width);
        for (int x = left; x < right; x++) {
            double part = Math.min(x + 1, to) - Math.max(x, from);
            cover[row + x] += (float) (Math.max(0, part) / LINES_PER_PIXEL);
        }
    }

    private void blend(float[] cover, int rgb, double opacity) {
        for (int pixel = 0; pixel < cover.length; pixel++) {
            if (cover[pixel] > 0) {
                float share = (float) (Math.min(1, cover[pixel]) * opacity);
                for (int c = 0; c < 3; c++) {
                    float wanted = rgb >> 16 - 8 * c & 0xFF;
                    channels[c][pixel] += (wanted - channels[c][pixel]) * share;
                }
            }
        }
    }
}
