package org.reasonrft.data.scene;

import java.util.Arrays;

/**
 * What a camera sees of each object, counted on a buffer of object numbers.
 *
 * @param ids for each pixel, row by row from the top left, the index of the object in front, or -1 for none
 * @param width of the buffer
 * @param visible pixels in which each object is in front, in pixels of the buffer
 * @param covered pixels that each object would fill if it stood alone
 * @param inside whether each object lies wholly within the picture without touching its edge
 */
public record Visibility(int[] ids, int width, int[] visible, int[] covered, boolean[] inside) {
    /** The buffer of a picture; one ray through the middle of each pixel. */
    public static Visibility of(Scene scene, Camera camera) {
        Tracer tracer = new Tracer(scene);
        Solid[] solids = tracer.solids();
        int width = camera.width();
        int[] ids = new int[width * camera.height()];
        Arrays.fill(ids, -1);
        int[] visible = new int[solids.length];
        int[] covered = new int[solids.length];
        boolean[] inside = new boolean[solids.length];
        double[] distance = new double[ids.length];
        Arrays.fill(distance, Double.POSITIVE_INFINITY);
        double[] direction = new double[3];
        double[] eye = camera.eye();
        Hit hit = new Hit();
        for (Solid solid : solids) {
            double[] square = camera.project(solid.centreX, solid.centreY, solid.boundZ, solid.boundRadius);
            if (square == null) {
                continue;
            }
            int left = (int) Math.floor(square[0] - square[2]);
            int top = (int) Math.floor(square[1] - square[2]);
            int right = (int) Math.ceil(square[0] + square[2]);
            int bottom = (int) Math.ceil(square[1] + square[2]);
            boolean cut = false;
            for (int y = top; y < bottom; y++) {
                for (int x = left; x < right; x++) {
                    camera.direction(x + 0.5, y + 0.5, direction);
                    hit.clear();
                    solid.intersect(eye[0], eye[1], eye[2], direction[0], direction[1], direction[2], hit);
                    if (hit.solid == null) {
                        continue;
                    }
                    covered[solid.index]++;
                    cut |= x < 1 || y < 1 || x >= width - 1 || y >= camera.height() - 1;
                    boolean within = x >= 0 && y >= 0 && x < width && y < camera.height();
                    if (within && hit.distance < distance[y * width + x]) {
                        distance[y * width + x] = hit.distance;
                        ids[y * width + x] = solid.index;
                    }
                }
            }
            inside[solid.index] = !cut && covered[solid.index] > 0;
        }
        for (int id : ids) {
            if (id >= 0) {
                visible[id]++;
            }
        }
        return new Visibility(ids, width, visible, covered, inside);
    }

    /**
     * Whether every object lies within the picture and enough of it can be seen.
     *
     * @param fewestPixels of each object that must be in front
     * @param share of each object's pixels that must be in front, 0 to 1
     */
    public boolean showsAll(int fewestPixels, double share) {
        for (int i = 0; i < visible.length; i++) {
            if (!inside[i] || visible[i] < fewestPixels || visible[i] < share * covered[i]) {
                return false;
            }
        }
        return true;
    }
}
