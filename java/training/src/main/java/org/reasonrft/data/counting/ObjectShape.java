package org.reasonrft.data.counting;

import java.util.Locale;

/** Shapes of objects. */
public enum ObjectShape {
    RING("rings"),
    SQUARE("squares"),
    TRIANGLE("triangles"),
    CROSS("crosses");

    private final String word = name().toLowerCase(Locale.ROOT);
    private final String plural;

    ObjectShape(String plural) {
        this.plural = plural;
    }

    /** The name used in text, for example {@code ring}. */
    public String word() {
        return word;
    }

    /** The name for several, for example {@code rings}. */
    public String plural() {
        return plural;
    }
}
