package org.reasonrft.model;

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
     * Runs the layers.
     *
     * @param x (N, hidden) contiguous, replaced by the hidden states before the final norm
     * @param angles (N, D / 2) float32
     */
    void forward(Tensor x, Tensor angles, long[] sequences, long[] places, SequenceCache cache) {
        View state = view(x);
        // The tensors live as long as the caller's scope, the views as long as the call.
        DecoderLayer.Tokens tokens = new DecoderLayer.Tokens(
                view(Torch.tensor(sequences, sequences.length)),
                view(Torch.tensor(places, places.length)),
                view(angles.cos()),
                view(angles.sin()));
        int threads = Torch.threads();
        for (int i = 0; i < layers.length; i++) {
            layers[i].threads(threads).forward(state, tokens, cache.keys(i), cache.values(i));
        }
    }

    /** Final norm and head: (N, hidden) to (N, vocabulary). */
    Tensor logits(Tensor x) {
        Tensor logits =
                torch.empty(new long[] {x.size(0), config.vocabularySize()}, Torch.options(ScalarType.Float), null);
        head.threads(Torch.threads()).forward(view(x), view(logits));
        return logits;
    }
}
