package org.reasonrft.train;

import java.util.Arrays;
import java.util.Comparator;
import org.reasonrft.torch.CounterRandom;

/**
 * Which samples each step uses: passes over the data set, each in an order of its own. A pure function of the seed and
 * the step, so a resumed run needs nothing saved to go on where it was.
 */
final class SampleOrder {
    /** Samples of like length are looked for among this many batches; more would make neighbouring steps too alike. */
    private static final int BUCKET_BATCHES = 16;

    private final int size;
    private final int batchSize;
    private final long seed;
    private final int[] lengths;
    private long cachedEpoch = -1;
    private int[] cachedOrder;

    /**
     * @param size samples in the data set, at least 1
     * @param batchSize samples per step
     * @param lengths length of each sample, to put samples of like length into one batch; null: plain shuffling
     */
    SampleOrder(int size, int batchSize, long seed, int[] lengths) {
        this.size = size;
        this.batchSize = batchSize;
        this.seed = seed;
        this.lengths = lengths;
    }

    /** Steps that {@code epochs} passes take; the last batch may reach into one pass more. */
    long stepsFor(int epochs) {
        return ((long) size * epochs + batchSize - 1) / batchSize;
    }

    /** Indices of the samples of a step. A data set smaller than the batch is used several times. */
    int[] batch(long step) {
        int[] batch = new int[batchSize];
        for (int i = 0; i < batchSize; i++) {
            long position = step * batchSize + i;
            batch[i] = order(position / size)[(int) (position % size)];
        }
        return batch;
    }

    private int[] order(long epoch) {
        if (epoch != cachedEpoch) {
            int[] order = shuffled(size, CounterRandom.combine(seed, 2 * epoch));
            cachedOrder = lengths == null ? order : bucketed(order, epoch);
            cachedEpoch = epoch;
        }
        return cachedOrder;
    }

    private int[] bucketed(int[] order, long epoch) {
        int window = batchSize * BUCKET_BATCHES;
        int batches = size / batchSize;
        int[] sorted = new int[size];
        for (int from = 0; from < size; from += window) {
            int[] part = Arrays.stream(order, from, Math.min(size, from + window))
                    .boxed()
                    .sorted(Comparator.comparingInt(i -> lengths[i]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            System.arraycopy(part, 0, sorted, from, part.length);
        }
        int[] places = shuffled(batches, CounterRandom.combine(seed, 2 * epoch + 1));
        int[] result = sorted.clone();
        for (int i = 0; i < batches; i++) {
            System.arraycopy(sorted, places[i] * batchSize, result, i * batchSize, batchSize);
        }
        return result;
    }

    /** Fisher and Yates. */
    private static int[] shuffled(int count, long key) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = (int) Math.floorMod(CounterRandom.bits(key, i), (long) i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
