package org.reasonrft.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.kernels.DecoderLayer;
import org.reasonrft.kernels.View;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/**
 * Keys and values of sequences that each begin at place 0, whatever their lengths: nothing is padded. Allocated once, written
 * in place by {@link QwenModel#decode(Tensor, Tensor, long[], long[], long[], SequenceCache)}. Owns its memory until {@link #close}.
 *
 * <p>Bytes: 8 x layers x sequences x K x capacity x D, of which a sequence touches what it fills.
 */
public final class SequenceCache implements AutoCloseable {
    private final Tensor[] keys;
    private final Tensor[] values;
    private final View[] keyViews;
    private final View[] valueViews;

    SequenceCache(QwenConfig.Text config, long sequences, long capacity) {
        keys = new Tensor[config.layers()];
        values = new Tensor[config.layers()];
        keyViews = new View[keys.length];
        valueViews = new View[keys.length];
        long places = -Math.floorDiv(-capacity, (long) DecoderLayer.PLACE_ALIGNMENT) * DecoderLayer.PLACE_ALIGNMENT;
        long[] keyShape = {sequences, config.keyValueHeads(), config.headSize(), places};
        long[] valueShape = {sequences, config.keyValueHeads(), places, config.headSize()};
        try (PointerScope scope = new PointerScope()) {
            for (int layer = 0; layer < keys.length; layer++) {
                keys[layer] = Torch.retain(torch.empty(keyShape, Torch.options(ScalarType.Float), null));
                values[layer] = Torch.retain(torch.empty(valueShape, Torch.options(ScalarType.Float), null));
                keyViews[layer] = TensorViews.of(keys[layer]);
                valueViews[layer] = TensorViews.of(values[layer]);
            }
        }
    }

    View keys(int layer) {
        return keyViews[layer];
    }

    View values(int layer) {
        return valueViews[layer];
    }

    /** Copies the first tokens of a sequence to the {@code count} sequences behind it: a prompt to its completions. */
    public void spread(long sequence, long count, long tokens) {
        try (PointerScope scope = new PointerScope()) {
            for (int layer = 0; layer < keys.length; layer++) {
                spread(keys[layer].narrow(3, 0, tokens), sequence, count);
                spread(values[layer].narrow(2, 0, tokens), sequence, count);
            }
        }
    }

    private static void spread(Tensor held, long sequence, long count) {
        held.narrow(0, sequence + 1, count).copy_(held.narrow(0, sequence, 1));
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
