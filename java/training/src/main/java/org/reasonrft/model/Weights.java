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
 * three), everything else by the named leaves, and there is one copy of the numbers. So parameters are to be changed in
 * place.
 */
final class Weights implements AutoCloseable {
    private final LinkedHashMap<String, Tensor> parameters = new LinkedHashMap<>();
    private final Map<String, TensorOptional> optionals = new HashMap<>();
    private final Map<String, Tensor> fused = new HashMap<>();
    /** Views that are parameters; used while these are collected in order. */
    private final Map<String, Tensor> parts = new HashMap<>();

    private final ScalarType dtype;
    private final Device device;

    Weights(QwenConfig config, ScalarType dtype, Device device) {
        this.dtype = dtype;
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            this.device = Torch.retain(new Device(device));
            Map<String, long[]> shapes = config.parameterShapes();
            for (int i = 0; i < config.text().layers(); i++) {
                String attention = "model.layers." + i + ".self_attn.";
                String[] projections = {attention + "q_proj", attention + "k_proj", attention + "v_proj"};
                addFused(shapes, attention + "qkv", ".weight", projections);
                addFused(shapes, attention + "qkv", ".bias", projections);
                String mlp = "model.layers." + i + ".mlp.";
                addFused(shapes, mlp + "gate_up", ".weight", mlp + "gate_proj", mlp + "up_proj");
            }
            shapes.forEach((name, shape) -> {
                Tensor part = parts.get(name);
                register(name, part == null ? torch.zeros(shape, Torch.options(dtype, device)) : part);
            });
            parts.clear();
        }
    }

    /** Makes one matrix (or vector) of several, and each of these a view of its rows. */
    private void addFused(Map<String, long[]> shapes, String name, String kind, String... modules) {
        long[] shape = shapes.get(modules[0] + kind).clone();
        shape[0] = 0;
        for (String module : modules) {
            shape[0] += shapes.get(module + kind)[0];
        }
        Tensor whole = Torch.retain(torch.zeros(shape, Torch.options(dtype, device)));
        fused.put(name + kind, whole);
        optionals.put(name + kind, Torch.retain(new TensorOptional(whole)));
        long begin = 0;
        for (String module : modules) {
            long rows = shapes.get(module + kind)[0];
            // detach(): a leaf of its own for autograd, in the same memory.
            parts.put(module + kind, whole.narrow(0, begin, rows).detach());
            begin += rows;
        }
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
