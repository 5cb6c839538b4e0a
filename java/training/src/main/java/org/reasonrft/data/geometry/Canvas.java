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
        double reach = stroke.width() / 2 + 0.5;
        List<Point> points = stroke.lines().stream().flatMap(List::stream).toList();
        Cover cover = new Cover(points, reach);
        for (List<Point> line : stroke.lines()) {
            for (int i = 1; i < line.size(); i++) {
                cover.capsule(line.get(i - 1), line.get(i), reach);
            }
        }
        blend(cover, stroke.rgb(), 1);
    }

    /** Fills a polygon by the even-odd rule, exactly across and with {@value #LINES_PER_PIXEL} lines per pixel down. */
    private void fill(Drawing.Fill fill) {
        List<Point> polygon = fill.polygon();
        Cover cover = new Cover(polygon, 1);
        double[] crossings = new double[polygon.size()];
        for (int line = cover.top * LINES_PER_PIXEL; line < cover.bottom * LINES_PER_PIXEL; line++) {
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
                cover.span(line / LINES_PER_PIXEL, crossings[i], crossings[i + 1]);
            }
        }
        blend(cover, fill.rgb(), fill.opacity());
    }

    private void blend(Cover cover, int rgb, double opacity) {
        for (int y = cover.top; y < cover.bottom; y++) {
            for (int x = cover.left; x < cover.right; x++) {
                float covered = cover.share[cover.index(x, y)];
                if (covered > 0) {
                    float share = (float) (Math.min(1, covered) * opacity);
                    for (int c = 0; c < 3; c++) {
                        float wanted = rgb >> 16 - 8 * c & 0xFF;
                        channels[c][y * width + x] += (wanted - channels[c][y * width + x]) * share;
                    }
                }
            }
        }
    }

    /** How much of each pixel is covered, in the part of the picture that holds some points. */
    private final class Cover {
        private final int left;
        private final int top;
        private final int right;
        private final int bottom;
        private final float[] share;

        Cover(List<Point> points, double reach) {
            double minX = width;
            double minY = height;
            double maxX = 0;
            double maxY = 0;
            for (Point point : points) {
                minX = Math.min(minX, point.x());
                minY = Math.min(minY, point.y());
                maxX = Math.max(maxX, point.x());
                maxY = Math.max(maxY, point.y());
            }
            left = clamp(Math.floor(minX - reach), 0, width);
            top = clamp(Math.floor(minY - reach), 0, height);
            right = clamp(Math.ceil(maxX + reach), left, width);
            bottom = clamp(Math.ceil(maxY + reach), top, height);
            share = new float[(right - left) * (bottom - top)];
        }

        private int index(int x, int y) {
            return (y - top) * (right - left) + x - left;
        }

        /** Covers all that is nearer than {@code reach} less half a pixel to a straight line. */
        void capsule(Point from, Point to, double reach) {
            int x0 = clamp(Math.floor(Math.min(from.x(), to.x()) - reach), left, right);
            int x1 = clamp(Math.ceil(Math.max(from.x(), to.x()) + reach), left, right);
            int y0 = clamp(Math.floor(Math.min(from.y(), to.y()) - reach), top, bottom);
            int y1 = clamp(Math.ceil(Math.max(from.y(), to.y()) + reach), top, bottom);
            double dx = to.x() - from.x();
            double dy = to.y() - from.y();
            double squared = dx * dx + dy * dy;
            for (int y = y0; y < y1; y++) {
                for (int x = x0; x < x1; x++) {
                    double px = x + 0.5 - from.x();
                    double py = y + 0.5 - from.y();
                    double along = squared == 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
                    double ex = px - along * dx;
                    double ey = py - along * dy;
                    double covered = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey));
                    int pixel = index(x, y);
                    if (covered > share[pixel]) {
                        share[pixel] = (float) covered;
                    }
                }
            }
        }

        /** Covers part of a line of a row. */
        void span(int row, double from, double to) {
            int x0 = clamp(Math.floor(from), left, right);
            int x1 = clamp(Math.ceil(to), left, right);
            for (int x = x0; x < x1; x++) {
                double part = Math.min(x + 1, to) - Math.max(x, from);
                share[index(x, row)] += (float) (Math.max(0, part) / LINES_PER_PIXEL);
            }
        }

        private static int clamp(double value, int low, int high) {
            return (int) Math.max(low, Math.min(high, value));
        }
    }
}
