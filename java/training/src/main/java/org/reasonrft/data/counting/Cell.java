package org.reasonrft.data.counting;

import java.util.Locale;

/** The nine places of a scene in reading order, named by points of the compass so that each name is one word. */
public enum Cell {
    NORTHWEST,
    NORTH,
    NORTHEAST,
    WEST,
    CENTER,
    EAST,
    SOUTHWEST,
    SOUTH,
    SOUTHEAST;

    static final int COLUMNS = 3;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** The name used in text, for example {@code northwest}. */
    public String word() {
        return word;
    }

    /** Row from the top, 0 to 2. */
    public int row() {
        return ordinal() / COLUMNS;
    }

    /** Column from the left, 0 to 2. */
    public int column() {
        return ordinal() % COLUMNS;
    }
}
