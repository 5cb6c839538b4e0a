package org.reasonrft.data.scene;

/**
 * A pinhole camera that looks at the middle of the field from above, as far away as it takes to show the whole field
 * from every {@link Viewpoint}. Pictures as high as wide are taken from higher up, so that the field fills them too.
 */
public final class Camera {
    /** Half the width of the view at distance 1: 39 degrees from side to side. */
    private static final double HALF_WIDTH = 0.355;

    private static final double TARGET_HEIGHT = 0.25;
    private static final double STEEPEST = 52;
    private static final double FLATTEST = 36;

    private final int width;
    private final int height;
    private final double halfHeight;
    private final double[] eye;
    private final double[] forward;
    private final double[] right;
    private final double[] up;

    /**
     * @param viewpoint side that the camera stands on
     * @param field half the side, in grid units, of the square that objects stand in
     * @param width of the picture in pixels
     * @param height of the picture in pixels
     * @throws IllegalArgumentException if a number is below 1
     */
    public Camera(Viewpoint viewpoint, int field, int width, int height) {
        require("field", field);
        require("width", width);
        require("height", height);
        this.width = width;
        this.height = height;
        halfHeight = HALF_WIDTH * height / width;
        double elevation = StrictMath.toRadians(Math.max(
                FLATTEST, Math.min(STEEPEST, FLATTEST + 48 * (4.0 / 3 - (double) width / height))));
        double cos = StrictMath.cos(elevation);
        double sin = StrictMath.sin(elevation);
        double azimuthCos = StrictMath.cos(viewpoint.azimuth());
        double azimuthSin = StrictMath.sin(viewpoint.azimuth());
        double distance = distance(field * SceneObject.GRID, cos, sin);
        eye = new double[] {distance * cos * azimuthCos, distance * cos * azimuthSin, distance * sin + TARGET_HEIGHT};
        forward = new double[] {-cos * azimuthCos, -cos * azimuthSin, -sin};
        right = new double[] {-azimuthSin, azimuthCos, 0};
        up = new double[] {-sin * azimuthCos, -sin * azimuthSin, cos};
    }

    /** The least distance from which a disc over the field lies within the picture. */
    private double distance(double field, double cos, double sin) {
        double reach = 1.15 * field + 0.75;
        double low = reach;
        double high = 100 * reach;
        for (int step = 0; step < 40; step++) {
            double middle = (low + high) / 2;
            // Widest a little before the middle of the disc; highest and lowest at its far and near ends.
            boolean shows = true;
            for (int i = 0; i < 16; i++) {
                double angle = 2 * Math.PI * i / 16;
                double x = reach * StrictMath.cos(angle);
                double y = reach * StrictMath.sin(angle);
                double depth = middle - x * cos;
                double above = -x * sin - TARGET_HEIGHT * cos;
                shows &= depth > 0 && Math.abs(y) <= HALF_WIDTH * depth && Math.abs(above) <= halfHeight * depth;
            }
            if (shows) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /** Width of the picture in pixels. */
    public int width() {
        return width;
    }

    /** Height of the picture in pixels. */
    public int height() {
        return height;
    }

    double[] eye() {
        return eye;
    }

    /** The unit vector through the point (u, v) of the picture, in pixels from its top left corner. */
    void direction(double u, double v, double[] direction) {
        double across = (2 * u / width - 1) * HALF_WIDTH;
        double upwards = (1 - 2 * v / height) * halfHeight;
        double length = Math.sqrt(1 + across * across + upwards * upwards);
        for (int i = 0; i < 3; i++) {
            direction[i] = (forward[i] + across * right[i] + upwards * up[i]) / length;
        }
    }

    /**
     * A square of the picture that contains a ball's image: its middle (u, v) and half its side in pixels, or null if
     * the ball is not wholly in front of the camera.
     */
    double[] project(double x, double y, double z, double radius) {
        double dx = x - eye[0];
        double dy = y - eye[1];
        double dz = z - eye[2];
        double depth = dx * forward[0] + dy * forward[1] + dz * forward[2];
        if (depth <= 1.5 * radius) {
            return null;
        }
        double across = dx * right[0] + dy * right[1] + dz * right[2];
        double upwards = dx * up[0] + dy * up[1] + dz * up[2];
        double scale = width / (2 * HALF_WIDTH * depth);
        double slant = Math.sqrt(1 + (across * across + upwards * upwards) / (depth * depth));
        return new double[] {
            width / 2.0 + across * scale,
            height / 2.0 - upwards * scale,
            radius * scale * slant * depth / Math.sqrt(depth * depth - radius * radius) * slant
        };
    }

    private static void require(String argument, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(argument + ": wanted at least 1, got " + value);
        }
    }
}
