package org.reasonrft.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear layer with its tensors looked up once.
 *
 * @param weight (out, in)
 * @param bias null when the layer has none
 * @param adapter null when it is not adapted
 */
record Linear(Tensor weight, TensorOptional bias, LoraAdapter.Layer adapter) {
    /**
     * The layer of that name.
     *
     * @param lora null when nothing is adapted
     */
    static Linear of(Weights weights, LoraAdapter lora, String name) {
        return new Linear(
                weights.get(name + ".weight"), weights.optional(name + ".bias"), lora == null ? null : lora.of(name));
    }

    /** (..., in) to (..., out). */
    Tensor apply(Tensor x) {
        Tensor result = bias == null ? torch.linear(x, weight) : torch.linear(x, weight, bias);
        return adapter == null ? result : result.add(adapter.apply(x)).to(result.scalar_type());
    }

    /** Adds the adapter, if there is one, to what another product made of {@code x}. Records no graph. */
    void adapt(Tensor x, Tensor result) {
        if (adapter != null) {
            result.add_(adapter.apply(x));
        }
    }

    long rows() {
        return weight.size(0);
    }
}
