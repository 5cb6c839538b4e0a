package org.reasonrft.rollout;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.model.KeyValueCache;
import org.reasonrft.model.QwenModel;
import org.reasonrft.torch.Torch;

/** Padded on the left to the longest prompt, by libtorch: any type, any device. */
final class PaddedDecoding implements Decoding {
    private final QwenModel model;
    private final PromptBatch batch;
    private final int groupSize;
    private final int maxNewTokens;
    /** Null until {@link #first}. */
    private KeyValueCache cache;
    /** Null when nothing is padded. Lives in the scope that is open around this object. */
    private Tensor mask;

    PaddedDecoding(QwenModel model, List<Prompt> prompts, long paddingId, int groupSize, int maxNewTokens) {
        this.model = model;
        this.groupSize = groupSize;
        this.maxNewTokens = maxNewTokens;
        batch = PromptBatch.of(prompts, paddingId);
        mask = batch.completionAttentionMask(groupSize, maxNewTokens);
    }

    @Override
    public Tensor first() {
        return Torch.keep(() -> {
            QwenModel.Decoded decoded = batch.prefill(model);
            cache = new KeyValueCache(
                    decoded.keyValues().repeatInterleave(groupSize), batch.length() + (long) maxNewTokens);
            return model.logits(decoded.hidden().select(1, batch.length() - 1L));
        });
    }

    @Override
    public void keep(long[] kept) {
        cache.keepRows(kept);
        if (mask != null) {
            Tensor before = mask;
            mask = before.index_select(0, Torch.tensor(kept, kept.length));
            before.close();
        }
    }

    @Override
    public Tensor next(CompletionRow[] rows) {
        return Torch.keep(() -> {
            long[] ids = new long[rows.length];
            long[] positions = new long[3 * rows.length];
            for (int i = 0; i < rows.length; i++) {
                ids[i] = rows[i].lastId();
                positions[i] = rows[i].lastPosition();
            }
            System.arraycopy(positions, 0, positions, rows.length, rows.length);
            System.arraycopy(positions, 0, positions, 2 * rows.length, rows.length);
            Tensor visible = mask == null ? null : mask.narrow(1, 0, cache.length() + 1);
            Tensor hidden = model.decode(
                    model.embed(Torch.tensor(ids, rows.length, 1).to(model.device(), ScalarType.Long)),
                    Torch.tensor(positions, 3, rows.length, 1),
                    visible,
                    cache);
            return model.logits(hidden.select(1, 0));
        });
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.close();
        }
    }
}
