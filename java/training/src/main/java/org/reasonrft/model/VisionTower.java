package org.reasonrft.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.torch.Torch;

/**
 * The vision transformer of Qwen2-VL (arXiv:2409.12191): patches to embeddings of the decoder's width, one per merged
 * window. Patches attend within their own frame. Frames of one size run as one batch; without padding and without a
 * block mask.
 */
final class VisionTower {
    private static final double LAYER_NORM_EPSILON = 1e-6;

    private final Qwen2VLConfig.Vision config;
    private final Weights weights;

    VisionTower(Qwen2VLConfig.Vision config, Weights weights) {
        this.config = config;
        this.weights = weights;
    }

    /** See {@link Qwen2VL#imageEmbeddings}. */
    Tensor forward(Tensor pixelValues, long[][] grids) {
        checkArguments(pixelValues, grids);
        Tensor projection = weights.get("visual.patch_embed.proj.weight");
        Tensor patches = torch.linear(
                pixelValues.to(weights.device(), weights.dtype()),
                projection.view(config.embedSize(), config.patchElements()));
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
            return frames(patches, grids[0][1], grids[0][2]);
        }
        return mixed(patches, grids, begins, picturesBySize.values());
    }

    /** Runs each size by itself and puts the results back into the order of the pictures. */
    private Tensor mixed(Tensor patches, long[][] grids, long[] begins, Iterable<List<Integer>> groups) {
        long window = (long) config.mergeSize() * config.mergeSize();
        TensorVector results = new TensorVector();
        long[] places = new long[Math.toIntExact(patches.size(0) / window)];
        long place = 0;
        for (List<Integer> group : groups) {
            TensorVector parts = new TensorVector();
            for (int picture : group) {
                long count = patchCount(grids[picture]);
                parts.push_back(patches.narrow(0, begins[picture], count));
                for (long token = begins[picture] / window; token < (begins[picture] + count) / window; token++) {
                    places[(int) token] = place++;
                }
            }
            long[] grid = grids[group.get(0)];
            results.push_back(frames(torch.cat(parts, 0), grid[1], grid[2]));
        }
        Tensor index = Torch.tensor(places, places.length).to(weights.device(), torch.ScalarType.Long);
        return torch.cat(results, 0).index_select(0, index);
    }

    /** All frames have rows x columns patches; returns (sum of merged windows, hidden size). */
    private Tensor frames(Tensor patches, long rows, long columns) {
        Tensor x = patches.view(-1, rows * columns, config.embedSize());
        Rotary rotary = Rotary.ofPatches(rows, columns, config.mergeSize(), config.headSize(), weights);
        Scalar slope = new Scalar(1.702);
        for (int i = 0; i < config.depth(); i++) {
            String block = "visual.blocks." + i + ".";
            Tensor input = x;
            // A scope per block: what autograd does not need is freed here, not at the end of the step.
            x = Torch.keep(() -> {
                Tensor middle = input.add(attention(layerNorm(input, block + "norm1"), block + "attn.", rotary));
                Tensor inner = linear(layerNorm(middle, block + "norm2"), block + "mlp.fc1");
                Tensor activated = inner.mul(inner.mul(slope).sigmoid_());
                return middle.add(linear(activated, block + "mlp.fc2"));
            });
        }
        long merged = (long) config.embedSize() * config.mergeSize() * config.mergeSize();
        Tensor windows = layerNorm(x, "visual.merger.ln_q").view(-1, merged);
        return linear(torch.gelu(linear(windows, "visual.merger.mlp.0")), "visual.merger.mlp.2");
    }

    private Tensor attention(Tensor x, String prefix, Rotary rotary) {
        long frames = x.size(0);
        long patches = x.size(1);
        Tensor qkv = linear(x, prefix + "qkv")
                .view(frames, patches, 3, config.heads(), config.headSize())
                .permute(2, 0, 3, 1, 4);
        Tensor queryKey = rotary.apply(qkv.narrow(0, 0, 2));
        Tensor attended =
                torch.scaled_dot_product_attention(queryKey.select(0, 0), queryKey.select(0, 1), qkv.select(0, 2));
        return linear(attended.transpose(1, 2).reshape(frames, patches, config.embedSize()), prefix + "proj");
    }

    private Tensor layerNorm(Tensor x, String name) {
        TensorOptional weight = weights.optional(name + ".weight");
        return torch.layer_norm(
                x,
                new long[] {config.embedSize()},
                weight,
                weights.optional(name + ".bias"),
                LAYER_NORM_EPSILON,
                false);
    }

    private Tensor linear(Tensor x, String name) {
        return torch.linear(x, weights.get(name + ".weight"), weights.optional(name + ".bias"));
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
                        "gridThw must hold frames, rows and columns, rows and columns multiples" + " of "
                                + config.mergeSize() + "; got " + Arrays.toString(grid));
            }
            patches += patchCount(grid);
        }
        Torch.requireShape("pixelValues", pixelValues, patches, config.patchElements());
    }

    private static long patchCount(long[] grid) {
        return grid[0] * grid[1] * grid[2];
    }
}
