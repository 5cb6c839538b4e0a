package org.reasonrft.train;

import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.model.QwenModel;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.rollout.PromptBatch;
import org.reasonrft.torch.Torch;

/**
 * The hidden states and logits that predict completions. Each prompt, its picture included, is run once; its G
 * completions attend to the prompt's keys and values with gradient, so nothing is computed G times that is the same G
 * times.
 */
final class CompletionForward {
    /** Padding is masked, so any token does. */
    static final long PADDING = 0;

    private CompletionForward() {}

    /**
     * Logits in front of each completion token, with gradient.
     *
     * @param prompts Q prompts
     * @param groupSize G completions per prompt, neighbouring rows
     * @param rows Q x G completions, longest T
     * @return (Q G, T, vocabulary), contiguous; place t predicts token t
     */
    static Tensor logits(QwenModel model, List<Prompt> prompts, int groupSize, CompletionRows rows) {
        return Torch.keep(() -> model.logits(hidden(model, prompts, groupSize, rows)));
    }

    /** What {@link #logits} are the head's product of: (Q G, T, hidden size). */
    static Tensor hidden(QwenModel model, List<Prompt> prompts, int groupSize, CompletionRows rows) {
        return Torch.keep(() -> {
            PromptBatch batch = PromptBatch.of(prompts, PADDING);
            QwenModel.Decoded prompt = batch.prefill(model);
            // Prompts are padded on the left, so the last column is the last token of each.
            Tensor hidden = prompt.hidden().narrow(1, batch.length() - 1L, 1);
            if (groupSize > 1) {
                hidden = hidden.repeat_interleave(groupSize, new LongOptional(0), new LongOptional());
            }
            int inputs = Math.toIntExact(rows.tokens() - 1);
            if (inputs > 0) {
                QwenModel.Decoded completion = model.decode(
                        model.embed(rows.ids().narrow(1, 0, inputs)),
                        batch.completionPositions(groupSize, inputs),
                        batch.completionAttentionMask(groupSize, inputs),
                        prompt.keyValues().repeatInterleave(groupSize));
                hidden = torch.cat(new TensorVector(hidden, completion.hidden()), 1);
            }
            return hidden;
        });
    }

    /**
     * Sends a gradient by logits or hidden states into the model. A kernel may have written it over the logits
     * themselves: no operation of the graph needs their values, because the head is a product that keeps its inputs,
     * not its result.
     */
    static void backward(Tensor output, Tensor gradient) {
        output.backward(gradient.detach(), new BoolOptional(), false, new TensorArrayRefOptional());
    }
}
