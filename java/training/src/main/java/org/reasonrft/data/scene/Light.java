package org.reasonrft.data.scene;

/**
 * The light of a scene, in linear RGB where 1 is a white surface in full light: a round lamp whose size softens
 * shadows, a weak lamp on the other side that casts none, and a sky, brighter overhead than at the horizon.
 */
final class Light {
    /** Points of the lamp that shadow rays go to; each run of a few is spread over the whole disc. */
    static final int POINTS = 64;

    private static final double DISTANCE = 9;
    private static final double HEIGHT = 8.5;
    private static final double LAMP_RADIUS = 1.15;
    private static final double KEY = 0.66;
    private static final double FILL = 0.12;
    private static final double AMBIENT = 0.36;

    /** Middle of the lamp. */
    final double lampX;

    final double lampY;
    final double lampZ;
    final double lampRadius = LAMP_RADIUS;
    /** Points of the lamp, three coordinates each. */
    final double[] points = new double[3 * POINTS];
    /** Towards the middle of the lamp from the middle of the scene. */
    final double keyX;

    final double keyY;
    final double keyZ;
    private final double fillX;
    private final double fillY;
    private final double fillZ;
    final double key;
    final double fill;
    final double ambient;
    private final double brightness;

    Light(Scene scene) {
        double cos = StrictMath.cos(scene.lightAzimuth());
        double sin = StrictMath.sin(scene.lightAzimuth());
        lampX = DISTANCE * cos;
        lampY = DISTANCE * sin;
        lampZ = HEIGHT;
        double length = Math.sqrt(DISTANCE * DISTANCE + HEIGHT * HEIGHT);
        keyX = lampX / length;
        keyY = lampY / length;
        keyZ = lampZ / length;
        fillX = -sin * 0.8;
        fillY = cos * 0.8;
        fillZ = 0.6;
        brightness = scene.brightness();
        key = KEY * brightness;
        fill = FILL * brightness;
        ambient = AMBIENT * brightness;
        // The lamp's disc faces the scene: spanned by a level vector and one at right angles to it and to the light.
        double[] level = {-sin, cos, 0};
        double[] steep = {-keyZ * cos, -keyZ * sin, keyX * cos + keyY * sin};
        for (int i = 0; i < POINTS; i++) {
            // Golden-angle spiral; the radical inverse makes every run of neighbours reach from middle to rim.
            double reach = LAMP_RADIUS * Math.sqrt((Integer.reverse(i) >>> 26) / 64.0 + 1 / 128.0);
            double angle = i * 2.399963229728653;
            double across = reach * StrictMath.cos(angle);
            double upwards = reach * StrictMath.sin(angle);
            points[3 * i] = lampX + across * level[0] + upwards * steep[0];
            points[3 * i + 1] = lampY + across * level[1] + upwards * steep[1];
            points[3 * i + 2] = lampZ + across * level[2] + upwards * steep[2];
        }
    }

    /** Cosine towards the second lamp, not below 0. */
    double fillCosine(double nx, double ny, double nz) {
        return Math.max(0, nx * fillX + ny * fillY + nz * fillZ);
    }

    /** Radiance of the sky in a direction that does not go down, the lamp and two soft boxes included. */
    double sky(double dx, double dy, double dz) {
        double z = Math.max(0, dz);
        double radiance = 0.18 + 0.75 * z;
        double towardsLamp = dx * keyX + dy * keyY + dz * keyZ;
        radiance += 3.2 * smooth(0.965, 0.985, towardsLamp);
        radiance += 0.75 * smooth(0.86, 0.93, dx * fillX + dy * fillY + dz * fillZ);
        // A window high behind the camera.
        radiance += 0.9 * smooth(0.86, 0.92, 0.5 * dx + 0.866 * dz) * smooth(0, 0.1, 0.4 - Math.abs(dy));
        return radiance * brightness;
    }

    /** 0 below low, 1 above high, smooth between. */
    static double smooth(double low, double high, double value) {
        double t = Math.max(0, Math.min(1, (value - low) / (high - low)));
        return t * t * (3 - 2 * t);
    }
}
