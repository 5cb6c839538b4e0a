package org.reasonrft.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) over one flat vector.
 *
 * <p>Construction moves the given parameters into one contiguous buffer and their gradients into another: the tensors
 * of the model become views of the first, and autograd accumulates into views of the second. A step is then a dozen
 * libtorch calls whatever the number of parameters, the gradient's norm is one reduction, and the whole state is two
 * vectors, which is what makes a checkpoint that resumes bit for bit simple. Weight decay applies to tensors of two or
 * more dimensions (matrices and embeddings, not biases and norms), as transformers does.
 */
final class AdamW implements AutoCloseable {
    /** {@code epsilon} is added to the square root of the bias-corrected second moment. */
    record Options(double beta1, double beta2, double epsilon, double weightDecay) {}

    private final Options options;
    private final Tensor values;
    private final Tensor gradients;
    private final Tensor firstMoment;
    private final Tensor secondMoment;
    private final long decayed;
    private long steps;

    /**
     * Takes over the storage of {@code parameters}; float32, on one device.
     *
     * @throws IllegalArgumentException if there is no parameter to train
     */
    AdamW(Map<String, Tensor> parameters, Options options) {
        this.options = options;
        List<Tensor> order = new ArrayList<>();
        parameters.values().stream().filter(p -> p.dim() >= 2).forEach(order::add);
        decayed = order.stream().mapToLong(Tensor::numel).sum();
        parameters.values().stream().filter(p -> p.dim() < 2).forEach(order::add);
        long total = order.stream().mapToLong(Tensor::numel).sum();
        if (total == 0) {
            throw new IllegalArgumentException("parameters: every parameter is frozen, nothing is left to train");
        }
        try (PointerScope scope = new PointerScope()) {
            long[] shape = {total};
            values = keep(torch.zeros(shape));
            gradients = keep(torch.zeros(shape));
            firstMoment = keep(torch.zeros(shape));
            secondMoment = keep(torch.zeros(shape));
            long offset = 0;
            for (Tensor parameter : order) {
                long count = parameter.numel();
                long[] parameterShape = parameter.shape();
                Tensor view = values.narrow(0, offset, count).view(parameterShape);
                view.copy_(parameter.detach());
                parameter.set_data(view);
                parameter.requires_grad_(true);
                parameter.mutable_grad().put(gradients.narrow(0, offset, count).view(parameterShape));
                offset += count;
            }
        }
    }

    private static Tensor keep(Tensor tensor) {
        return tensor.retainReference();
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
        try (PointerScope scope = new PointerScope()) {
            if (gradientScale != 1) {
                gradients.mul_(new Scalar(gradientScale));
            }
            firstMoment.mul_(new Scalar(options.beta1)).add_(gradients, new Scalar(1 - options.beta1));
            secondMoment.mul_(new Scalar(options.beta2)).addcmul_(gradients, gradients, new Scalar(1 - options.beta2));
            if (options.weightDecay != 0 && decayed > 0) {
                values.narrow(0, 0, decayed).mul_(new Scalar(1 - learningRate * options.weightDecay));
            }
            Tensor denominator =
                    secondMoment.sqrt().div_(new Scalar(Math.sqrt(correction2))).add_(new Scalar(options.epsilon));
            values.addcdiv_(firstMoment, denominator, new Scalar(-learningRate / correction1));
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
        values.close();
        gradients.close();
        firstMoment.close();
        secondMoment.close();
    }
}
