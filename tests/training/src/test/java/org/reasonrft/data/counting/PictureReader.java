package org.reasonrft.data.counting;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reasonrft.data.generated.Picture;

/**
 * Reads objects off a picture, knowing nothing of the renderer but the grid: chroma separates objects from the ground,
 * hue gives the colour, and moments of the silhouette that neither size, place nor rotation change give the shape.
 */
final class PictureReader {
    /** Above the chroma of any background with its noise. */
    private static final double GROUND_CHROMA = 65;

    private static final double NOISE = 22;
    private static final int FEWEST_PIXELS = 12;

    private PictureReader() {}

    /** The objects in reading order as "cell color shape". */
    static List<String> read(Picture picture) {
        List<String> found = new ArrayList<>();
        int side = picture.width() / 3;
        for (Cell cell : Cell.values()) {
            double[] chroma = new double[side * side];
            double[] sum = new double[3];
            int count = 0;
            for (int i = 0; i < chroma.length; i++) {
                int x = cell.column() * side + i % side;
                int y = cell.row() * side + i / side;
                int rgb = picture.rgb()[y * picture.width() + x];
                int[] channels = {rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF};
                int max = Math.max(channels[0], Math.max(channels[1], channels[2]));
                chroma[i] = max - Math.min(channels[0], Math.min(channels[1], channels[2]));
                if (chroma[i] > GROUND_CHROMA) {
                    count++;
                    for (int c = 0; c < 3; c++) {
                        sum[c] += channels[c];
                    }
                }
            }
            if (count >= FEWEST_PIXELS) {
                found.add(cell.word() + " " + color(sum[0], sum[1], sum[2]) + " " + shape(chroma, side));
            }
        }
        return found;
    }

    private static String color(double red, double green, double blue) {
        double max = Math.max(red, Math.max(green, blue));
        double chroma = max - Math.min(red, Math.min(green, blue));
        double hue = max == red
                ? (green - blue) / chroma
                : max == green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
        double degrees = (hue * 60 + 360) % 360;
        return degrees < 25 || degrees > 330
                ? "red"
                : degrees < 75
                        ? "yellow"
                        : degrees < 155 ? "green" : degrees < 205 ? "cyan" : degrees < 255 ? "blue" : "purple";
    }

    /**
     * Of the ideal silhouettes, the inertia over the area squared is 1/6 for the square, 0.192 for triangle and cross,
     * and 0.24 for the ring; only the triangle has a third moment of threefold symmetry, 0.067.
     */
    private static String shape(double[] chroma, int side) {
        double[] cover = new double[chroma.length];
        double area = 0;
        double centreX = 0;
        double centreY = 0;
        double[] sorted = chroma.clone();
        Arrays.sort(sorted);
        double ground = sorted[chroma.length / 5] + NOISE;
        double full = Math.max(ground + 10, 0.6 * sorted[chroma.length * 97 / 100]);
        for (int i = 0; i < chroma.length; i++) {
            // Half-covered pixels at the edge count in part.
            cover[i] = Math.max(0, Math.min(1, (chroma[i] - ground) / (full - ground)));
            area += cover[i];
            centreX += cover[i] * (i % side);
            centreY += cover[i] * (i / side);
        }
        centreX /= area;
        centreY /= area;
        double inertia = 0;
        double[] third = new double[2];
        for (int i = 0; i < chroma.length; i++) {
            double x = i % side - centreX;
            double y = i / side - centreY;
            inertia += cover[i] * (x * x + y * y);
            third[0] += cover[i] * (x * x * x - 3 * x * y * y);
            third[1] += cover[i] * (3 * x * x * y - y * y * y);
        }
        if (Math.hypot(third[0], third[1]) / Math.pow(area, 2.5) > 0.034) {
            return "triangle";
        }
        double spread = inertia / (area * area);
        return spread < 0.179 ? "square" : spread < 0.219 ? "cross" : "ring";
    }
}
