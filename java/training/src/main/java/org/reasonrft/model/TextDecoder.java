package org.reasonrft.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.torch.Torch;

/**
 * The decoder of Qwen2 and Qwen2.5 (arXiv:2407.10671, arXiv:2412.15115), alone or in Qwen2-VL and Qwen2.5-VL: pre-norm
 * blocks with RMSNorm, grouped-query attention and a gated SiLU layer, under plain rotary positions or M-RoPE.
 *
 * <p>Query heads that share a key head are folded into the query length, (B, K, g T, D), so that keys and values are
 * never repeated in memory; with one token a row the fold is a view.
 */
final class TextDecoder implements AutoCloseable {
    private final QwenConfig.Text config;
    private final Weights weights;
    private final int groupSize;
    private final Layer[] layers;
    private final TensorOptional finalNorm;
    /** Which of the three position axes turns each frequency, int64 (D / 2). */
    private final Tensor axisOfFrequency;
    /** float32 (D / 2). */
    private final Tensor frequencies;

    private final Scalar minusInfinity;
    private final DoubleOptional epsilon;

    /** The tensors of one block, looked up once. */
    private record Layer(
            Tensor qkvWeight,
            TensorOptional qkvBias,
            Linear query,
            Linear key,
            Linear value,
            Linear out,
            Tensor gateUpWeight,
            Linear gate,
            Linear up,
            Linear down,
            TensorOptional inputNorm,
            TensorOptional innerNorm) {
        static Layer of(Weights weights, LoraAdapter lora, int index) {
            String layer = "model.layers." + index + ".";
            String attention = layer + "self_attn.";
            String mlp = layer + "mlp.";
            return new Layer(
                    weights.fused(attention + "qkv.weight"),
                    weights.optional(attention + "qkv.bias"),
                    Linear.of(weights, lora, attention + "q_proj"),
                    Linear.of(weights, lora, attention + "k_proj"),
                    Linear.of(weights, lora, attention + "v_proj"),
                    Linear.of(weights, lora, attention + "o_proj"),
                    weights.fused(mlp + "gate_up.weight"),
                    Linear.of(weights, lora, mlp + "gate_proj"),
                    Linear.of(weights, lora, mlp + "up_proj"),
                    Linear.of(weights, lora, mlp + "down_proj"),
                    weights.optional(layer + "input_layernorm.weight"),
                    weights.optional(layer + "post_attention_layernorm.weight"));
        }
    }

    /** @param lora null when nothing is adapted */
    TextDecoder(QwenConfig.Text config, Weights weights, LoraAdapter lora) {
        this.config = config;
        this.weights = weights;
        groupSize = config.heads() / config.keyValueHeads();
        layers = new Layer[config.layers()];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = Layer.of(weights, lora, i);
        }
        finalNorm = weights.optional("model.norm.weight");
        long[] axes = new long[config.headSize() / 2];
        int at = 0;
        // Without sections every frequency turns with the first axis, and on text alone all axes are equal.
        for (int axis = 0; axis < config.ropeSections().size(); axis++) {
            for (int i = 0; i < config.ropeSections().get(axis); i++) {
                axes[at++] = axis;
            }
        }
        float[] rotary = Rotary.frequencies(config.headSize(), config.ropeTheta());
        try (PointerScope scope = new PointerScope()) {
            axisOfFrequency = Torch.retain(Torch.tensor(axes, axes.length).to(weights.device(), ScalarType.Long));
            frequencies = Torch.retain(Torch.tensor(rotary, rotary.length).to(weights.device(), ScalarType.Float));
            minusInfinity = Torch.retain(new Scalar(Double.NEGATIVE_INFINITY));
            epsilon = Torch.retain(new DoubleOptional(config.rmsNormEpsilon()));
        }
    }

    /**
     * Decodes T tokens a row behind those in the store.
     *
     * @param x (B, T, hidden)
     * @param positions int64 (3, B, T)
     * @param keyMask bool (B, length + T), false = padding; null when there is none
     * @return (B, T, hidden), normalised
     */
    Tensor forward(Tensor x, Tensor positions, Tensor keyMask, KeyValueStore store) {
        // Whole prompts and completions go through the same products with and without gradient, so that log-probs from
        // either pass are equal to the bit. Generation, one token a row, is bound by the number of calls.
        boolean fused = store instanceof KeyValueCache;
        return Torch.keep(() -> {
            Context context = context(positions, keyMask, store.length());
            Tensor state = x;
            for (int i = 0; i < layers.length; i++) {
                Tensor input = state;
                int index = i;
                // A scope per layer: what autograd does not need is freed here, not at the end of the step.
                state = Torch.keep(() -> layer(index, input, context, store, index, fused));
            }
            return finish(state);
        });
    }

    /**
     * What the layers of a pass share.
     *
     * @param mask what is added to the scores; null for nothing
     */
    record Context(Rotary rotary, Tensor mask) {}

    /** Of a pass; arguments as for {@link #forward}, {@code past} tokens before them. */
    Context context(Tensor positions, Tensor keyMask, long past) {
        return new Context(rotary(positions), additiveMask(keyMask, positions.size(2), past));
    }

    /**
     * One layer.
     *
     * @param place number of the layer in the store
     * @param fused whether projections that share their input run as one product; records no graph then
     */
    Tensor layer(int index, Tensor x, Context context, KeyValueStore store, int place, boolean fused) {
        Layer layer = layers[index];
        Tensor normal = normalise(x, layer.inputNorm);
        Tensor middle = x.add(attention(layer, place, normal, context, store, fused));
        return middle.add(gated(layer, normalise(middle, layer.innerNorm), fused));
    }

    /** What comes behind the last layer. */
    Tensor finish(Tensor x) {
        return normalise(x, finalNorm);
    }

    private Tensor attention(Layer layer, int place, Tensor x, Context context, KeyValueStore store, boolean fused) {
        long batch = x.size(0);
        long tokens = x.size(1);
        long heads = config.heads();
        long keyHeads = config.keyValueHeads();
        long size = config.headSize();
        Tensor queryKey;
        Tensor values;
        if (fused) {
            Tensor qkv =
                    adapted(torch.linear(x, layer.qkvWeight, layer.qkvBias), x, layer.query, layer.key, layer.value);
            qkv = qkv.view(batch, tokens, heads + 2 * keyHeads, size);
            queryKey = qkv.narrow(2, 0, heads + keyHeads);
            values = qkv.narrow(2, heads + keyHeads, keyHeads);
        } else {
            Tensor query = layer.query.apply(x);
            Tensor key = layer.key.apply(x);
            queryKey = torch.cat(new TensorVector(query, key), 2).view(batch, tokens, heads + keyHeads, size);
            values = layer.value.apply(x).view(batch, tokens, keyHeads, size);
        }
        Tensor rotated = context.rotary.apply(queryKey);
        KeyValueStore.Pair past =
                store.extend(place, rotated.narrow(2, heads, keyHeads).transpose(1, 2), values.transpose(1, 2));
        Tensor query = rotated.narrow(2, 0, heads);
        Tensor folded = tokens == 1
                ? query.reshape(batch, keyHeads, groupSize, size)
                : query.unflatten(2, keyHeads, groupSize)
                        .permute(0, 2, 3, 1, 4)
                        .reshape(batch, keyHeads, groupSize * tokens, size);
        Tensor attended = context.mask == null
                ? torch.scaled_dot_product_attention(folded, past.keys(), past.values())
                : torch.scaled_dot_product_attention(
                        folded, past.keys(), past.values(), new TensorOptional(context.mask), 0.0, false, null, false);
        Tensor unfolded = tokens == 1
                ? attended.reshape(batch, 1, heads * size)
                : attended.unflatten(2, groupSize, tokens)
                        .permute(0, 3, 1, 2, 4)
                        .reshape(batch, tokens, heads * size);
        return layer.out.apply(unfolded);
    }

    private Tensor gated(Layer layer, Tensor x, boolean fused) {
        Tensor inner;
        if (fused) {
            Tensor gateUp = adapted(torch.linear(x, layer.gateUpWeight), x, layer.gate, layer.up);
            long width = config.intermediateSize();
            inner = torch.silu(gateUp.narrow(2, 0, width)).mul_(gateUp.narrow(2, width, width));
        } else {
            inner = torch.silu(layer.gate.apply(x)).mul(layer.up.apply(x));
        }
        return layer.down.apply(inner);
    }

    /** Adds the adapters of layers that were run as one product, in place. */
    private static Tensor adapted(Tensor product, Tensor x, Linear... layers) {
        long begin = 0;
        for (Linear layer : layers) {
            layer.adapt(x, product.narrow(2, begin, layer.rows()));
            begin += layer.rows();
        }
        return product;
    }

    private Tensor normalise(Tensor x, TensorOptional weight) {
        return torch.rms_norm(x, new long[] {config.hiddenSize()}, weight, epsilon);
    }

    /** Tables of shape (B, T, 1, D). */
    private Rotary rotary(Tensor positions) {
        return Rotary.of(angles(positions).unsqueeze(2), weights.dtype());
    }

    /** Angles that turn the pairs of a head, (B, T, D / 2) float32, of positions int64 (3, B, T). */
    Tensor angles(Tensor positions) {
        Tensor perFrequency = positions.to(weights.device(), ScalarType.Float).index_select(0, axisOfFrequency);
        return perFrequency.permute(1, 2, 0).mul(frequencies);
    }

    /**
     * What is added to the scores, (B or 1, 1, 1 or g T, S): 0 where a query may look, else minus infinity. Null when
     * it would be 0 everywhere. Queries of padding on the left may look nowhere; attention gives them 0, not NaN,
     * forward and backward (libtorch since 2.5).
     */
    private Tensor additiveMask(Tensor keyMask, long tokens, long past) {
        if (tokens == 1 && keyMask == null) {
            return null;
        }
        Tensor visible = keyMask == null
                ? null
                : keyMask.to(weights.device(), ScalarType.Bool).unsqueeze(1);
        if (tokens > 1) {
            Tensor causal = torch.ones(
                            new long[] {1, tokens, past + tokens}, Torch.options(ScalarType.Bool, weights.device()))
                    .tril_(past);
            visible = visible == null ? causal : visible.logical_and(causal);
        }
        Tensor zeros = torch.zeros(visible.shape(), Torch.options(weights.dtype(), weights.device()));
        Tensor mask = zeros.masked_fill_(visible.logical_not(), minusInfinity).unsqueeze(1);
        return tokens == 1 ? mask : mask.repeat(1, 1, groupSize, 1);
    }

    @Override
    public void close() {
        Torch.release(axisOfFrequency);
        Torch.release(frequencies);
        Torch.release(minusInfinity);
        Torch.release(epsilon);
    }
}
