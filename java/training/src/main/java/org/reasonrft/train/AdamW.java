package org.reasonrft.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) over one flat vector.
 *
 * <p>Construction makes the gradients of the given parameters views of one contiguous buffer, into which autograd then
 * accumulates. The moments are flat vectors beside it: most of a step is a handful of libtorch calls whatever the number
 * of parameters, the gradient's norm is one reduction, and the whole state is two vectors, which is what makes a
 * checkpoint that resumes bit for bit simple. Weight decay applies to tensors of two or more dimensions (matrices and
 * embeddings, not biases and norms), as transformers does.
 */
final class AdamW implements AutoCloseable {
    /** {@code epsilon} is added to the square root of the bias-corrected second moment. */
    record Options(double beta1, double beta2, double epsilon, double weightDecay) {}

    private record Slot(Tensor parameter, Tensor change) {}

    private final Options options;
    private final List<Slot> slots = new ArrayList<>();
    private final Tensor gradients;
    private final Tensor firstMoment;
    private final Tensor secondMoment;
    private final Tensor changes;
    private long steps;

    /**
     * Takes over the gradients of {@code parameters}; float32, on one device.
     *
     * @throws IllegalArgumentException if there is no parameter to train
     */
    AdamW(Map<String, Tensor> parameters, Options options) {
        this.options = options;
        long total = parameters.values().stream().mapToLong(Tensor::numel).sum();
        if (total == 0) {
            throw new IllegalArgumentException("parameters: every parameter is frozen, nothing is left to train");
        }
        try (PointerScope scope = new PointerScope()) {
            gradients = torch.zeros(total).retainReference();
            firstMoment = torch.zeros(total).retainReference();
            secondMoment = torch.zeros(total).retainReference();
            changes = torch.zeros(total).retainReference();
            long offset = 0;
            for (Tensor parameter : parameters.values()) {
                long count = parameter.numel();
                long[] shape = parameter.shape();
                parameter.set_requires_grad(true);
                parameter.mutable_grad().put(gradients.narrow(0, offset, count).view(shape));
                Tensor change = changes.narrow(0, offset, count).view(shape);
                slots.add(new Slot(parameter, change.retainReference()));
                offset += count;
            }
        }
    }

    /** Forgets the accumulated gradient. */
    void zeroGradients() {
        gradients.zero_();
    }

    /** Euclidean norm of the accumulated gradient, before any clipping. */
    double gradientNorm() {
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
            changes.copy_(secondMoment)
                    .sqrt_()
                    .div_(new Scalar(Math.sqrt(correction2)))
                    .add_(new Scalar(options.epsilon));
            changes.reciprocal_().mul_(firstMoment).mul_(new Scalar(-learningRate / correction1));
            Scalar decay = new Scalar(1 - learningRate * options.weightDecay);
            for (Slot slot : slots) {
                if (options.weightDecay != 0 && slot.parameter.dim() >= 2) {
                    slot.parameter.mul_(decay);
                }
                slot.parameter.add_(slot.change);
            }
        }
    }

    /** Steps taken so far, over all resumed runs. */
    long steps() {
        return steps;
    }

    /** The moments by name, float32, shape (all trained parameters). Views of the live state, valid until close. */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("first_moment", firstMoment);
        state.put("second_moment", secondMoment);
        return state;
    }

    /**
     * Continues from a saved state.
     *
     * @throws IllegalArgumentException if a moment is missing or has another length than the trained parameters
     */
    void restore(Map<String, Tensor> saved, long savedSteps) {
        state().forEach((name, live) -> {
            Tensor tensor = saved.get(name);
            if (tensor == null || tensor.numel() != live.numel()) {
                throw new IllegalArgumentException("optimizer state: " + name + " has "
                        + (tensor == null ? "no" : Long.toString(tensor.numel())) + " elements, the model trains "
                        + live.numel());
            }
        });
        state().forEach((name, live) -> live.copy_(saved.get(name)));
        steps = savedSteps;
    }

    @Override
    public void close() {
        slots.forEach(slot -> slot.change.releaseReference());
        gradients.releaseReference();
        firstMoment.releaseReference();
        secondMoment.releaseReference();
        changes.releaseReference();
    }
}
