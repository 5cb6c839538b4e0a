package org.reasonrft.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.torch.Torch;

/**
 * Keys and values for generation: allocated once for prompt and new tokens, written in place, no gradient. Owns its
 * memory until {@link #close}.
 *
 * <p>Bytes: 2 x layers x B x K x capacity x D x size of an element.
 */
public final class KeyValueCache implements KeyValueStore, AutoCloseable {
    private final Tensor[] keys;
    private final Tensor[] values;
    private final long capacity;
    private long length;
    private int layersWritten;

    /**
     * Copies the keys and values of prompts, spread to the batch, into memory for {@code capacity} tokens a row.
     *
     * @throws IllegalArgumentException if the capacity is smaller than the prompts
     */
    public KeyValueCache(KeyValues prompts, long capacity) {
        if (capacity < prompts.length()) {
            throw new IllegalArgumentException(
                    "capacity " + capacity + " is smaller than the prompts' " + prompts.length() + " tokens");
        }
        this.capacity = capacity;
        this.length = prompts.length();
        keys = new Tensor[prompts.layers()];
        values = new Tensor[prompts.layers()];
        for (int layer = 0; layer < keys.length; layer++) {
            int current = layer;
            keys[layer] = allocate(() -> prompts.keys(current));
            values[layer] = allocate(() -> prompts.values(current));
        }
    }

    private Tensor allocate(java.util.function.Supplier<Tensor> filled) {
        try (PointerScope scope = new PointerScope()) {
            Tensor source = filled.get().detach();
            Tensor result = torch.empty(
                    new long[] {source.size(0), source.size(1), capacity, source.size(3)}, source.options(), null);
            result.narrow(2, 0, length).copy_(source);
            return Torch.retain(result);
        }
    }

    /** Rows of the batch. */
    public long batchSize() {
        return keys[0].size(0);
    }

    @Override
    public long length() {
        return length;
    }

    /** Tokens a row can hold. */
    public long capacity() {
        return capacity;
    }

    /** Keeps only the rows named by an int64 tensor, in its order: finished sequences stop costing anything. */
    public void keepRows(Tensor rows) {
        for (int layer = 0; layer < keys.length; layer++) {
            keys[layer] = select(keys[layer], rows);
            values[layer] = select(values[layer], rows);
        }
    }

    /** Copies the tokens held, not the capacity still empty; one layer at a time, so that the peak stays low. */
    private Tensor select(Tensor stored, Tensor rows) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = torch.empty(
                    new long[] {rows.numel(), stored.size(1), capacity, stored.size(3)}, stored.options(), null);
            torch.index_select_out(result.narrow(2, 0, length), stored.narrow(2, 0, length), 0, rows);
            Torch.retain(result);
            Torch.release(stored);
            return result;
        }
    }

    @Override
    public Pair extend(int layer, Tensor newKeys, Tensor newValues) {
        long added = newKeys.size(2);
        if (length + added > capacity) {
            throw new IllegalArgumentException(
                    "the cache holds " + length + " of " + capacity + " tokens a row; " + added + " more do not fit");
        }
        keys[layer].narrow(2, length, added).copy_(newKeys);
        values[layer].narrow(2, length, added).copy_(newValues);
        Pair all = new Pair(keys[layer].narrow(2, 0, length + added), values[layer].narrow(2, 0, length + added));
        if (++layersWritten == keys.length) {
            layersWritten = 0;
            length += added;
        }
        return all;
    }

    @Override
    public void close() {
        for (int layer = 0; layer < keys.length; layer++) {
            if (keys[layer] != null) {
                Torch.release(keys[layer]);
                Torch.release(values[layer]);
                keys[layer] = null;
                values[layer] = null;
            }
        }
    }
}
