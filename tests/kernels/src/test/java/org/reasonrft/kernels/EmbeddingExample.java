package org.reasonrft.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.Random;

/** The example of the README: everything between the markers stands there too, word for word. */
public final class EmbeddingExample {

    private EmbeddingExample() {}

    public static void main(String[] args) {
        // begin README
        int B = 4, T = 8, V = 1000; // four completions of one question, eight tokens each
        FloatBuffer logits = ByteBuffer.allocateDirect(B * T * V * Float.BYTES) // written by your model
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        long[] completionIds = new Random(7).longs(B * T, 0, V).toArray(); // sampled from it
        float[] rewards = {1, 0, 0, 1}; // what the completions earned

        float[] advantages = GroupAdvantages.grpo().compute(rewards, B).advantages();
        View rows = View.of(logits, B, T, V);
        PolicyMetrics metrics = FusedPolicyLoss.of(rows, View.copyOf(completionIds, B, T), View.copyOf(advantages, B))
                .gradLogits(rows) // in place: logits now holds the gradient for your backward pass
                .compute(PolicyLossOptions.grpo());
        // end README
        System.out.printf(
                Locale.ROOT,
                "loss %.6f, entropy %.4f, gradient of the first logit %.3e%n",
                metrics.loss(),
                metrics.entropy(),
                logits.get(0));
    }
}
