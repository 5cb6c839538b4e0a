package org.reasonrft.rollout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.model.QwenModel;
import org.reasonrft.torch.Torch;
import org.reasonrft.vision.ImageProcessor;

/**
 * Prompts side by side, padded on the left so that all end in the last column. The tensors are on the CPU and belong to
 * the scope that was open when the batch was made.
 *
 * @param prompts the B prompts
 * @param ids int64 (B, T)
 * @param positions int64 (3, B, T), 0 at padding
 * @param attentionMask bool (B, T), false at padding; null when nothing is padded
 * @param pixelValues float32 (patches of all pictures, elements of a patch); null without pictures
 * @param grids frames, rows and columns of each picture
 */
public record PromptBatch(
        List<Prompt> prompts, Tensor ids, Tensor positions, Tensor attentionMask, Tensor pixelValues, long[][] grids) {
    static {
        Torch.load();
    }

    /**
     * Batches prompts.
     *
     * @param paddingId any id of the vocabulary that is no picture placeholder; the padded places are masked
     */
    public static PromptBatch of(List<Prompt> prompts, long paddingId) {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("a batch needs at least one prompt");
        }
        int rows = prompts.size();
        int length = prompts.stream().mapToInt(Prompt::length).max().orElseThrow();
        long[] ids = new long[rows * length];
        Arrays.fill(ids, paddingId);
        long[] positions = new long[3 * rows * length];
        boolean[] mask = new boolean[rows * length];
        boolean padded = false;
        List<ImageProcessor.Pixels> pictures = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            Prompt prompt = prompts.get(row);
            int begin = (row + 1) * length - prompt.length();
            System.arraycopy(prompt.ids(), 0, ids, begin, prompt.length());
            Arrays.fill(mask, begin, begin + prompt.length(), true);
            for (int axis = 0; axis < 3; axis++) {
                System.arraycopy(
                        prompt.rope().positions()[axis], 0, positions, axis * rows * length + begin, prompt.length());
            }
            padded |= prompt.length() < length;
            pictures.addAll(prompt.pictures());
        }
        long[][] grids = pictures.stream().map(ImageProcessor.Pixels::grid).toArray(long[][]::new);
        return new PromptBatch(
                List.copyOf(prompts),
                Torch.tensor(ids, rows, length),
                Torch.tensor(positions, 3, rows, length),
                padded ? Torch.tensor(mask, rows, length) : null,
                pictures.isEmpty() ? null : join(pictures),
                grids);
    }

    private static Tensor join(List<ImageProcessor.Pixels> pictures) {
        return Torch.keep(() -> {
            TensorVector parts = new TensorVector();
            for (ImageProcessor.Pixels picture : pictures) {
                long patches = picture.grid()[0] * picture.grid()[1] * picture.grid()[2];
                parts.push_back(Torch.tensor(picture.values(), patches, picture.values().length / patches));
            }
            return torch.cat(parts, 0);
        });
    }

    /** Tokens per row, padding included. */
    public int length() {
        return Math.toIntExact(ids.size(1));
    }

    /** Embeddings of tokens and pictures, (B, T, hidden). Differentiable. */
    public Tensor embeddings(QwenModel model) {
        return Torch.keep(() -> model.embed(ids, imageEmbeddings(model)));
    }

    /** Embeddings of the pictures, (number of placeholders, hidden); null without pictures. Differentiable. */
    public Tensor imageEmbeddings(QwenModel model) {
        return pixelValues == null ? null : model.imageEmbeddings(pixelValues, grids);
    }

    /** Decodes the prompts. Differentiable; see {@link QwenModel#prefill}. */
    public QwenModel.Decoded prefill(QwenModel model) {
        return model.prefill(embeddings(model), positions, attentionMask);
    }

    /** Positions of the tokens after the prompts when each prompt has G completions of C tokens: int64 (3, B G, C). */
    public Tensor completionPositions(int groupSize, int tokens) {
        int rows = prompts.size() * groupSize;
        long[] result = new long[3 * rows * tokens];
        int at = 0;
        for (int axis = 0; axis < 3; axis++) {
            for (int row = 0; row < rows; row++) {
                long next = prompts.get(row / groupSize).nextPosition();
                for (int token = 0; token < tokens; token++) {
                    result[at++] = next + token;
                }
            }
        }
        return Torch.tensor(result, 3, rows, tokens);
    }

    /**
     * Mask for decoding C tokens a row behind the prompts when each has G completions: bool (B G, T + C). Only padding
     * of the prompts is hidden: what pads completions stands on their right, where no real token looks. Null when
     * nothing is padded.
     */
    public Tensor completionAttentionMask(int groupSize, int tokens) {
        if (attentionMask == null) {
            return null;
        }
        int rows = prompts.size() * groupSize;
        int width = length() + tokens;
        boolean[] mask = new boolean[rows * width];
        Arrays.fill(mask, true);
        for (int row = 0; row < rows; row++) {
            Arrays.fill(
                    mask,
                    row * width,
                    row * width + length() - prompts.get(row / groupSize).length(),
                    false);
        }
        return Torch.tensor(mask, rows, width);
    }
}
