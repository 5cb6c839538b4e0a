package org.reasonrft.data;

/** What happens to a record that cannot be used. */
public enum BadRecords {
    /** It ends the reading. */
    FAIL,
    /** It is left out, counted and reported. */
    SKIP
}
