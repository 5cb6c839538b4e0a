package org.reasonrft.rollout;

/**
 * A generated answer.
 *
 * @param ids tokens, the stop token included when there was one
 * @param logProbs of each token under the temperature-scaled distribution over the whole vocabulary, before truncation
 *     and exclusion; at temperature 0 under that of temperature 1
 * @param stopped true if it ended with a stop token, false if the length ran out
 */
public record Completion(long[] ids, float[] logProbs, boolean stopped) {
    public Completion {
        if (ids.length != logProbs.length) {
            throw new IllegalArgumentException("ids has " + ids.length + " tokens, logProbs " + logProbs.length);
        }
    }

    /** The tokens without the stop token. */
    public long[] contentIds() {
        return stopped ? java.util.Arrays.copyOf(ids, ids.length - 1) : ids;
    }
}
