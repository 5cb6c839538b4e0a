package org.reasonrft.train;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.LinearLogProbs;
import org.reasonrft.kernels.View;
import org.reasonrft.model.QwenModel;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;
import org.reasonrft.torch.TorchMatrixProduct;

/**
 * Completions from hidden states to log-probabilities and back, with the language-model head fused in: logits are never
 * held, and only tokens that count go through the head. Made inside a PointerScope and valid as long as it is.
 */
final class FusedHead {
    private final CompletionRows rows;
    private final int[] counted; // places in (B, T)
    private final Tensor selected; // (counted, hidden size), in the graph
    private final Tensor weight;
    private final View entropy;
    private final LinearLogProbs head;

    /**
     * @param hidden (B, T, hidden size) of {@link CompletionForward#hidden}
     * @param rows the completions, (B, T)
     */
    FusedHead(QwenModel model, Tensor hidden, CompletionRows rows, double temperature, int threads) {
        this.rows = rows;
        counted = rows.countedPlaces();
        long[] places = new long[counted.length];
        long[] ids = new long[counted.length];
        long[] allIds = Torch.longs(rows.ids());
        for (int i = 0; i < counted.length; i++) {
            places[i] = counted[i];
            ids[i] = allIds[counted[i]];
        }
        long width = hidden.size(2);
        selected = hidden.reshape(-1, width).index_select(0, Torch.tensor(places, places.length));
        weight = model.headWeight();
        entropy = View.allocate(DType.F32, counted.length);
        head = LinearLogProbs.of(
                        TensorViews.of(selected.detach()),
                        TensorViews.of(weight.detach()),
                        View.copyOf(ids, ids.length),
                        new TorchMatrixProduct())
                .temperature(temperature)
                .threads(threads)
                .entropy(entropy);
    }

    /** Log-probabilities, (B, T), 0 where the mask is. */
    View logProbs() {
        View compact = View.allocate(DType.F32, counted.length);
        head.forward(compact);
        return scattered(compact);
    }

    /** Entropies in nats, (B, T), after {@link #logProbs}. */
    View entropy() {
        return scattered(entropy);
    }

    /**
     * Adds the gradient of the loss to the parameters', after {@link #logProbs}.
     *
     * @param gradLogProbs (B, T)
     * @param gradEntropy (B, T), or null
     */
    void backward(View gradLogProbs, View gradEntropy) {
        Tensor gradHidden = Torch.zeros(counted.length, selected.size(1));
        View gradWeight = null;
        if (weight.requires_grad()) {
            if (!weight.grad().defined()) {
                weight.mutable_grad().put(torch.zeros_like(weight));
            }
            gradWeight = TensorViews.of(weight.grad());
        }
        head.gradEntropy(gradEntropy == null ? null : gathered(gradEntropy))
                .accumulateGradWeight(true)
                .backward(gathered(gradLogProbs), TensorViews.of(gradHidden), gradWeight);
        if (selected.requires_grad()) {
            CompletionForward.backward(selected, gradHidden.toType(selected.scalar_type()));
        }
    }

    private View scattered(View compact) {
        float[] values = compact.toFloatArray();
        float[] all = new float[Math.toIntExact(rows.rows() * rows.tokens())];
        for (int i = 0; i < counted.length; i++) {
            all[counted[i]] = values[i];
        }
        return View.copyOf(all, rows.rows(), rows.tokens());
    }

    private View gathered(View all) {
        float[] values = all.toFloatArray();
        float[] compact = new float[counted.length];
        for (int i = 0; i < counted.length; i++) {
            compact[i] = values[counted[i]];
        }
        return View.copyOf(compact, compact.length);
    }
}
