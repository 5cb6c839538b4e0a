package org.reasonrft.benchmarks;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.reasonrft.kernels.FusedPolicyLoss;
import org.reasonrft.kernels.PolicyLossOptions;

/** From logits to the clipped loss and its gradient by the logits: the loss side of a training step. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class FusedPolicyLossBenchmark {

    private static final PolicyLossOptions OPTIONS = PolicyLossOptions.defaults();

    private FusedPolicyLoss call;
    private FusedPolicyLoss inPlace;

    /** Compares loss and gradient of both ways once. */
    @Setup(Level.Trial)
    public void check(LogitBatch in) {
        call = FusedPolicyLoss.of(in.logitsView, in.idsView, in.advantagesView)
                .oldLogProbs(in.oldLogProbsView)
                .logProbs(in.logProbsView)
                .gradLogits(in.gradLogitsView)
                .threads(in.threadCount());
        // Over its own copy: what it leaves there is the gradient of the call before.
        inPlace = FusedPolicyLoss.of(in.gradLogitsView, in.idsView, in.advantagesView)
                .oldLogProbs(in.oldLogProbsView)
                .logProbs(in.logProbsView)
                .gradLogits(in.gradLogitsView)
                .threads(in.threadCount());
        double loss = kernel(in);
        try (PointerScope scope = new PointerScope()) {
            // In float32, because a log-prob that libtorch rounds to bfloat16 can fall on the other side of the clip.
            Tensor leaf = in.logits.detach().toType(ScalarType.Float).clone().set_requires_grad(true);
            Tensor composed = in.composedLoss(leaf);
            composed.backward();
            in.require("loss", Math.abs(loss - composed.item_float()));
            in.require("gradLogits", LogitBatch.deviation(in.gradLogits, leaf.grad()));
        }
    }

    /** One read of the logits and one write of the gradient; entropies and metrics included. */
    @Benchmark
    public double kernel(LogitBatch in) {
        return call.compute(OPTIONS).loss();
    }

    /** The same with the gradient in the place of the logits: no second block of memory. */
    @Benchmark
    public double kernelInPlace(LogitBatch in) {
        return inPlace.compute(OPTIONS).loss();
    }

    /** {@code log_softmax}, {@code gather}, the loss and its backward pass through libtorch's autograd; no entropy. */
    @Benchmark
    public double libtorch(LogitBatch in) {
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = in.logits.detach().set_requires_grad(true);
            in.composedLoss(leaf).backward();
            return leaf.grad().numel();
        }
    }

    /** The traffic of {@link #kernel} and no arithmetic: libtorch copies the logits. */
    @Benchmark
    public double copy(LogitBatch in) {
        try (PointerScope scope = new PointerScope()) {
            return in.gradLogits.copy_(in.logits).numel();
        }
    }
}
