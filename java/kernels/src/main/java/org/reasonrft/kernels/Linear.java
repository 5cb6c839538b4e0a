package org.reasonrft.kernels;

import java.lang.ref.Reference;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.LinearArgs;

/**
 * A linear layer for few rows, as generation multiplies: {@code y = norm(x) weight^T + bias}, where {@code norm} is RMSNorm
 * (Zhang and Sennrich 2019, arXiv:1910.07467) or nothing. A row's result is bitwise the same whatever rows are beside it.
 * float32, on the processor.
 *
 * <p>Not for concurrent use.
 */
public final class Linear {
    private final View weight;
    private final View bias;
    private View normWeight;
    private double normEpsilon;
    private int threads;
    private Backend backend; // null: CPU

    private Linear(View weight, View bias) {
        this.weight = Checks.contiguous("weight", weight, new long[] {-1, -1}, DType.F32);
        Checks.atLeast("weight: outputs", weight.size(0), 1);
        Checks.atLeast("weight: inputs", weight.size(1), 1);
        this.bias = bias == null ? null : Checks.contiguous("bias", bias, new long[] {weight.size(0)}, DType.F32);
    }

    /**
     * @param weight F32 of shape (N, K), contiguous, as PyTorch's {@code Linear} holds it
     * @param bias F32 of shape (N), contiguous; null for none
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static Linear of(View weight, View bias) {
        return new Linear(weight, bias);
    }

    /**
     * Normalises rows first: {@code x / sqrt(mean(x^2) + epsilon) newNormWeight}.
     *
     * @param newNormWeight F32 of shape (K), contiguous; null, the default, for no norm
     * @param epsilon above 0
     */
    public Linear norm(View newNormWeight, double epsilon) {
        if (newNormWeight != null) {
            Checks.contiguous("normWeight", newNormWeight, new long[] {weight.size(1)}, DType.F32);
            Checks.above("epsilon", (float) epsilon, 0);
        }
        normWeight = newNormWeight;
        normEpsilon = epsilon;
        return this;
    }

    /** Threads at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public Linear threads(int newThreads) {
        threads = Checks.threads(newThreads);
        return this;
    }

    /** The implementation to run, {@link Backend#REFERENCE} or {@link Backend#CPU}. Null, the default: CPU. */
    public Linear backend(Backend newBackend) {
        backend = newBackend;
        return this;
    }

    /**
     * Writes {@code y}.
     *
     * @param x F32 of shape (M, K), the inputs contiguous
     * @param y F32 of shape (M, N), the outputs contiguous; apart from everything else
     * @throws IllegalArgumentException naming the argument
     * @throws UnsupportedOperationException for memory of a device
     */
    public void forward(View x, View y) {
        Checks.rows("x", x, new long[] {-1, weight.size(1)}, DType.F32);
        Checks.writable("y", Checks.rows("y", y, new long[] {x.size(0), weight.size(0)}, DType.F32));
        Native call = Native.ofThread();
        LinearArgs args = Native.cleared(call.linear);
        args.struct_size(args.sizeof())
                .rows(x.size(0))
                .inputs(weight.size(1))
                .outputs(weight.size(0))
                .x(call.pointer("x", x))
                .x_stride(x.stride(0))
                .norm_weight(call.pointer("normWeight", normWeight))
                .weight(call.pointer("weight", weight))
                .bias(call.pointer("bias", bias))
                .y(call.pointer("y", y))
                .y_stride(y.stride(0))
                .norm_epsilon((float) normEpsilon)
                .threads(threads);
        int status = call.processorBackend("linear", backend) == Backend.REFERENCE
                ? Abi.rrft_reference_linear(args)
                : Abi.rrft_cpu_linear(args);
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(y);
        Native.check(status);
    }
}
