package org.reasonrft.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.Torch;

/**
 * A LoRA adapter (arXiv:2106.09685) on a model, which stays as it is: {@link #model} is the adapted model, the one it
 * was made from the same without the adapter, and both share the parameters. So a trained policy and the reference it
 * is held to cost one copy.
 *
 * <p>A and B are float32 whatever the type of the layers: they are small, and what is learnt into them would be lost to
 * the rounding of bfloat16.
 */
public final class LoraAdapter implements AutoCloseable {
    static final String A = ".lora_A.weight";
    static final String B = ".lora_B.weight";

    private final LoraConfig config;
    private final QwenModel base;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final Scalar scale;
    private final QwenModel model;
    private boolean dropping;
    private long maskKey;

    /** The update of one layer. */
    final class Layer {
        private final String module;
        private final Tensor a;
        private final Tensor b;
        /** Since the mask key was set. */
        private int applications;

        private Layer(String module, long[] shape, Device device) {
            this.module = module;
            a = Torch.retain(
                    torch.zeros(new long[] {config.rank(), shape[1]}, Torch.options(ScalarType.Float, device)));
            b = Torch.retain(
                    torch.zeros(new long[] {shape[0], config.rank()}, Torch.options(ScalarType.Float, device)));
        }

        /** scale B A x, float32. */
        Tensor apply(Tensor x) {
            Tensor input = x.to(ScalarType.Float);
            if (dropping) {
                input = input.mul(mask(input));
            }
            return torch.linear(torch.linear(input, a).mul(scale), b);
        }

        /** 0 where an element is dropped, else 1 / (1 - p). */
        private Tensor mask(Tensor input) {
            long seed = CounterRandom.combine(CounterRandom.combine(maskKey, module), applications++);
            double keep = 1 - config.dropout();
            // Drawn on the CPU, so that every device sees the same numbers.
            Tensor mask = torch.empty(input.shape(), Torch.options(ScalarType.Float), null)
                    .bernoulli_(keep, new GeneratorOptional(torch.createCPUGenerator(seed)));
            return mask.div_(new Scalar(keep)).to(input.device(), ScalarType.Float);
        }
    }

    /** @param modules names of the layers to adapt; A and B are 0 */
    private LoraAdapter(QwenModel base, LoraConfig config, Iterable<String> modules) {
        base.requireUnadapted();
        this.base = base;
        this.config = config;
        Map<String, long[]> shapes = base.config().parameterShapes();
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            for (String module : modules) {
                layers.put(module, new Layer(module, shapes.get(module + ".weight"), base.device()));
            }
            scale = Torch.retain(new Scalar(config.scale()));
            model = base.with(this);
        }
    }

    /**
     * A fresh adapter, which changes nothing yet: A is drawn as PEFT does, uniform in [-1, 1) / sqrt(in) (Kaiming with
     * a slope of sqrt(5)), B is 0. A matrix depends only on the seed, its name and its shape.
     *
     * @param base outlives the adapter
     * @param modules of the layers that the configuration names, adapts those that pass; names are those of the
     *     parameters without {@code .weight}
     * @throws IllegalArgumentException if a target names no layer, or a layer that cannot be adapted
     */
    public static LoraAdapter create(QwenModel base, LoraConfig config, Predicate<String> modules, long seed) {
        TreeSet<String> adaptable = adaptable(base.config());
        for (String target : config.targets()) {
            if (adaptable.stream().noneMatch(module -> LoraConfig.matches(module, target))) {
                throw new IllegalArgumentException(
                        "targets: no linear layer of the vision tower or the decoder is named \"" + target
                                + "\"; a decoder has " + LoraConfig.DECODER_TARGETS);
            }
        }
        adaptable.removeIf(module -> !config.matches(module) || !modules.test(module));
        if (adaptable.isEmpty()) {
            throw new IllegalArgumentException("targets: " + config.targets() + " leave no layer to adapt");
        }
        LoraAdapter adapter = new LoraAdapter(base, config, adaptable);
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            adapter.layers.values().forEach(layer -> initialise(layer, seed));
        }
        return adapter;
    }

    private static void initialise(Layer layer, long seed) {
        long key = CounterRandom.combine(seed, layer.module + A);
        double bound = 1 / Math.sqrt(layer.a.size(1));
        float[] values = new float[Math.toIntExact(layer.a.numel())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (bound * (2 * CounterRandom.uniform(key, i) - 1));
        }
        layer.a.copy_(Torch.tensor(values, layer.a.shape()));
    }

    /**
     * Reads an adapter in PEFT's layout: {@code adapter_config.json} and {@code adapter_model.safetensors}.
     *
     * @param base outlives the adapter
     * @throws ModelFormatException if a file is damaged, names a variant of LoRA other than the plain and the
     *     rank-stabilised one, or does not fit the model; the message names file and tensor
     */
    public static LoraAdapter load(QwenModel base, Path folder) throws IOException {
        LoraConfig config = PeftFiles.readConfig(folder);
        try (PeftFiles.Tensors tensors = PeftFiles.open(folder)) {
            TreeSet<String> modules = tensors.requireShapes(config.rank(), base.config());
            LoraAdapter adapter = new LoraAdapter(base, config, modules);
            try {
                for (Map.Entry<String, Tensor> parameter : adapter.parameters().entrySet()) {
                    tensors.readInto(parameter.getKey(), parameter.getValue());
                }
                return adapter;
            } catch (IOException | RuntimeException | Error e) {
                adapter.close();
                throw e;
            }
        }
    }

    /** Names of the layers that can be adapted: the matrices of blocks and merger. */
    static TreeSet<String> adaptable(QwenConfig config) {
        TreeSet<String> modules = new TreeSet<>();
        config.parameterShapes().forEach((name, shape) -> {
            if (shape.length == 2 && !name.equals("model.embed_tokens.weight") && !name.equals("lm_head.weight")) {
                modules.add(name.substring(0, name.length() - ".weight".length()));
            }
        });
        return modules;
    }

    /**
     * Writes {@code adapter_config.json} and {@code adapter_model.safetensors} as PEFT does, each atomically.
     *
     * @param baseModel what {@code base_model_name_or_path} shall say: where the parameters underneath are
     */
    public void save(Path folder, String baseModel) throws IOException {
        PeftFiles.write(folder, config, base.config(), parameters(), baseModel);
    }

    /**
     * The adapted model. It shares the parameters of the one beneath, lives as long as this adapter, and need not be
     * closed.
     */
    public QwenModel model() {
        return model;
    }

    /** The model beneath, without the adapter. */
    public QwenModel base() {
        return base;
    }

    public LoraConfig config() {
        return config;
    }

    /**
     * A (rank, in) and B (out, rank) of each adapted layer, in a fixed order, named by the layer with
     * {@code .lora_A.weight} or {@code .lora_B.weight} behind it. The tensors are the adapter's own and must not be
     * closed.
     */
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        layers.forEach((module, layer) -> {
            parameters.put(module + A, layer.a);
            parameters.put(module + B, layer.b);
        });
        return parameters;
    }

    /**
     * Turns dropout on. Masks are a function of the key, the layer, and how often that layer was applied since this
     * call: a pass repeated under the same key repeats its masks.
     */
    public void dropUnder(long key) {
        dropping = config.dropout() > 0;
        maskKey = key;
        repeatDropout();
    }

    /** Begins the masks of the current key anew. */
    void repeatDropout() {
        layers.values().forEach(layer -> layer.applications = 0);
    }

    /** Turns dropout off, as it is at first. */
    public void dropNothing() {
        dropping = false;
    }

    /**
     * Adds the update to the parameters beneath, each sum rounded once to their type, and sets B to 0: the adapted
     * model stays what it was, and the model beneath becomes the same.
     */
    public void merge() {
        try (NoGradGuard noGrad = new NoGradGuard()) {
            layers.forEach((module, layer) -> {
                try (PointerScope scope = new PointerScope()) {
                    Tensor weight = base.parameters().get(module + ".weight");
                    weight.copy_(weight.to(ScalarType.Float)
                            .add(torch.matmul(layer.b, layer.a).mul(scale)));
                    layer.b.zero_();
                }
            });
        }
    }

    /** The update of a layer, or null. */
    Layer of(String module) {
        return layers.get(module);
    }

    @Override
    public void close() {
        model.close();
        layers.values().forEach(layer -> {
            Torch.release(layer.a);
            Torch.release(layer.b);
        });
        layers.clear();
        Torch.release(scale);
    }
}
