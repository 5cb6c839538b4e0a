package org.reasonrft.rollout;

import java.util.Arrays;

/**
 * A generated answer.
 *
 * @param ids tokens, the stop token included when there was one
 * @param logProbs of each token under the temperature-scaled distribution over the whole vocabulary, before repetition
 *     penalty, truncation and exclusion; at temperature 0 under that of temperature 1
 * @param end why it is no longer
 */
public record Completion(long[] ids, float[] logProbs, End end) {
    /** Why a completion ended. */
    public enum End {
        /** Its last token is a stop token. */
        STOP_TOKEN,
        /** Its last token completed a stop string. */
        STOP_STRING,
        /** The length ran out. */
        LENGTH
    }

    public Completion {
        if (ids.length != logProbs.length) {
            throw new IllegalArgumentException("ids has " + ids.length + " tokens, logProbs " + logProbs.length);
        }
    }

    /** Whether it ended by itself, not because the length ran out. */
    public boolean stopped() {
        return end != End.LENGTH;
    }

    /** The tokens without the stop token. */
    public long[] contentIds() {
        return end == End.STOP_TOKEN ? Arrays.copyOf(ids, ids.length - 1) : ids;
    }
}
