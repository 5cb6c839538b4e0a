package org.reasonrft.rollout;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.model.QwenModel;
import org.reasonrft.model.SequenceCache;
import org.reasonrft.torch.Torch;
import org.reasonrft.vision.ImageProcessor;

/**
 * Without padding, by {@link QwenModel#decode(Tensor, Tensor, long[], long[], long[], SequenceCache)}. Each row has a sequence of the
 * cache to itself; those of ended rows are left alone.
 */
final class SequenceDecoding implements Decoding {
    private final QwenModel model;
    private final List<Prompt> prompts;
    private final int groupSize;
    private final SequenceCache cache;

    SequenceDecoding(QwenModel model, List<Prompt> prompts, int groupSize, int maxNewTokens) {
        this.model = model;
        this.prompts = prompts;
        this.groupSize = groupSize;
        long longest = prompts.stream().mapToInt(Prompt::length).max().orElseThrow();
        cache = model.sequenceCache((long) prompts.size() * groupSize, longest + maxNewTokens);
    }

    @Override
    public Tensor first() {
        return Torch.keep(() -> {
            int total = prompts.stream().mapToInt(Prompt::length).sum();
            long[] ids = new long[total];
            long[] positions = new long[3 * total];
            long[] sequences = new long[total];
            long[] places = new long[total];
            long[] last = new long[prompts.size()];
            int at = 0;
            for (int i = 0; i < prompts.size(); i++) {
                Prompt prompt = prompts.get(i);
                System.arraycopy(prompt.ids(), 0, ids, at, prompt.length());
                for (int axis = 0; axis < 3; axis++) {
                    System.arraycopy(prompt.rope().positions()[axis], 0, positions, axis * total + at, prompt.length());
                }
                Arrays.fill(sequences, at, at + prompt.length(), (long) i * groupSize);
                for (int t = 0; t < prompt.length(); t++) {
                    places[at++] = t;
                }
                last[i] = at - 1;
            }
            Tensor embeddings = model.embed(Torch.tensor(ids, 1, total), imageEmbeddings());
            Tensor hidden = model.decode(
                    embeddings.view(total, embeddings.size(2)),
                    Torch.tensor(positions, 3, total),
                    sequences,
                    places,
                    last,
                    cache);
            for (int i = 0; groupSize > 1 && i < prompts.size(); i++) {
                cache.spread(
                        (long) i * groupSize, groupSize - 1L, prompts.get(i).length());
            }
            return model.sequenceLogits(hidden);
        });
    }

    /** Picture by picture: a prompt's numbers depend on no other prompt. Null without pictures. */
    private Tensor imageEmbeddings() {
        org.bytedeco.pytorch.TensorVector parts = new org.bytedeco.pytorch.TensorVector();
        for (Prompt prompt : prompts) {
            for (ImageProcessor.Pixels picture : prompt.pictures()) {
                long[] grid = picture.grid();
                long patches = grid[0] * grid[1] * grid[2];
                Tensor pixels = Torch.tensor(picture.values(), patches, picture.values().length / patches);
                parts.push_back(model.imageEmbeddings(pixels, new long[][] {grid}));
            }
        }
        return parts.empty() ? null : org.bytedeco.pytorch.global.torch.cat(parts, 0);
    }

    @Override
    public void keep(long[] kept) {
        // A row knows its sequence.
    }

    @Override
    public Tensor next(CompletionRow[] rows) {
        return Torch.keep(() -> {
            long[] ids = new long[rows.length];
            long[] positions = new long[3 * rows.length];
            long[] sequences = new long[rows.length];
            long[] places = new long[rows.length];
            for (int i = 0; i < rows.length; i++) {
                ids[i] = rows[i].lastId();
                positions[i] = rows[i].lastPosition();
                sequences[i] = rows[i].index;
                places[i] = rows[i].lastPlace();
            }
            System.arraycopy(positions, 0, positions, rows.length, rows.length);
            System.arraycopy(positions, 0, positions, 2 * rows.length, rows.length);
            Tensor embeddings = model.embed(Torch.tensor(ids, rows.length, 1));
            return model.sequenceLogits(model.decode(
                    embeddings.squeeze(1), Torch.tensor(positions, 3, rows.length), sequences, places, null, cache));
        });
    }

    @Override
    public void close() {
        cache.close();
    }
}
