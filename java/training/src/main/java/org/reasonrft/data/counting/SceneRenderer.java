package org.reasonrft.data.counting;

import org.reasonrft.data.generated.Picture;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Draws scenes pixel by pixel, with lighting, soft shadows and noise.
 *
 * <p>Own arithmetic rather than Java2D, so that a seed gives the same pixels on every platform: only operations that
 * IEEE 754 or {@link StrictMath} define exactly are used. Edges are smoothed by averaging {@value #GRID} x
 * {@value #GRID} points per pixel.
 */
final class SceneRenderer {
    private static final int GRID = 4;
    /** Where the shadow falls and how far it reaches beyond its object, in cells. */
    private static final double SHADOW_X = 0.045;

    private static final double SHADOW_Y = 0.06;
    private static final double SHADOW_REACH = 0.05;
    private static final double SHADOW_STRENGTH = 0.30;
    /** Width of the darker rim inside an object's edge, in cells. */
    private static final double RIM = 0.045;
    /** No shape or shadow reaches further from its object's centre than this many radii. */
    private static final double BOUND = 1.7;

    private SceneRenderer() {}

    static Picture render(Scene scene, int size) {
        double cellSize = size / (double) Cell.COLUMNS;
        Silhouette[] silhouetteOfCell = new Silhouette[Cell.values().length];
        for (SceneObject object : scene.objects()) {
            silhouetteOfCell[object.cell().ordinal()] = new Silhouette(object);
        }
        SeededRandom noise = new SeededRandom(scene.noiseSeed());
        int[] rgb = new int[size * size];
        double[] color = new double[3];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                color[0] = color[1] = color[2] = 0;
                for (int i = 0; i < GRID * GRID; i++) {
                    double u = (x + (i % GRID + 0.5) / GRID) / cellSize;
                    double v = (y + (i / GRID + 0.5) / GRID) / cellSize;
                    int column = Math.min((int) u, Cell.COLUMNS - 1);
                    int row = Math.min((int) v, Cell.COLUMNS - 1);
                    addPoint(scene, silhouetteOfCell[row * Cell.COLUMNS + column], u, v, color);
                }
                rgb[y * size + x] = channel(color[0], scene, noise) << 16
                        | channel(color[1], scene, noise) << 8
                        | channel(color[2], scene, noise);
            }
        }
        return new Picture(size, size, rgb);
    }

    private static int channel(double sum, Scene scene, SeededRandom noise) {
        double value = sum / (GRID * GRID) * scene.brightness() + scene.noise() * gaussian(noise.nextLong());
        return (int) Math.max(0, Math.min(255, Math.rint(value)));
    }

    /** Nearly normal with variance 1: the sum of four uniform 16-bit numbers, free of logarithms. */
    private static double gaussian(long bits) {
        long sum = (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
        return (sum / 65536.0 - 2) * 1.7320508075688772;
    }

    /** Adds the colour at (u, v), in cells from the top left of the picture. */
    private static void addPoint(Scene scene, Silhouette silhouette, double u, double v, double[] color) {
        double shadow = 0;
        if (silhouette != null) {
            double x = u - silhouette.centreX;
            double y = v - silhouette.centreY;
            if (x * x + y * y < silhouette.boundSquared) {
                double distance = silhouette.distance(x, y);
                if (distance < 0) {
                    // Light from the upper left, and a darker rim that sets yellow off from a light ground.
                    double light = 1.04 - 0.154 * (x + y) / silhouette.radius;
                    double factor = distance > -RIM ? light * 0.76 : light;
                    for (int c = 0; c < 3; c++) {
                        color[c] += Math.min(255, silhouette.rgb[c] * factor);
                    }
                    return;
                }
                double away = silhouette.distance(x - SHADOW_X, y - SHADOW_Y);
                shadow = SHADOW_STRENGTH * Math.max(0, Math.min(1, 0.5 - away / (2 * SHADOW_REACH)));
            }
        }
        Background background = scene.background();
        double second = secondShare(background, u, v);
        for (int c = 0; c < 3; c++) {
            int shift = 16 - 8 * c;
            double first = background.first() >> shift & 0xFF;
            double other = background.second() >> shift & 0xFF;
            color[c] += (first + (other - first) * second) * (1 - shadow);
        }
    }

    /** How much of the second background colour shows at a point, 0 to 1. */
    private static double secondShare(Background background, double u, double v) {
        return switch (background.pattern()) {
            case PLAIN -> 0;
            case VERTICAL_GRADIENT -> v / Cell.COLUMNS;
            case STRIPES -> ((int) ((u + v) * 4) & 1);
            case CHECKS -> ((int) (u * 4) + (int) (v * 4)) & 1;
        };
    }

    /** An object's outline, with what every point of the picture needs of it. */
    private static final class Silhouette {
        private final ObjectShape shape;
        private final double radius;
        private final double centreX;
        private final double centreY;
        private final double boundSquared;
        private final double cos;
        private final double sin;
        private final int[] rgb;

        Silhouette(SceneObject object) {
            shape = object.shape();
            radius = object.radius();
            centreX = object.cell().column() + 0.5 + object.shiftX();
            centreY = object.cell().row() + 0.5 + object.shiftY();
            boundSquared = BOUND * BOUND * radius * radius;
            cos = StrictMath.cos(object.rotation());
            sin = StrictMath.sin(object.rotation());
            rgb = object.color().rgb();
        }

        /** Distance of (x, y) from the edge, negative inside; outside a corner, a lower bound of it. */
        double distance(double x, double y) {
            double a = cos * x + sin * y;
            double b = cos * y - sin * x;
            return switch (shape) {
                case RING -> Math.abs(Math.sqrt(a * a + b * b) - 0.72 * radius) - 0.28 * radius;
                case SQUARE -> box(a, b, 0.82 * radius, 0.82 * radius);
                case TRIANGLE -> {
                    // Equilateral: three half-planes around the centroid, which lies below the middle of the height.
                    double down = b - 0.28 * radius;
                    yield Math.max(down, Math.abs(a) * 0.8660254037844386 - down * 0.5) - 0.56 * radius;
                }
                case CROSS ->
                    Math.min(box(a, b, 0.95 * radius, 0.32 * radius), box(a, b, 0.32 * radius, 0.95 * radius));
            };
        }

        private static double box(double x, double y, double halfWidth, double halfHeight) {
            return Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);
        }
    }
}
