package org.reasonrft.data.counting;

import java.util.Locale;

/**
 * Colours of objects. Hues lie at least 40 degrees apart and all are saturated, so that neither the lighting nor a
 * background can turn one into another.
 */
public enum ObjectColor {
    RED(0xD8, 0x2A, 0x2A),
    GREEN(0x2E, 0x9E, 0x3A),
    BLUE(0x2B, 0x4F, 0xDB),
    YELLOW(0xF2, 0xC8, 0x1E),
    PURPLE(0xA0, 0x35, 0xC4),
    CYAN(0x2A, 0xC4, 0xD0);

    private final String word = name().toLowerCase(Locale.ROOT);
    private final int red;
    private final int green;
    private final int blue;

    ObjectColor(int red, int green, int blue) {
        this.red = red;
        this.green = green;
        this.blue = blue;
    }

    /** The name used in text, for example {@code red}. */
    public String word() {
        return word;
    }

    /** Red, green and blue, each 0 to 255, before lighting. */
    int[] rgb() {
        return new int[] {red, green, blue};
    }
}
