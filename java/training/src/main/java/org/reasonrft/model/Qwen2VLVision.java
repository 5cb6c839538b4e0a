package org.reasonrft.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.torch.Torch;

/**
 * The vision tower of Qwen2-VL (arXiv:2409.12191): pre-norm blocks with LayerNorm, full attention within a frame and a
 * layer with the sigmoid approximation of GELU.
 */
public final class Qwen2VLVision extends VisionTower {
    static final String MODEL_TYPE = "qwen2_vl";
    private static final double LAYER_NORM_EPSILON = 1e-6;
    /** Of the approximation x sigmoid(1.702 x) to GELU (Hendrycks and Gimpel, arXiv:1606.08415). */
    private static final double GELU_SLOPE = 1.702;

    private final Config config;

    /**
     * Sizes of the tower.
     *
     * @param width of a patch, {@code embed_dim}
     * @param mlpRatio width of the blocks' inner layer divided by {@code width}
     */
    public record Config(
            int depth,
            int width,
            int heads,
            int mlpRatio,
            int channels,
            int patchSize,
            int mergeSize,
            int temporalPatchSize)
            implements VisionConfig {
        public Config {
            check("embed_dim", depth, width, heads, channels, patchSize, mergeSize, temporalPatchSize);
            ConfigJson.positive("vision_config.mlp_ratio", mlpRatio);
        }

        static Config read(ConfigJson json, int hiddenSize) {
            json.requireText("hidden_act", "quick_gelu");
            if (json.integer("hidden_size", hiddenSize) != hiddenSize) {
                throw new IllegalArgumentException("vision_config.hidden_size is " + json.integer("hidden_size")
                        + ", the decoder's hidden_size " + hiddenSize);
            }
            return new Config(
                    json.integer("depth"),
                    json.integer("embed_dim"),
                    json.integer("num_heads"),
                    json.integer("mlp_ratio", 4),
                    json.integer("in_channels", json.integer("in_chans", 3)),
                    json.integer("patch_size", 14),
                    json.integer("spatial_merge_size", 2),
                    json.integer("temporal_patch_size", 2));
        }

        @Override
        public String modelType() {
            return MODEL_TYPE;
        }

        @Override
        public String architecture() {
            return "Qwen2VLForConditionalGeneration";
        }

        /** One position a frame, however long it lasts. */
        @Override
        public double frameInterval(double secondsPerFrame) {
            return 1;
        }

        @Override
        public Map<String, Object> toJson(int hiddenSize) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("depth", depth);
            json.put("embed_dim", width);
            json.put("hidden_size", hiddenSize);
            json.put("hidden_act", "quick_gelu");
            json.put("mlp_ratio", mlpRatio);
            json.put("num_heads", heads);
            // Either name is read by some version of transformers; so are both patch sizes.
            json.put("in_chans", channels);
            json.put("in_channels", channels);
            json.put("patch_size", patchSize);
            json.put("spatial_merge_size", mergeSize);
            json.put("spatial_patch_size", patchSize);
            json.put("temporal_patch_size", temporalPatchSize);
            return json;
        }

        @Override
        public Map<String, long[]> parameterShapes(int hiddenSize) {
            Map<String, long[]> shapes = new LinkedHashMap<>();
            addPatchEmbedding(shapes, this);
            long inner = (long) mlpRatio * width;
            for (int i = 0; i < depth; i++) {
                String block = "visual.blocks." + i + ".";
                addNorm(shapes, block + "norm1");
                addNorm(shapes, block + "norm2");
                addLinear(shapes, block + "attn.qkv", 3L * width, width);
                addLinear(shapes, block + "attn.proj", width, width);
                addLinear(shapes, block + "mlp.fc1", inner, width);
                addLinear(shapes, block + "mlp.fc2", width, inner);
            }
            addNorm(shapes, "visual.merger.ln_q");
            addMerger(shapes, this, hiddenSize);
            return shapes;
        }

        private void addNorm(Map<String, long[]> shapes, String name) {
            shapes.put(name + ".weight", new long[] {width});
            shapes.put(name + ".bias", new long[] {width});
        }
    }

    Qwen2VLVision(Config config, Weights weights, LoraAdapter lora) {
        super(config, weights, lora);
        this.config = config;
    }

    @Override
    Tensor frames(Tensor patches, long rows, long columns) {
        long[] readingOrder =
                LongStream.range(0, rows * columns / config.patchesPerToken()).toArray();
        Rotary rotary = Rotary.ofPatches(readingOrder, columns, config.mergeSize(), config.headSize(), weights);
        List<Windows> wholeFrame = List.of(new Windows(1, rows * columns));
        Scalar slope = new Scalar(GELU_SLOPE);
        Tensor x = patches;
        for (int i = 0; i < config.depth(); i++) {
            String block = "visual.blocks." + i + ".";
            Tensor input = x;
            // A scope per block: what autograd does not need is freed here, not at the end of the step.
            x = Torch.keep(() -> {
                Tensor attended = attention(normalise(input, block + "norm1"), block + "attn.", rotary, wholeFrame);
                Tensor middle = input.add(attended);
                Tensor inner = linear(normalise(middle, block + "norm2"), block + "mlp.fc1");
                Tensor activated = inner.mul(inner.mul(slope).sigmoid_());
                return middle.add(linear(activated, block + "mlp.fc2"));
            });
        }
        return merge(normalise(x, "visual.merger.ln_q"));
    }

    private Tensor normalise(Tensor x, String name) {
        return torch.layer_norm(
                x,
                new long[] {config.width()},
                weights.optional(name + ".weight"),
                weights.optional(name + ".bias"),
                LAYER_NORM_EPSILON,
                false);
    }
}
