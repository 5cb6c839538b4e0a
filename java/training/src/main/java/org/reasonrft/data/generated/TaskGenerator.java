package org.reasonrft.data.generated;

import java.util.List;

/**
 * Makes the samples of a task family from a seed. A sample depends on nothing but the generator's own options, the
 * seed, the split and the index: asking for more samples never changes the earlier ones, and samples can be made in any
 * order and by many threads at once.
 */
public interface TaskGenerator {
    /** The splits of the family in the order in which they are written; one for each purpose unless it says otherwise. */
    default List<Split> splits() {
        return Split.onePerPurpose();
    }

    /**
     * One sample, without touching any file.
     *
     * @param split one of {@link #splits()}
     * @param seed one seed for all splits
     * @param index which sample of the split, from 0
     * @throws IllegalArgumentException if the index is negative or the split not one of the family
     */
    RenderedSample render(Split split, long seed, int index);
}
