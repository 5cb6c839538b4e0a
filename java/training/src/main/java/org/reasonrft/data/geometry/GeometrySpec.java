package org.reasonrft.data.geometry;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.reasonrft.data.generated.SpecCheck;

/**
 * What kind of geometry problems to make.
 *
 * @param kinds of problems, at least one; each is as frequent
 * @param level the highest level, 1 to 3: 1 for one fact and small round numbers, 2 also for two facts, 3 also for
 *     several
 * @param values where known values stand; null for the default: in text and figure, in the figure alone under the
 *     domain shift, and in the text alone where a picture is too small for writing
 * @param pictureSize width and height in pixels, 48 to 1344; from {@value #SMALLEST_WITH_LETTERS} on figures have
 *     letters, below them colours
 * @param overlooking probability, 0 to 1, with which the teacher of the chains misreads a figure that is easily misread:
 *     the base of an isosceles triangle for its apex, a diameter for a radius, a height for a side. The chain of thought
 *     and the answer are then the teacher's. Other splits are always right
 */
public record GeometrySpec(Set<Kind> kinds, int level, Values values, int pictureSize, double overlooking) {
    /** Where known values stand. */
    public enum Values {
        TEXT,
        FIGURE,
        BOTH
    }

    /** Large enough for letters and values. */
    public static final int DEFAULT_PICTURE_SIZE = 336;

    static final int SMALLEST_WITH_LETTERS = 128;

    /** @throws IllegalArgumentException if a number is out of range, or values cannot be written into small pictures */
    public GeometrySpec {
        SpecCheck.require(!kinds.isEmpty(), "kinds", kinds, "at least one");
        kinds = Collections.unmodifiableSet(EnumSet.copyOf(kinds));
        SpecCheck.require(level >= 1 && level <= 3, "level", level, "1 to 3");
        SpecCheck.require(pictureSize >= 48 && pictureSize <= 1344, "pictureSize", pictureSize, "48 to 1344");
        SpecCheck.overlooking(overlooking);
        SpecCheck.require(
                values == null || values == Values.TEXT || pictureSize >= SMALLEST_WITH_LETTERS,
                "values",
                values == null ? "" : values.name().toLowerCase(Locale.ROOT),
                "text in pictures below " + SMALLEST_WITH_LETTERS + " pixels, which have no room for writing");
    }

    /** Problems of all kinds. */
    public GeometrySpec(int level, Values values, int pictureSize, double overlooking) {
        this(EnumSet.allOf(Kind.class), level, values, pictureSize, overlooking);
    }

    /** Problems of all levels in pictures of {@value #DEFAULT_PICTURE_SIZE} pixels, from a teacher who reads rightly. */
    public GeometrySpec() {
        this(3, null, DEFAULT_PICTURE_SIZE, 0);
    }

    /** Whether figures have letters. */
    boolean named() {
        return pictureSize >= SMALLEST_WITH_LETTERS;
    }
}
