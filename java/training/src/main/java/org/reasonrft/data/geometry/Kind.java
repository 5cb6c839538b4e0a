package org.reasonrft.data.geometry;

import java.util.Locale;

/** Kinds of problems, after what one has to know to solve them. */
public enum Kind {
    ANGLE_SUM,
    ISOSCELES,
    EXTERIOR_ANGLE,
    PARALLEL_LINES,
    POLYGON_ANGLES,
    PYTHAGORAS,
    AREA,
    PERIMETER,
    CIRCLE,
    INSCRIBED_ANGLE,
    THALES,
    TANGENT,
    SIMILAR_TRIANGLES,
    MIDLINE,
    SEGMENT_ADDITION;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The value of the record field {@code type}, for example {@code exterior-angle}. */
    @Override
    public String toString() {
        return label;
    }
}
