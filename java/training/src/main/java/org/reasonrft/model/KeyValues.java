package org.reasonrft.model;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.torch.Torch;

/**
 * Keys and values of tokens already decoded, as immutable tensors that autograd sees through: what attends to them later
 * sends its gradient back into the pass that made them. So a trainer decodes each prompt once, repeats the result for
 * the completions of its group and decodes only those.
 *
 * <p>The tensors belong to the scope they were made in.
 */
public final class KeyValues {
    /** Per layer (rows, K, S, D). */
    private final List<Tensor> keys;

    private final List<Tensor> values;
    /** Each stored row stands for this many consecutive rows of the batch. */
    private final long repeat;

    private KeyValues(List<Tensor> keys, List<Tensor> values, long repeat) {
        this.keys = List.copyOf(keys);
        this.values = List.copyOf(values);
        this.repeat = repeat;
    }

    /** Number of decoder layers. */
    public int layers() {
        return keys.size();
    }

    /** Rows of the batch that may be decoded on. */
    public long batchSize() {
        return keys.get(0).size(0) * repeat;
    }

    /** Tokens held per row, padding included. */
    public long length() {
        return keys.get(0).size(2);
    }

    /**
     * Each row {@code count} times in a row: prompts to groups of completions. Copies nothing; the rows are spread when
     * they are joined with new keys.
     */
    public KeyValues repeatInterleave(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count must be at least 1, got " + count);
        }
        return new KeyValues(keys, values, Math.multiplyExact(repeat, count));
    }

    /**
     * The rows named by an int64 tensor, in its order, duplicates allowed.
     *
     * @throws IllegalArgumentException if rows were repeated before
     */
    public KeyValues indexSelect(Tensor rows) {
        if (repeat != 1) {
            throw new IllegalArgumentException(
                    "select rows before repeating them, not after (repeat = " + repeat + ")");
        }
        return new KeyValues(
                keys.stream().map(t -> t.index_select(0, rows)).toList(),
                values.stream().map(t -> t.index_select(0, rows)).toList(),
                1);
    }

    /** The same numbers without a history, so that nothing of the pass that made them is kept for a backward. */
    public KeyValues detach() {
        return new KeyValues(
                keys.stream().map(Tensor::detach).toList(),
                values.stream().map(Tensor::detach).toList(),
                repeat);
    }

    /** Keys of a layer spread to the batch, (B, K, S, D): a view where nothing is repeated. */
    Tensor keys(int layer) {
        return spread(keys.get(layer)).flatten(0, 1);
    }

    /** Values of a layer spread to the batch, (B, K, S, D): a view where nothing is repeated. */
    Tensor values(int layer) {
        return spread(values.get(layer)).flatten(0, 1);
    }

    /** (rows, repeat, K, S, D) without a copy. */
    private Tensor spread(Tensor stored) {
        return stored.unsqueeze(1).expand(-1, repeat, -1, -1, -1);
    }

    /** Collects the keys and values of one decoding pass behind those of an earlier one. */
    static final class Builder implements KeyValueStore {
        private final KeyValues past;
        /** Where the result lives; a layer's own scope closes before. */
        private final PointerScope outer = PointerScope.getInnerScope();

        private final List<Tensor> keys = new ArrayList<>();
        private final List<Tensor> values = new ArrayList<>();

        Builder(KeyValues past) {
            this.past = past;
        }

        @Override
        public long length() {
            return past == null ? 0 : past.length();
        }

        @Override
        public Pair extend(int layer, Tensor newKeys, Tensor newValues) {
            Tensor allKeys = past == null ? newKeys : append(past.spread(past.keys.get(layer)), newKeys);
            Tensor allValues = past == null ? newValues : append(past.spread(past.values.get(layer)), newValues);
            keys.add(keep(allKeys));
            values.add(keep(allValues));
            return new Pair(allKeys, allValues);
        }

        /** One copy in all: the spread view is read by cat, not materialised first. */
        private static Tensor append(Tensor spread, Tensor added) {
            Tensor grouped = added.unflatten(0, spread.size(0), spread.size(1));
            return torch.cat(new TensorVector(spread, grouped), 3).flatten(0, 1);
        }

        private Tensor keep(Tensor tensor) {
            if (outer == null) {
                return Torch.retain(tensor);
            }
            outer.attach(tensor);
            return tensor;
        }

        KeyValues build() {
            return new KeyValues(keys, values, 1);
        }
    }

    static {
        Torch.load();
    }
}
