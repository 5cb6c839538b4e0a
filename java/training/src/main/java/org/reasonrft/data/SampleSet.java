package org.reasonrft.data;

import java.util.List;

/**
 * The samples of a record file.
 *
 * @param samples in file order, at least one
 * @param summary how reading them went
 */
public record SampleSet(List<Sample> samples, ReadSummary summary) {
    public SampleSet {
        samples = List.copyOf(samples);
    }

    /**
     * The samples of a part, in file order: Reason-RFT's first phase sees the first 1,600, its second those after.
     *
     * @param skip samples to leave out at the start
     * @param most samples to take then; 0: all
     * @throws DataException if nothing is left
     */
    public List<Sample> part(int skip, int most) {
        if (skip >= samples.size()) {
            throw new DataException(
                    summary.file() + ": has " + samples.size() + " records, skip_samples leaves out " + skip);
        }
        int end = most == 0 ? samples.size() : (int) Math.min(samples.size(), (long) skip + most);
        return samples.subList(skip, end);
    }
}
