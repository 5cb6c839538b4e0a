package org.reasonrft.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.torch.Torch;

/**
 * A vision transformer of the Qwen family: patches to embeddings of the decoder's width, one per merge window. What the
 * architectures share stands here: patch embedding, attention under rotary rows and columns, merger. Patches attend
 * within their own frame. Frames of one size run as one batch, without padding and without a block mask.
 */
abstract sealed class VisionTower permits Qwen2VLVision, Qwen25VLVision {
    final Weights weights;
    private final VisionConfig config;
    private final LoraAdapter lora;

    VisionTower(VisionConfig config, Weights weights, LoraAdapter lora) {
        this.config = config;
        this.weights = weights;
        this.lora = lora;
    }

    /**
     * The tower of a configuration; null when it has none.
     *
     * @param lora null when nothing is adapted
     */
    static VisionTower of(VisionConfig config, Weights weights, LoraAdapter lora) {
        if (config instanceof Qwen2VLVision.Config qwen2) {
            return new Qwen2VLVision(qwen2, weights, lora);
        }
        return config instanceof Qwen25VLVision.Config qwen25 ? new Qwen25VLVision(qwen25, weights, lora) : null;
    }

    /**
     * Patches that attend to each other: {@code count} runs of {@code size} patches, one behind the other in the order
     * of the tower.
     */
    record Windows(long count, long size) {}

    /**
     * Runs the blocks and the merger over frames of one size.
     *
     * @param patches (frames, rows x columns, width), merge windows in reading order
     * @return (sum of merge windows, hidden size), in the same order
     */
    abstract Tensor frames(Tensor patches, long rows, long columns);

    /** See {@link QwenModel#imageEmbeddings}. */
    final Tensor forward(Tensor pixelValues, long[][] grids) {
        checkArguments(pixelValues, grids);
        Tensor projection = weights.get("visual.patch_embed.proj.weight");
        Tensor patches = torch.linear(
                pixelValues.to(weights.device(), weights.dtype()),
                projection.view(config.width(), config.patchElements()));
        Map<List<Long>, List<Integer>> picturesBySize = new LinkedHashMap<>();
        long[] begins = new long[grids.length];
        long begin = 0;
        for (int i = 0; i < grids.length; i++) {
            begins[i] = begin;
            begin += patchCount(grids[i]);
            picturesBySize
                    .computeIfAbsent(List.of(grids[i][1], grids[i][2]), size -> new ArrayList<>())
                    .add(i);
        }
        if (picturesBySize.size() == 1) {
            return frames(patches, grids[0]);
        }
        return mixed(patches, grids, begins, picturesBySize.values());
    }

    /** Runs each size by itself and puts the results back into the order of the pictures. */
    private Tensor mixed(Tensor patches, long[][] grids, long[] begins, Iterable<List<Integer>> groups) {
        long unit = config.patchesPerToken();
        TensorVector results = new TensorVector();
        long[] places = new long[Math.toIntExact(patches.size(0) / unit)];
        long place = 0;
        for (List<Integer> group : groups) {
            TensorVector parts = new TensorVector();
            for (int picture : group) {
                long count = patchCount(grids[picture]);
                parts.push_back(patches.narrow(0, begins[picture], count));
                for (long token = begins[picture] / unit; token < (begins[picture] + count) / unit; token++) {
                    places[(int) token] = place++;
                }
            }
            results.push_back(frames(torch.cat(parts, 0), grids[group.get(0)]));
        }
        return torch.cat(results, 0).index_select(0, index(places));
    }

    private Tensor frames(Tensor patches, long[] grid) {
        return frames(patches.view(-1, grid[1] * grid[2], config.width()), grid[1], grid[2]);
    }

    /** An index for {@code index_select} on the tower's device. */
    final Tensor index(long[] places) {
        return Torch.tensor(places, places.length).to(weights.device(), torch.ScalarType.Long);
    }

    /**
     * Attention of every patch to those of its window.
     *
     * @param x (frames, patches, width)
     * @param prefix of the parameters
     * @param rotary tables of shape (patches, 1, 1, head size)
     * @param windows cover the patches of a frame; one of one run when the whole frame attends to itself
     */
    final Tensor attention(Tensor x, String prefix, Rotary rotary, List<Windows> windows) {
        long frames = x.size(0);
        long patches = x.size(1);
        Tensor qkv = linear(x, prefix + "qkv").view(frames, patches, 3, config.heads(), config.headSize());
        Tensor queryKey = rotary.apply(qkv.narrow(2, 0, 2));
        Tensor query = queryKey.select(2, 0);
        Tensor key = queryKey.select(2, 1);
        Tensor value = qkv.select(2, 2);
        TensorVector parts = new TensorVector();
        long begin = 0;
        for (Windows run : windows) {
            Tensor attended = torch.scaled_dot_product_attention(
                    runs(query, begin, run), runs(key, begin, run), runs(value, begin, run));
            parts.push_back(attended.transpose(1, 2).reshape(frames, run.count * run.size, config.width()));
            begin += run.count * run.size;
        }
        return linear(windows.size() == 1 ? Torch.element(parts, 0) : torch.cat(parts, 1), prefix + "proj");
    }

    /** (frames, patches, heads, head size) to (frames x count, heads, size, head size). */
    private Tensor runs(Tensor x, long begin, Windows run) {
        return x.narrow(1, begin, run.count * run.size)
                .reshape(x.size(0) * run.count, run.size, config.heads(), config.headSize())
                .transpose(1, 2);
    }

    /**
     * Joins the patches of each merge window to one embedding.
     *
     * @param normalised (frames, patches, width)
     * @return (frames x merge windows, hidden size)
     */
    final Tensor merge(Tensor normalised) {
        Tensor joined = normalised.view(-1, (long) config.width() * config.patchesPerToken());
        return linear(torch.gelu(linear(joined, "visual.merger.mlp.0")), "visual.merger.mlp.2");
    }

    final Tensor linear(Tensor x, String name) {
        return Linear.of(weights, lora, name).apply(x);
    }

    private void checkArguments(Tensor pixelValues, long[][] grids) {
        if (grids.length == 0) {
            throw new IllegalArgumentException("gridThw must name at least one picture");
        }
        long patches = 0;
        for (long[] grid : grids) {
            if (grid.length != 3
                    || grid[0] < 1
                    || grid[1] < 1
                    || grid[2] < 1
                    || grid[1] % config.mergeSize() != 0
                    || grid[2] % config.mergeSize() != 0) {
                throw new IllegalArgumentException(
                        "gridThw must hold frames, rows and columns, rows and columns multiples of "
                                + config.mergeSize() + "; got " + Arrays.toString(grid));
            }
            patches += patchCount(grid);
        }
        Torch.requireShape("pixelValues", pixelValues, patches, config.patchElements());
    }

    private static long patchCount(long[] grid) {
        return grid[0] * grid[1] * grid[2];
    }

    /** Shapes of a linear layer with bias. */
    static void addLinear(Map<String, long[]> shapes, String name, long out, long in) {
        shapes.put(name + ".weight", new long[] {out, in});
        shapes.put(name + ".bias", new long[] {out});
    }

    /** Shape of the patch embedding, which every tower has first. */
    static void addPatchEmbedding(Map<String, long[]> shapes, VisionConfig config) {
        shapes.put("visual.patch_embed.proj.weight", new long[] {
            config.width(), config.channels(), config.temporalPatchSize(), config.patchSize(), config.patchSize()
        });
    }

    /** Shapes of the two layers of the merger. */
    static void addMerger(Map<String, long[]> shapes, VisionConfig config, long hiddenSize) {
        long joined = (long) config.width() * config.patchesPerToken();
        addLinear(shapes, "visual.merger.mlp.0", joined, joined);
        addLinear(shapes, "visual.merger.mlp.2", hiddenSize, joined);
    }

    /**
     * Checks what every configuration holds.
     *
     * @param widthName what this architecture calls the width of a patch
     */
    static void check(
            String widthName,
            int depth,
            int width,
            int heads,
            int channels,
            int patchSize,
            int mergeSize,
            int temporalPatchSize) {
        ConfigJson.positive("vision_config.depth", depth);
        ConfigJson.positive("vision_config." + widthName, width);
        ConfigJson.positive("vision_config.num_heads", heads);
        ConfigJson.positive("vision_config.in_channels", channels);
        ConfigJson.positive("vision_config.patch_size", patchSize);
        ConfigJson.positive("vision_config.spatial_merge_size", mergeSize);
        ConfigJson.positive("vision_config.temporal_patch_size", temporalPatchSize);
        try {
            // Products that are counted in int: no tower that fits into memory comes near.
            Math.multiplyExact(mergeSize, mergeSize);
            Math.multiplyExact(
                    Math.multiplyExact(channels, temporalPatchSize), Math.multiplyExact(patchSize, patchSize));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("vision_config: patches of " + channels + " channels, "
                    + temporalPatchSize + " frames, " + patchSize + " x " + patchSize + " pixels, " + mergeSize + " x "
                    + mergeSize + " of them a token, are too large");
        }
        ConfigJson.divides("vision_config.num_heads", heads, "vision_config." + widthName, width);
        if (width / heads % 4 != 0) {
            throw new IllegalArgumentException("vision_config: the head size must be a multiple of 4 for rotary rows"
                    + " and columns, got " + width / heads);
        }
    }
}
