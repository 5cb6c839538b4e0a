package org.reasonrft.benchmarks;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.reasonrft.kernels.Kernels;
import org.reasonrft.kernels.PolicyLoss;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/** From log-probs to the clipped loss with a KL term and its gradient by the log-probs, as GRPO uses it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class PolicyLossBenchmark {

    private static final double BETA = 0.04;
    private static final PolicyLossOptions OPTIONS =
            PolicyLossOptions.defaults().withKlCoefficient(BETA);

    /** Sequences. */
    @Param("64")
    public int batch;

    /** Completion tokens a sequence. */
    @Param("1024")
    public int tokens;

    /** Threads of the kernel and of libtorch; 0: {@link Kernels#defaultThreads()}. */
    @Param("0")
    public int threads;

    private Tensor logProbs;
    private Tensor oldLogProbs;
    private Tensor refLogProbs;
    private Tensor advantages;
    private Tensor gradLogProbs;
    private PolicyLoss call;

    /** Makes log-probs of a policy that has moved a little, and compares loss and gradient of both ways once. */
    @Setup(Level.Trial)
    public void create() {
        Torch.load();
        int count = threads == 0 ? Kernels.defaultThreads() : threads;
        torch.set_num_threads(count);
        Torch.seed(3);
        try (PointerScope scope = new PointerScope()) {
            logProbs = torch.randn(batch, tokens).abs().neg();
            oldLogProbs = logProbs.add(torch.randn(batch, tokens).mul(new Scalar(0.2)));
            refLogProbs = logProbs.add(torch.randn(batch, tokens).mul(new Scalar(0.1)));
            advantages = torch.randn(batch);
            gradLogProbs = Torch.zeros(batch, tokens);
            for (Tensor tensor : new Tensor[] {logProbs, oldLogProbs, refLogProbs, advantages, gradLogProbs}) {
                tensor.retainReference();
            }
            call = PolicyLoss.of(TensorViews.of(logProbs), TensorViews.of(advantages))
                    .oldLogProbs(TensorViews.of(oldLogProbs))
                    .refLogProbs(TensorViews.of(refLogProbs))
                    .gradLogProbs(TensorViews.of(gradLogProbs))
                    .threads(count);
            double loss = kernel();
            Tensor leaf = logProbs.detach().set_requires_grad(true);
            Tensor composed = composed(leaf);
            composed.backward();
            double wanted = composed.item_float();
            if (!(Math.abs(loss - wanted) < 1e-5 * Math.max(1, Math.abs(wanted)))
                    || !(LogitBatch.deviation(gradLogProbs, leaf.grad()) < 1e-5)) {
                throw new IllegalStateException("loss " + loss + " or its gradient differs from libtorch's, " + wanted);
            }
        }
    }

    private Tensor composed(Tensor of) {
        Tensor ratio = of.sub(oldLogProbs).exp();
        Tensor weight = advantages.unsqueeze(-1);
        Tensor clipped = torch.clamp(ratio, new ScalarOptional(new Scalar(0.8)), new ScalarOptional(new Scalar(1.2)));
        Tensor distance = refLogProbs.sub(of);
        Tensor kl = distance.exp().sub(distance).sub(new Scalar(1.0));
        return torch.minimum(ratio.mul(weight), clipped.mul(weight))
                .neg()
                .add(kl.mul(new Scalar(BETA)))
                .mean();
    }

    /** Loss, gradient and all metrics in one call. */
    @Benchmark
    public double kernel() {
        return call.compute(OPTIONS).loss();
    }

    /** The loss and its backward pass through libtorch's autograd; no metrics. */
    @Benchmark
    public double libtorch() {
        try (PointerScope scope = new PointerScope()) {
            Tensor leaf = logProbs.detach().set_requires_grad(true);
            composed(leaf).backward();
            return leaf.grad().numel();
        }
    }
}
