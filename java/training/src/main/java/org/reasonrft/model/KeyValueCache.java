package org.reasonrft.model;

import java.util.Arrays;
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
    private long rows;
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
        rows = prompts.batchSize();
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
        return rows;
    }

    @Override
    public long length() {
        return length;
    }

    /** Tokens a row can hold. */
    public long capacity() {
        return capacity;
    }

    /**
     * Keeps only some rows: finished sequences stop costing anything. Rows move up within the memory; none is allocated.
     *
     * @param kept what becomes row i: row i itself or a later one
     */
    public void keepRows(long[] kept) {
        for (int i = 0; i < kept.length; i++) {
            if (kept[i] < i || kept[i] >= rows) {
                throw new IllegalArgumentException(
                        "row " + i + " can become row " + i + " to " + (rows - 1) + ", got " + Arrays.toString(kept));
            }
        }
        for (int layer = 0; layer < keys.length; layer++) {
            moveUp(keys[layer], kept);
            moveUp(values[layer], kept);
        }
        rows = kept.length;
    }

    /** Only the tokens held, not the capacity still empty. A row is overwritten after it has moved: rows only move up. */
    private void moveUp(Tensor stored, long[] kept) {
        try (PointerScope scope = new PointerScope()) {
            Tensor held = stored.narrow(2, 0, length);
            for (int i = 0; i < kept.length; i++) {
                if (kept[i] != i) {
                    held.select(0, i).copy_(held.select(0, kept[i]));
                }
            }
        }
    }

    @Override
    public Pair extend(int layer, Tensor newKeys, Tensor newValues) {
        long added = newKeys.size(2);
        if (length + added > capacity) {
            throw new IllegalArgumentException(
                    "the cache holds " + length + " of " + capacity + " tokens a row; " + added + " more do not fit");
        }
        Pair all = new Pair(held(keys[layer], length + added), held(values[layer], length + added));
        all.keys().narrow(2, length, added).copy_(newKeys);
        all.values().narrow(2, length, added).copy_(newValues);
        if (++layersWritten == keys.length) {
            layersWritten = 0;
            length += added;
        }
        return all;
    }

    private Tensor held(Tensor stored, long tokens) {
        return stored.narrow(0, 0, rows).narrow(2, 0, tokens);
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
