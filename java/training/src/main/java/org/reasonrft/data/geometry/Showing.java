package org.reasonrft.data.geometry;

import java.util.Map;

/**
 * What the picture writes, and what the text has to say instead.
 *
 * @param letters the letter that stands for each of a figure's own; empty if the picture has none and names its parts by
 *     colours
 * @param valuesInText whether the question tells the known values
 * @param valuesInFigure whether they stand beside their parts
 * @param unknown whether the asked part is marked with an x, which the question then asks for
 */
record Showing(Map<Character, Character> letters, boolean valuesInText, boolean valuesInFigure, boolean unknown) {
    Showing {
        letters = Map.copyOf(letters);
    }

    /** Whether parts have letters; they have colours otherwise. */
    boolean named() {
        return !letters.isEmpty();
    }

    String letter(char own) {
        return String.valueOf(letters.get(own));
    }

    /** The letters that stand for several. */
    String letters(String own) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < own.length(); i++) {
            text.append(letters.get(own.charAt(i)));
        }
        return text.toString();
    }
}
