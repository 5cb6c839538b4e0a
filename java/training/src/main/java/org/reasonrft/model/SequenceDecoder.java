package org.reasonrft.model;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.kernels.DecoderLayer;
import org.reasonrft.kernels.Linear;
import org.reasonrft.kernels.View;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/**
 * The decoder of {@link TextDecoder} for generation on the processor in float32: the same parameters, one kernel call a layer,
 * tokens of sequences of any lengths side by side without padding. A token's numbers are the same bits whatever is decoded
 * beside it. Records no graph.
 */
final class SequenceDecoder {
    private final QwenConfig.Text config;
    private final DecoderLayer[] layers;
    private final Linear head;

    SequenceDecoder(QwenConfig.Text config, Weights weights, Tensor headWeight) {
        this.config = config;
        layers = new DecoderLayer[config.layers()];
        for (int i = 0; i < layers.length; i++) {
            String layer = "model.layers." + i + ".";
            DecoderLayer.Weights views = new DecoderLayer.Weights(
                    view(weights.get(layer + "input_layernorm.weight")),
                    view(weights.fused(layer + "self_attn.qkv.weight")),
                    view(weights.fused(layer + "self_attn.qkv.bias")),
                    view(weights.get(layer + "self_attn.o_proj.weight")),
                    view(weights.get(layer + "post_attention_layernorm.weight")),
                    view(weights.fused(layer + "mlp.gate_up.weight")),
                    view(weights.get(layer + "mlp.down_proj.weight")));
            layers[i] = DecoderLayer.of(views, config.heads(), config.keyValueHeads(), config.rmsNormEpsilon());
        }
        head = Linear.of(view(headWeight), null).norm(view(weights.get("model.norm.weight")), config.rmsNormEpsilon());
    }

    private static View view(Tensor tensor) {
        return TensorViews.of(tensor);
    }

    /**
     * Runs the layers. The last one does for tokens that are not wanted only what later ones need.
     *
     * @param x (N, hidden) contiguous, overwritten
     * @param angles (N, D / 2) float32
     * @param wanted indices of tokens; null for all
     * @return hidden states of the wanted tokens before the final norm
     */
    Tensor forward(Tensor x, Tensor angles, long[] sequences, long[] places, long[] wanted, SequenceCache cache) {
        View state = view(x);
        DecoderLayer.Tokens tokens = tokens(angles, sequences, places);
        int threads = Torch.threads();
        int last = layers.length - 1;
        for (int i = 0; i < last; i++) {
            layers[i].threads(threads).forward(state, tokens, cache.keys(i), cache.values(i));
        }
        layers[last].threads(threads);
        if (wanted == null) {
            layers[last].forward(state, tokens, cache.keys(last), cache.values(last));
            return x;
        }
        layers[last].cache(state, tokens, cache.keys(last), cache.values(last));
        Tensor rows = Torch.tensor(wanted, wanted.length);
        Tensor chosen = x.index_select(0, rows);
        layers[last].forward(
                view(chosen),
                tokens(angles.index_select(0, rows), picked(sequences, wanted), picked(places, wanted)),
                cache.keys(last),
                cache.values(last));
        return chosen;
    }

    /** The tensors live as long as the caller's scope, the views as long as the call. */
    private static DecoderLayer.Tokens tokens(Tensor angles, long[] sequences, long[] places) {
        return new DecoderLayer.Tokens(
                view(Torch.tensor(sequences, sequences.length)),
                view(Torch.tensor(places, places.length)),
                view(angles.cos()),
                view(angles.sin()));
    }

    private static long[] picked(long[] values, long[] indices) {
        return Arrays.stream(indices).map(i -> values[(int) i]).toArray();
    }

    /** Final norm and head: (N, hidden) to (N, vocabulary). */
    Tensor logits(Tensor x) {
        Tensor logits =
                torch.empty(new long[] {x.size(0), config.vocabularySize()}, Torch.options(ScalarType.Float), null);
        head.threads(Torch.threads()).forward(view(x), view(logits));
        return logits;
    }
}
