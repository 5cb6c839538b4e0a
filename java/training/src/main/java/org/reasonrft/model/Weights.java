package org.reasonrft.model;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.torch.Torch;

/**
 * The parameters under their Hugging Face names (flat hub form), allocated once.
 *
 * <p>The query, key and value projections of a decoder layer are rows of one matrix, and so are the gate and up
 * projections: the named parameters are views into it. Generation multiplies by the whole matrix (one call in place of
 * three), everything else by the named leaves, and there is one copy of the numbers. So parameters are to be changed in place.
 */
final class Weights implements AutoCloseable {
    private final LinkedHashMap<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, TensorOptional> optionals = new HashMap<>();
    private final Map<String, Tensor> fused = new HashMap<>();
    private final ScalarType dtype;
    private final Device device;

    Weights(QwenConfig config, ScalarType dtype, Device device) {
        this.dtype = dtype;
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            this.device = Torch.retain(new Device(device));
            if (config.vision() != null) {
                config.vision().parameterShapes(config.text().hiddenSize()).forEach(this::add);
            }
            addDecoder(config.text());
            if (!config.tiedEmbeddings()) {
                add(
                        "lm_head.weight",
                        config.text().vocabularySize(),
                        config.text().hiddenSize());
            }
        }
    }

    /** Shapes of the parameters of a model by name, in order, without allocating them. */
    static Map<String, long[]> shapes(QwenConfig config) {
        try (PointerScope scope = new PointerScope();
                Weights weights = new Weights(config, ScalarType.Float, new Device("meta"))) {
            Map<String, long[]> shapes = new LinkedHashMap<>();
            weights.parameters.forEach((name, parameter) -> shapes.put(name, parameter.shape()));
            return shapes;
        }
    }

    private void addDecoder(QwenConfig.Text text) {
        long hidden = text.hiddenSize();
        long keyValueSize = (long) text.keyValueHeads() * text.headSize();
        add("model.embed_tokens.weight", text.vocabularySize(), hidden);
        for (int i = 0; i < text.layers(); i++) {
            String layer = "model.layers." + i + ".";
            String attention = layer + "self_attn.";
            Tensor weight = addFused(attention + "qkv.weight", hidden + 2 * keyValueSize, hidden);
            Tensor bias = addFused(attention + "qkv.bias", hidden + 2 * keyValueSize);
            addPart(attention + "q_proj.weight", weight, 0, hidden);
            addPart(attention + "q_proj.bias", bias, 0, hidden);
            addPart(attention + "k_proj.weight", weight, hidden, keyValueSize);
            addPart(attention + "k_proj.bias", bias, hidden, keyValueSize);
            addPart(attention + "v_proj.weight", weight, hidden + keyValueSize, keyValueSize);
            addPart(attention + "v_proj.bias", bias, hidden + keyValueSize, keyValueSize);
            add(attention + "o_proj.weight", hidden, hidden);
            Tensor gateUp = addFused(layer + "mlp.gate_up.weight", 2L * text.intermediateSize(), hidden);
            addPart(layer + "mlp.gate_proj.weight", gateUp, 0, text.intermediateSize());
            addPart(layer + "mlp.up_proj.weight", gateUp, text.intermediateSize(), text.intermediateSize());
            add(layer + "mlp.down_proj.weight", hidden, text.intermediateSize());
            add(layer + "input_layernorm.weight", hidden);
            add(layer + "post_attention_layernorm.weight", hidden);
        }
        add("model.norm.weight", hidden);
    }

    private void add(String name, long... shape) {
        register(name, torch.zeros(shape, Torch.options(dtype, device)));
    }

    private Tensor addFused(String name, long... shape) {
        Tensor tensor = Torch.retain(torch.zeros(shape, Torch.options(dtype, device)));
        fused.put(name, tensor);
        optionals.put(name, Torch.retain(new TensorOptional(tensor)));
        return tensor;
    }

    private void addPart(String name, Tensor whole, long begin, long rows) {
        // detach(): a leaf of its own for autograd, in the same memory.
        register(name, whole.narrow(0, begin, rows).detach());
    }

    private void register(String name, Tensor tensor) {
        parameters.put(name, Torch.retain(tensor));
        optionals.put(name, Torch.retain(new TensorOptional(tensor)));
    }

    Map<String, Tensor> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    Tensor get(String name) {
        return parameters.get(name);
    }

    /** The parameter as the optional that operations with optional arguments take. */
    TensorOptional optional(String name) {
        return optionals.get(name);
    }

    Tensor fused(String name) {
        return fused.get(name);
    }

    ScalarType dtype() {
        return dtype;
    }

    Device device() {
        return device;
    }

    @Override
    public void close() {
        optionals.values().forEach(Torch::release);
        parameters.values().forEach(Torch::release);
        fused.values().forEach(Torch::release);
        Torch.release(device);
        optionals.clear();
        parameters.clear();
        fused.clear();
    }
}
