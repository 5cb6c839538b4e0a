package org.reasonrft.cli;

import java.util.Locale;

/** The tasks of Reason-RFT. The recipes are written for the first; folders of the others' names hold what they change. */
enum ReasonRftTask {
    VISUAL_COUNTING,
    STRUCTURE_PERCEPTION,
    SPATIAL_TRANSFORMATION;

    /** For example {@code visual-counting}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
