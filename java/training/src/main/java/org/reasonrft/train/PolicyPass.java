package org.reasonrft.train;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.FusedPolicyLoss;
import org.reasonrft.kernels.LogProbs;
import org.reasonrft.kernels.PolicyLoss;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.kernels.PolicyMetrics;
import org.reasonrft.kernels.View;
import org.reasonrft.model.QwenModel;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.torch.TensorViews;

/**
 * A policy on completions: their log-probs, or their loss with its gradient sent through the model. By way of logits it
 * is one kernel call, whose gradient takes the place of the logits; with the head fused in, logits are never held.
 *
 * @param groupSize completions per prompt
 * @param temperature of the distribution
 * @param fuseHead whether logits are made tile by tile
 * @param recompute whether backward computes the layers once more in place of keeping what they held
 * @param threads of the kernels
 */
record PolicyPass(int groupSize, double temperature, boolean fuseHead, boolean recompute, int threads) {

    /**
     * What a loss compares log-probs with.
     *
     * @param advantages (B)
     * @param oldLogProbs (B, T); null for the first update of a rollout, whose ratios are 1
     * @param refLogProbs (B, T); null without a KL term
     */
    record Inputs(View advantages, View oldLogProbs, View refLogProbs) {}

    /** Log-probs of the completions, (B, T), without recording a graph. */
    View logProbs(QwenModel model, List<Prompt> prompts, CompletionRows rows) {
        try (NoGradGuard noGrad = new NoGradGuard()) {
            if (fuseHead) {
                Tensor hidden = CompletionForward.hidden(model, prompts, groupSize, rows);
                return new FusedHead(model, hidden, rows, temperature, threads).logProbs();
            }
            View logProbs = View.allocate(DType.F32, rows.rows(), rows.tokens());
            Tensor logits = CompletionForward.logits(model, prompts, groupSize, rows);
            LogProbs.of(TensorViews.of(logits), rows.idsView())
                    .mask(rows.mask())
                    .temperature(temperature)
                    .threads(threads)
                    .forward(logProbs);
            return logProbs;
        }
    }

    /** Adds the gradient to the parameters'. */
    PolicyMetrics lossAndGradient(
            QwenModel model, List<Prompt> prompts, CompletionRows rows, Inputs inputs, PolicyLossOptions options) {
        RecomputedForward again = recompute ? new RecomputedForward(model, prompts, groupSize, rows) : null;
        Tensor hidden = recompute ? again.hidden() : CompletionForward.hidden(model, prompts, groupSize, rows);
        PolicyMetrics metrics = fuseHead
                ? fromHidden(model, hidden, rows, inputs, options)
                : fromLogits(model, hidden, rows, inputs, options);
        if (recompute) {
            again.backward();
        }
        return metrics;
    }

    private PolicyMetrics fromLogits(
            QwenModel model, Tensor hidden, CompletionRows rows, Inputs inputs, PolicyLossOptions options) {
        Tensor logits = model.logits(hidden);
        View logitsView = TensorViews.of(logits);
        PolicyMetrics metrics = FusedPolicyLoss.of(logitsView, rows.idsView(), inputs.advantages())
                .mask(rows.mask())
                .temperature(temperature)
                .threads(threads)
                .oldLogProbs(inputs.oldLogProbs())
                .refLogProbs(inputs.refLogProbs())
                .gradLogits(logitsView)
                .compute(options);
        CompletionForward.backward(logits, logits);
        return metrics;
    }

    private PolicyMetrics fromHidden(
            QwenModel model, Tensor hidden, CompletionRows rows, Inputs inputs, PolicyLossOptions options) {
        FusedHead head = new FusedHead(model, hidden, rows, temperature, threads);
        View logProbs = head.logProbs();
        View gradLogProbs = View.allocate(DType.F32, rows.rows(), rows.tokens());
        View gradEntropy = View.allocate(DType.F32, rows.rows(), rows.tokens());
        PolicyMetrics metrics = PolicyLoss.of(logProbs, inputs.advantages())
                .mask(rows.mask())
                .threads(threads)
                .entropy(head.entropy())
                .oldLogProbs(inputs.oldLogProbs())
                .refLogProbs(inputs.refLogProbs())
                .gradLogProbs(gradLogProbs)
                .gradEntropy(gradEntropy)
                .compute(options);
        head.backward(gradLogProbs, options.entropyBonus().coefficient() > 0 ? gradEntropy : null);
        return metrics;
    }
}
