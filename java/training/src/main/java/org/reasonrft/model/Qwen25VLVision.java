package org.reasonrft.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.torch.Torch;

/**
 * The vision tower of Qwen2.5-VL (arXiv:2502.13923, section 2.1.1): pre-norm blocks with RMSNorm and a gated SiLU
 * layer. Patches attend within square windows, in a few blocks within the whole frame.
 *
 * <p>Windows at the right and lower edge are smaller than the others. So windows with equally many patches stand one
 * behind the other and run as one batch: four batches at most, none of them padded. What order they stand in changes
 * nothing else, since the rotary tables follow it and the merger's results are put back into reading order.
 */
public final class Qwen25VLVision extends VisionTower {
    static final String MODEL_TYPE = "qwen2_5_vl";
    private static final double RMS_NORM_EPSILON = 1e-6;

    private final Config config;

    /**
     * Sizes of the tower.
     *
     * @param width of a patch, {@code hidden_size}
     * @param intermediateSize width of the blocks' inner layer
     * @param windowSize pixels along the side of an attention window
     * @param fullAttentionBlocks numbers of the blocks that attend within the whole frame
     * @param tokensPerSecond positions on the time axis that a second of a clip takes
     */
    public record Config(
            int depth,
            int width,
            int intermediateSize,
            int heads,
            int channels,
            int patchSize,
            int mergeSize,
            int temporalPatchSize,
            int windowSize,
            List<Integer> fullAttentionBlocks,
            double tokensPerSecond)
            implements VisionConfig {
        public Config {
            check("hidden_size", depth, width, heads, channels, patchSize, mergeSize, temporalPatchSize);
            ConfigJson.positive("vision_config.intermediate_size", intermediateSize);
            ConfigJson.positive("vision_config.tokens_per_second", tokensPerSecond);
            if (windowSize / mergeSize / patchSize < 1) {
                throw new IllegalArgumentException("vision_config.window_size must hold at least one merge window of "
                        + mergeSize + " x " + patchSize + " pixels, got " + windowSize);
            }
            for (int block : fullAttentionBlocks) {
                if (block < 0 || block >= depth) {
                    throw new IllegalArgumentException(
                            "vision_config.fullatt_block_indexes must be from 0 to " + (depth - 1) + ", got " + block);
                }
            }
            fullAttentionBlocks = List.copyOf(fullAttentionBlocks);
        }

        static Config read(ConfigJson json, int hiddenSize) {
            json.requireText("hidden_act", "silu");
            if (json.integer("out_hidden_size", hiddenSize) != hiddenSize) {
                throw new IllegalArgumentException("vision_config.out_hidden_size is " + json.integer("out_hidden_size")
                        + ", the decoder's hidden_size " + hiddenSize);
            }
            return new Config(
                    json.integer("depth"),
                    json.integer("hidden_size"),
                    json.integer("intermediate_size"),
                    json.integer("num_heads"),
                    json.integer("in_channels", json.integer("in_chans", 3)),
                    json.integer("patch_size", 14),
                    json.integer("spatial_merge_size", 2),
                    json.integer("temporal_patch_size", 2),
                    json.integer("window_size", 112),
                    json.has("fullatt_block_indexes") ? json.integers("fullatt_block_indexes") : List.of(7, 15, 23, 31),
                    json.number("tokens_per_second", 4));
        }

        @Override
        public String modelType() {
            return MODEL_TYPE;
        }

        @Override
        public String architecture() {
            return "Qwen2_5_VLForConditionalGeneration";
        }

        /** Proportional to time, so that the axis means the same whatever the frame rate. */
        @Override
        public double frameInterval(double secondsPerFrame) {
            return tokensPerSecond * secondsPerFrame;
        }

        /** Merge windows along the side of an attention window. */
        int unitsPerWindow() {
            return windowSize / mergeSize / patchSize;
        }

        @Override
        public Map<String, Object> toJson(int hiddenSize) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("depth", depth);
            json.put("hidden_size", width);
            json.put("intermediate_size", intermediateSize);
            json.put("out_hidden_size", hiddenSize);
            json.put("hidden_act", "silu");
            json.put("num_heads", heads);
            // Either name is read by some version of transformers; so are both patch sizes.
            json.put("in_chans", channels);
            json.put("in_channels", channels);
            json.put("patch_size", patchSize);
            json.put("spatial_merge_size", mergeSize);
            json.put("spatial_patch_size", patchSize);
            json.put("temporal_patch_size", temporalPatchSize);
            json.put("window_size", windowSize);
            json.put("fullatt_block_indexes", fullAttentionBlocks);
            // transformers takes an integer only.
            boolean whole = tokensPerSecond == (double) (long) tokensPerSecond;
            json.put("tokens_per_second", whole ? (Number) (long) tokensPerSecond : (Number) tokensPerSecond);
            return json;
        }

        @Override
        public Map<String, long[]> parameterShapes(int hiddenSize) {
            Map<String, long[]> shapes = new LinkedHashMap<>();
            addPatchEmbedding(shapes, this);
            for (int i = 0; i < depth; i++) {
                String block = "visual.blocks." + i + ".";
                shapes.put(block + "norm1.weight", new long[] {width});
                shapes.put(block + "norm2.weight", new long[] {width});
                addLinear(shapes, block + "attn.qkv", 3L * width, width);
                addLinear(shapes, block + "attn.proj", width, width);
                addLinear(shapes, block + "mlp.gate_proj", intermediateSize, width);
                addLinear(shapes, block + "mlp.up_proj", intermediateSize, width);
                addLinear(shapes, block + "mlp.down_proj", width, intermediateSize);
            }
            shapes.put("visual.merger.ln_q.weight", new long[] {width});
            addMerger(shapes, this, hiddenSize);
            return shapes;
        }
    }

    /**
     * An order of a frame's merge windows in which attention windows are contiguous.
     *
     * @param units merge windows, numbered in reading order
     * @param windows how the patches of that order divide
     */
    record Layout(long[] units, List<Windows> windows) {
        /**
         * @param rows of merge windows
         * @param columns of merge windows
         * @param side merge windows along the side of an attention window
         * @param patches per merge window
         */
        static Layout of(long rows, long columns, int side, int patches) {
            Map<Long, List<Long>> bySize = new TreeMap<>(Comparator.reverseOrder());
            for (long top = 0; top < rows; top += side) {
                for (long left = 0; left < columns; left += side) {
                    long bottom = Math.min(rows, top + side);
                    long right = Math.min(columns, left + side);
                    List<Long> units =
                            bySize.computeIfAbsent((bottom - top) * (right - left), size -> new ArrayList<>());
                    for (long row = top; row < bottom; row++) {
                        for (long column = left; column < right; column++) {
                            units.add(row * columns + column);
                        }
                    }
                }
            }
            List<Windows> windows = new ArrayList<>();
            bySize.forEach((size, units) -> windows.add(new Windows(units.size() / size, size * patches)));
            long[] order = bySize.values().stream()
                    .flatMap(List::stream)
                    .mapToLong(Long::longValue)
                    .toArray();
            return new Layout(order, List.copyOf(windows));
        }

        /** For each merge window in reading order its place in this one. */
        long[] places() {
            long[] places = new long[units.length];
            for (int i = 0; i < units.length; i++) {
                places[(int) units[i]] = i;
            }
            return places;
        }
    }

    Qwen25VLVision(Config config, Weights weights, LoraAdapter lora) {
        super(config, weights, lora);
        this.config = config;
    }

    @Override
    Tensor frames(Tensor patches, long rows, long columns) {
        int merge = config.mergeSize();
        Layout layout = Layout.of(rows / merge, columns / merge, config.unitsPerWindow(), config.patchesPerToken());
        Rotary rotary = Rotary.ofPatches(layout.units, columns, merge, config.headSize(), weights);
        List<Windows> wholeFrame = List.of(new Windows(1, rows * columns));
        DoubleOptional epsilon = new DoubleOptional(RMS_NORM_EPSILON);
        Tensor x = patches.unflatten(1, layout.units.length, config.patchesPerToken())
                .index_select(1, index(layout.units))
                .flatten(1, 2);
        for (int i = 0; i < config.depth(); i++) {
            String block = "visual.blocks." + i + ".";
            List<Windows> windows = config.fullAttentionBlocks().contains(i) ? wholeFrame : layout.windows;
            Tensor input = x;
            // A scope per block: what autograd does not need is freed here, not at the end of the step.
            x = Torch.keep(() -> {
                Tensor normal = normalise(input, block + "norm1", epsilon);
                Tensor middle = input.add(attention(normal, block + "attn.", rotary, windows));
                return middle.add(gated(normalise(middle, block + "norm2", epsilon), block + "mlp."));
            });
        }
        Tensor merged = merge(normalise(x, "visual.merger.ln_q", epsilon));
        return merged.unflatten(0, -1, layout.units.length)
                .index_select(1, index(layout.places()))
                .flatten(0, 1);
    }

    private Tensor gated(Tensor x, String prefix) {
        Tensor inner = torch.silu(linear(x, prefix + "gate_proj")).mul(linear(x, prefix + "up_proj"));
        return linear(inner, prefix + "down_proj");
    }

    private Tensor normalise(Tensor x, String name, DoubleOptional epsilon) {
        return torch.rms_norm(x, new long[] {config.width()}, weights.optional(name + ".weight"), epsilon);
    }
}
