package org.reasonrft.data.geometry;

/** Something of a figure that has a value. Points are named by the figure's own letters, before any renaming. */
sealed interface Quantity {
    /** The angle at {@code vertex} between the rays to the two other points, below 180 degrees. */
    record Angle(char from, char vertex, char to) implements Quantity {}

    /**
     * The length between two points.
     *
     * @param dimensioned whether it is shown beside the line, between end marks, because parts of it are marked too
     */
    record Length(char from, char to, boolean dimensioned) implements Quantity {}

    /** A value of the figure's outline as a whole. */
    enum Whole implements Quantity {
        AREA,
        PERIMETER,
        CIRCUMFERENCE;

        /** For example {@code area}. */
        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * The angle that three letters name, the second being its vertex, or the length that two name; {@code |AB|} is a
     * dimensioned one.
     */
    static Quantity of(String letters) {
        return switch (letters.length()) {
            case 2 -> new Length(letters.charAt(0), letters.charAt(1), false);
            case 3 -> new Angle(letters.charAt(0), letters.charAt(1), letters.charAt(2));
            case 4 -> new Length(letters.charAt(1), letters.charAt(2), true);
            default -> throw new IllegalArgumentException("letters: wanted AB, |AB| or ABC, got " + letters);
        };
    }
}
