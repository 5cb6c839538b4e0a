package org.reasonrft.data.scene;

import org.reasonrft.data.generated.Picture;

/**
 * Draws scenes in perspective. A scene and a camera give the same pixels on every machine: beside tables made with
 * {@link StrictMath} only operations that Java rounds alike everywhere are used.
 */
public final class SceneRenderer {
    /** Pictures no wider than this are sampled more densely: every pixel of an object counts in them. */
    private static final int SMALL = 160;

    private static final int SHADOW_RAYS = 27;

    private SceneRenderer() {}

    /** The picture that the camera takes of the scene. */
    public static Picture render(Scene scene, Camera camera) {
        int width = camera.width();
        int height = camera.height();
        int side = width <= SMALL ? 4 : 3;
        Tracer tracer = new Tracer(scene);
        boolean[] even = evenPixels(scene, tracer, camera);
        int[] rgb = new int[width * height];
        double[] eye = camera.eye();
        double[] direction = new double[3];
        double[] sum = new double[3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                sum[0] = sum[1] = sum[2] = 0;
                int samples = even[y * width + x] ? 1 : side;
                int rays = Math.max(2, SHADOW_RAYS / (samples * samples));
                for (int i = 0; i < samples * samples; i++) {
                    camera.direction(x + (i % samples + 0.5) / samples, y + (i / samples + 0.5) / samples, direction);
                    tracer.trace(
                            eye[0],
                            eye[1],
                            eye[2],
                            direction[0],
                            direction[1],
                            direction[2],
                            rays,
                            i * rays % Light.POINTS,
                            sum);
                }
                double count = samples * samples;
                rgb[y * width + x] = ToneCurve.rgb(sum[0] / count, sum[1] / count, sum[2] / count);
            }
        }
        return new Picture(width, height, rgb);
    }

    /** Pixels that show nothing but ground of one colour, with shadows at most: one ray does for these. */
    private static boolean[] evenPixels(Scene scene, Tracer tracer, Camera camera) {
        int width = camera.width();
        int height = camera.height();
        boolean[] even = new boolean[width * height];
        if (width <= SMALL) {
            return even;
        }
        int stride = width + 1;
        int[] paint = new int[stride * (height + 1)];
        double[] direction = new double[3];
        for (int y = 0; y <= height; y++) {
            for (int x = 0; x <= width; x++) {
                camera.direction(x, y, direction);
                paint[y * stride + x] = paint(scene.ground(), tracer, camera, direction);
            }
        }
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int corner = y * stride + x;
                int first = paint[corner];
                even[y * width + x] = first >= 0
                        && first == paint[corner + 1]
                        && first == paint[corner + stride]
                        && first == paint[corner + stride + 1];
            }
        }
        return even;
    }

    /** Which of the ground's colours is seen in a direction; -1 if something else is, or may be close by. */
    private static int paint(Ground ground, Tracer tracer, Camera camera, double[] direction) {
        double[] eye = camera.eye();
        Hit hit = tracer.nearest(eye[0], eye[1], eye[2], direction[0], direction[1], direction[2]);
        if (hit.solid != null || direction[2] > -1e-3) {
            return -1;
        }
        double distance = -eye[2] / direction[2];
        double x = eye[0] + distance * direction[0];
        double y = eye[1] + distance * direction[1];
        return GroundPattern.nearLine(ground, x, y, 2 * distance / camera.width())
                ? -1
                : (int) GroundPattern.secondShare(ground, x, y);
    }
}
