package org.reasonrft.data.scene;

import java.util.List;
import java.util.Locale;

/** Colours of objects: the eight of CLEVR and TRANCE with their values, and a palette that training does not show. */
public enum ObjectColor {
    YELLOW(255, 238, 51),
    GRAY(87, 87, 87),
    CYAN(41, 208, 208),
    BLUE(42, 75, 215),
    BROWN(129, 74, 25),
    GREEN(29, 105, 20),
    RED(173, 35, 35),
    PURPLE(129, 38, 192),
    ORANGE(250, 130, 20),
    PINK(255, 135, 180),
    WHITE(245, 245, 240),
    BLACK(22, 22, 26),
    LIME(150, 225, 45);

    /** CLEVR's colours, in the order in which TRANCE's prompt names them. */
    public static final List<ObjectColor> FAMILIAR = List.of(YELLOW, GRAY, CYAN, BLUE, BROWN, GREEN, RED, PURPLE);

    /** The other palette. */
    public static final List<ObjectColor> SHIFTED = List.of(ORANGE, PINK, WHITE, BLACK, LIME);

    private final String word = name().toLowerCase(Locale.ROOT);
    private final int rgb;

    ObjectColor(int red, int green, int blue) {
        rgb = red << 16 | green << 8 | blue;
    }

    /** The name used in text, for example {@code red}. */
    public String word() {
        return word;
    }

    /** Whether it is one of the familiar colours in which details are hardest to see: gray, brown, green, purple. */
    public boolean isDark() {
        return this == GRAY || this == BROWN || this == GREEN || this == PURPLE;
    }

    /** sRGB before lighting as {@code 0xRRGGBB}. */
    public int rgb() {
        return rgb;
    }
}
