package org.reasonrft.data.geometry;

import java.util.List;
import org.reasonrft.data.generated.SeededRandom;

/**
 * How a figure is drawn. The familiar looks are a school book's: black on white, upright. The others have coloured or
 * light lines on tinted or dark ground, thinner or thicker, often filled, with dots at the corners, turned at will.
 *
 * @param background colour as 0xRRGGBB, like the others
 * @param ink colour of lines and marks
 * @param writing colour of letters and values
 * @param tint colour of the inside of a figure; negative for none
 * @param lineWidth in parts of the picture's size
 * @param turn degrees by which the figure is rotated
 * @param mirrored whether left and right are exchanged first
 * @param dots whether corners get dots
 * @param fill how much of the room the figure takes, 0 to 1
 * @param shiftX where the figure lies in the room that is left, 0 to 1; shiftY likewise
 * @param shifted whether it is one of the unfamiliar looks
 */
record Look(
        int background,
        int ink,
        int writing,
        int tint,
        double lineWidth,
        double turn,
        boolean mirrored,
        boolean dots,
        double fill,
        double shiftX,
        double shiftY,
        boolean shifted) {
    private static final List<int[]> LIGHT_GROUNDS =
            List.of(new int[] {0xFBF3DE, 0x5A2D0C}, new int[] {0xE3EEFA, 0x12306B}, new int[] {0xE6F3E2, 0x14512A});
    private static final List<int[]> DARK_GROUNDS =
            List.of(new int[] {0x21402F, 0xE9F2E4}, new int[] {0x1D2740, 0xE4E8F4}, new int[] {0x333333, 0xEEEEEE});
    private static final int[] ROLES_ON_LIGHT = {0xDC2323, 0x109A3C, 0xF29100, 0x2450EA};
    private static final int[] ROLES_ON_DARK = {0xFF5A50, 0x3FD070, 0xFFB030, 0x6E9BFF};

    /** The words for the colours of parts, the asked one last. */
    static final List<String> ROLE_WORDS = List.of("red", "green", "orange", "blue");

    static final int ASKED = 3;

    static Look familiar(SeededRandom random) {
        int paper = random.between(246, 255);
        int ink = random.between(0, 40);
        return new Look(
                gray(paper),
                gray(ink),
                gray(ink),
                -1,
                random.between(0.0055, 0.0075),
                (random.chance(0.2) ? 90 * random.between(1, 3) : 0) + random.between(-10.0, 10.0),
                random.chance(0.5),
                false,
                random.between(0.85, 1.0),
                random.nextDouble(),
                random.nextDouble(),
                false);
    }

    static Look shifted(SeededRandom random) {
        boolean dark = random.chance(0.35);
        int[] colors = random.pick(dark ? DARK_GROUNDS : LIGHT_GROUNDS);
        int tint = dark ? mix(colors[0], colors[1], 0.16) : mix(colors[0], colors[1], 0.13);
        return new Look(
                colors[0],
                colors[1],
                dark ? 0xFFE08A : 0xC01818,
                random.chance(0.6) ? tint : -1,
                random.chance(0.5) ? random.between(0.0035, 0.0045) : random.between(0.010, 0.013),
                random.between(0.0, 360.0),
                random.chance(0.5),
                random.chance(0.6),
                random.between(0.8, 1.0),
                random.nextDouble(),
                random.nextDouble(),
                true);
    }

    /** The colour of a part: 0 to 2 for given ones, {@link #ASKED} for the asked one. */
    int role(int index) {
        boolean dark = (background >> 8 & 0xFF) < 128;
        return (dark ? ROLES_ON_DARK : ROLES_ON_LIGHT)[index];
    }

    private static int gray(int level) {
        return level << 16 | level << 8 | level;
    }

    private static int mix(int from, int to, double share) {
        int mixed = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int a = from >> shift & 0xFF;
            int b = to >> shift & 0xFF;
            mixed |= (int) Math.rint(a + (b - a) * share) << shift;
        }
        return mixed;
    }
}
