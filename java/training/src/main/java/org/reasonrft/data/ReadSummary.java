package org.reasonrft.data;

import java.nio.file.Path;
import java.util.List;

/**
 * How reading a record file went.
 *
 * @param file the record file
 * @param read records that can be used
 * @param skipped records that cannot
 * @param complaints why, for the first {@value #MOST_COMPLAINTS} of those; each names file, index and field in one line
 */
public record ReadSummary(Path file, int read, int skipped, List<String> complaints) {
    /** More would hide the first, which tells most. */
    static final int MOST_COMPLAINTS = 20;

    public ReadSummary {
        complaints = List.copyOf(complaints);
    }

    /** One line, for example {@code train.json: 98 of 100 records, 2 skipped, the first: ...}. */
    @Override
    public String toString() {
        String counts = file + ": " + read + " of " + (read + skipped) + " records";
        return skipped == 0 ? counts : counts + ", " + skipped + " skipped, the first: " + complaints.get(0);
    }
}
