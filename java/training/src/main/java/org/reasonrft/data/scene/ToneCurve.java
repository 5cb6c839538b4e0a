package org.reasonrft.data.scene;

/** From linear light to sRGB bytes (IEC 61966-2-1) and back, by table. */
final class ToneCurve {
    private static final int STEPS = 8192;
    private static final double BRIGHTEST = 2;
    /** Above this the curve bends, so that highlights keep their colour a little longer. */
    private static final double KNEE = 0.75;

    private static final byte[] BYTES = new byte[STEPS + 1];
    private static final double[] LINEAR = new double[256];

    static {
        for (int i = 0; i <= STEPS; i++) {
            double light = BRIGHTEST * i / STEPS;
            if (light > KNEE) {
                double over = light - KNEE;
                double room = 1 - KNEE;
                light = KNEE + room * over / (over + room);
            }
            double encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * StrictMath.pow(light, 1 / 2.4) - 0.055;
            BYTES[i] = (byte) StrictMath.rint(255 * encoded);
        }
        for (int i = 0; i < 256; i++) {
            double encoded = i / 255.0;
            LINEAR[i] = encoded <= 0.04045 ? encoded / 12.92 : StrictMath.pow((encoded + 0.055) / 1.055, 2.4);
        }
    }

    private ToneCurve() {}

    /** Linear red, green and blue of a {@code 0xRRGGBB}. */
    static double[] linear(int rgb) {
        return new double[] {LINEAR[rgb >> 16 & 0xFF], LINEAR[rgb >> 8 & 0xFF], LINEAR[rgb & 0xFF]};
    }

    /** {@code 0xRRGGBB} of linear light. */
    static int rgb(double red, double green, double blue) {
        return encoded(red) << 16 | encoded(green) << 8 | encoded(blue);
    }

    private static int encoded(double light) {
        int step = (int) Math.rint(Math.max(0, Math.min(1, light / BRIGHTEST)) * STEPS);
        return BYTES[step] & 0xFF;
    }
}
