package org.reasonrft.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.model.Safetensors;
import org.reasonrft.torch.Torch;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) over one flat vector, float32 whatever the type of the parameters.
 *
 * <p>Gradients are summed in one contiguous buffer. The moments are flat vectors beside it: most of a step is a handful
 * of libtorch calls whatever the number of parameters, the gradient's norm is one reduction, and the whole state is a
 * few vectors, which is what makes a checkpoint that resumes bit for bit simple. Weight decay applies to tensors of two
 * or more dimensions (matrices and embeddings, not biases and norms), as transformers does.
 *
 * <p>Parameters in float32 have views of the buffer as their gradients, into which autograd accumulates. Parameters in
 * half precision are copies, rounded after each step, of float32 master weights kept here (Micikevicius et al. 2018,
 * arXiv:1710.03740): an update is often smaller than half a unit in the last place of a bfloat16 and would be lost.
 * Their gradients are collected by {@link #collectGradients} and freed.
 *
 * <p>Bytes a parameter beside the parameter itself: 16 in float32 (gradient, two moments, change), 16 in half precision
 * (gradient, two moments, master).
 */
final class AdamW implements AutoCloseable {
    /** Elements whose change is computed at a time where a vector for all of them would cost memory. */
    private static final long CHUNK = 1 << 22;

    /** {@code epsilon} is added to the square root of the bias-corrected second moment. */
    record Options(double beta1, double beta2, double epsilon, double weightDecay) {}

    /**
     * A parameter and its places in the flat vectors.
     *
     * @param gradient in the parameter's shape
     * @param change in the parameter's shape; null with master weights
     * @param master in the parameter's shape; null without
     */
    private record Slot(Tensor parameter, Tensor gradient, Tensor change, Tensor master) {}

    private final Options options;
    private final List<Slot> slots = new ArrayList<>();
    private final long total;
    private final Tensor gradients;
    private final Tensor firstMoment;
    private final Tensor secondMoment;
    /** For all parameters, or for a chunk of them with master weights. */
    private final Tensor changes;
    /** Null when the parameters are float32 themselves. */
    private final Tensor master;

    private long steps;

    /**
     * Takes over the gradients of {@code parameters}; of one type, on one device.
     *
     * @throws IllegalArgumentException if there is no parameter to train, or one of another type than the first
     */
    AdamW(Map<String, Tensor> parameters, Options options) {
        this.options = options;
        total = parameters.values().stream().mapToLong(Tensor::numel).sum();
        if (total == 0) {
            throw new IllegalArgumentException("parameters: every parameter is frozen, nothing is left to train");
        }
        Tensor first = parameters.values().iterator().next();
        ScalarType dtype = Torch.dtype(first);
        parameters.forEach((name, parameter) -> {
            if (Torch.dtype(parameter) != dtype) {
                throw new IllegalArgumentException(
                        "parameters: " + name + " is " + Torch.describe(parameter) + ", the others are " + dtype);
            }
        });
        boolean half = dtype != ScalarType.Float;
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            gradients = zeros(total, first);
            firstMoment = zeros(total, first);
            secondMoment = zeros(total, first);
            changes = zeros(half ? Math.min(total, CHUNK) : total, first);
            master = half ? zeros(total, first) : null;
            long offset = 0;
            for (Tensor parameter : parameters.values()) {
                parameter.set_requires_grad(true);
                Slot slot = new Slot(
                        parameter,
                        part(gradients, offset, parameter),
                        half ? null : part(changes, offset, parameter),
                        half ? part(master, offset, parameter) : null);
                if (half) {
                    slot.master.copy_(parameter);
                } else {
                    parameter.mutable_grad().put(slot.gradient);
                }
                slots.add(slot);
                offset += parameter.numel();
            }
        }
    }

    private static Tensor zeros(long count, Tensor like) {
        return Torch.retain(torch.zeros(new long[] {count}, Torch.options(ScalarType.Float, like.device())));
    }

    private static Tensor part(Tensor flat, long offset, Tensor parameter) {
        return Torch.retain(flat.narrow(0, offset, parameter.numel()).view(parameter.shape()));
    }

    /**
     * Adds the gradients of parameters in half precision to the float32 sum and frees them. To be called after each
     * backward pass, lest several be summed in half precision. In float32 there is nothing to do.
     */
    void collectGradients() {
        if (master == null) {
            return;
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            for (Slot slot : slots) {
                Tensor gradient = slot.parameter.grad();
                if (gradient.defined()) {
                    slot.gradient.add_(gradient);
                    slot.parameter.mutable_grad().put(new Tensor());
                }
            }
        }
    }

    /** Forgets the accumulated gradient. */
    void zeroGradients() {
        collectGradients();
        gradients.zero_();
    }

    /** Euclidean norm of the accumulated gradient, before any clipping. */
    double gradientNorm() {
        collectGradients();
        try (PointerScope scope = new PointerScope()) {
            return gradients.norm().item_double();
        }
    }

    /**
     * Applies the accumulated gradient once.
     *
     * @param learningRate step size
     * @param gradientScale factor on the gradient, how clipping by norm is done; 1 leaves it as it is
     */
    void step(double learningRate, double gradientScale) {
        collectGradients();
        steps++;
        double correction1 = 1 - Math.pow(options.beta1, steps);
        double correction2 = 1 - Math.pow(options.beta2, steps);
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            if (gradientScale != 1) {
                gradients.mul_(new Scalar(gradientScale));
            }
            firstMoment.mul_(new Scalar(options.beta1)).add_(gradients, new Scalar(1 - options.beta1));
            secondMoment.mul_(new Scalar(options.beta2)).addcmul_(gradients, gradients, new Scalar(1 - options.beta2));
            Scalar decay = new Scalar(1 - learningRate * options.weightDecay);
            for (Slot slot : slots) {
                if (options.weightDecay != 0 && slot.parameter.dim() >= 2) {
                    (master == null ? slot.parameter : slot.master).mul_(decay);
                }
            }
            long chunk = changes.numel();
            for (long begin = 0; begin < total; begin += chunk) {
                try (PointerScope part = new PointerScope()) {
                    long count = Math.min(chunk, total - begin);
                    Tensor change = changes.narrow(0, 0, count);
                    change.copy_(secondMoment.narrow(0, begin, count))
                            .sqrt_()
                            .div_(new Scalar(Math.sqrt(correction2)))
                            .add_(new Scalar(options.epsilon));
                    change.reciprocal_()
                            .mul_(firstMoment.narrow(0, begin, count))
                            .mul_(new Scalar(-learningRate / correction1));
                    if (master != null) {
                        master.narrow(0, begin, count).add_(change);
                    }
                }
            }
            for (Slot slot : slots) {
                if (master == null) {
                    slot.parameter.add_(slot.change);
                } else {
                    slot.parameter.copy_(slot.master);
                }
            }
        }
    }

    /** Steps taken so far, over all resumed runs. */
    long steps() {
        return steps;
    }

    /**
     * The moments, and the master weights where there are any, by name: float32, shape (all trained parameters). The
     * live state, valid until close.
     */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("first_moment", firstMoment);
        state.put("second_moment", secondMoment);
        if (master != null) {
            state.put("master_weights", master);
        }
        return state;
    }

    /**
     * Continues from a saved {@link #state}, which is read straight into place.
     *
     * @throws IllegalArgumentException if a vector is missing or has another length than the trained parameters; nothing
     *     has been changed then
     */
    void restore(Safetensors saved, long savedSteps) throws IOException {
        state().forEach((name, live) -> {
            Safetensors.Entry entry = saved.entries().get(name);
            if (entry == null || entry.count() != live.numel()) {
                throw new IllegalArgumentException("optimizer state: " + name + " has "
                        + (entry == null ? "no" : Long.toString(entry.count())) + " elements, the model trains "
                        + live.numel());
            }
        });
        for (Map.Entry<String, Tensor> live : state().entrySet()) {
            saved.readInto(live.getKey(), live.getValue());
        }
        if (master != null) {
            try (NoGradGuard noGrad = new NoGradGuard()) {
                slots.forEach(slot -> slot.parameter.copy_(slot.master));
            }
        }
        steps = savedSteps;
    }

    @Override
    public void close() {
        for (Slot slot : slots) {
            for (Tensor part : new Tensor[] {slot.gradient, slot.change, slot.master}) {
                if (part != null) {
                    Torch.release(part);
                }
            }
        }
        Torch.release(gradients);
        Torch.release(firstMoment);
        Torch.release(secondMoment);
        Torch.release(changes);
        if (master != null) {
            Torch.release(master);
        }
    }
}
