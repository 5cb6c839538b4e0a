package org.reasonrft.train;

import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.model.QwenModel;
import org.reasonrft.model.RecomputedDecoding;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.rollout.PromptBatch;

/**
 * What {@link CompletionForward#hidden} computes, without keeping what happens inside layers and vision tower:
 * {@link #backward} computes it again. Made inside a PointerScope and valid as long as it is.
 */
final class RecomputedForward {
    private final QwenModel model;
    private final PromptBatch batch;
    /** Embeddings of the pictures as a leaf; null where no gradient goes that way. */
    private final Tensor pictures;

    private final RecomputedDecoding decoding;
    private final Tensor hidden;

    /** Arguments as for {@link CompletionForward#hidden}. */
    RecomputedForward(QwenModel model, List<Prompt> prompts, int groupSize, CompletionRows rows) {
        this.model = model;
        batch = PromptBatch.of(prompts, CompletionForward.PADDING);
        Tensor embedded = null;
        if (batch.pixelValues() != null) {
            try (NoGradGuard noGrad = new NoGradGuard()) {
                embedded = batch.imageEmbeddings(model);
            }
        }
        pictures = embedded != null && model.recordsVision() ? embedded.set_requires_grad(true) : null;
        RecomputedDecoding.Rows promptRows = new RecomputedDecoding.Rows(
                model.embed(batch.ids(), embedded), batch.positions(), batch.attentionMask());
        int inputs = Math.toIntExact(rows.tokens() - 1);
        RecomputedDecoding.Rows completionRows = inputs == 0
                ? null
                : new RecomputedDecoding.Rows(
                        model.embed(rows.ids().narrow(1, 0, inputs)),
                        batch.completionPositions(groupSize, inputs),
                        batch.completionAttentionMask(groupSize, inputs));
        decoding = RecomputedDecoding.of(model, promptRows, completionRows, groupSize);
        Tensor last = decoding.lastPromptHidden();
        if (groupSize > 1) {
            last = last.repeat_interleave(groupSize, new LongOptional(0), new LongOptional());
        }
        hidden = completionRows == null ? last : torch.cat(new TensorVector(last, decoding.completionHidden()), 1);
    }

    /** (Q G, T, hidden size), in a graph that ends at the last layer's output. */
    Tensor hidden() {
        return hidden;
    }

    /** Carries the gradient that has reached the hidden states on to the parameters. */
    void backward() {
        decoding.backward();
        if (pictures != null && pictures.grad().defined()) {
            CompletionForward.backward(batch.imageEmbeddings(model), pictures.grad());
        }
    }
}
