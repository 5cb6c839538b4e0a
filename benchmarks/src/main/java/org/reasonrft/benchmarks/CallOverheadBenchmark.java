package org.reasonrft.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
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
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.FusedPolicyLoss;
import org.reasonrft.kernels.GroupAdvantages;
import org.reasonrft.kernels.LogProbs;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.kernels.PolicyMetrics;
import org.reasonrft.kernels.View;
import org.reasonrft.kernels.internal.Abi;

/** What a call costs beside its arithmetic: one row of two logits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class CallOverheadBenchmark {

    private static final PolicyLossOptions OPTIONS = PolicyLossOptions.grpo();

    private final FloatBuffer data =
            ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder()).asFloatBuffer();
    private final View logits = View.of(data, 1, 1, 2);
    private final View ids = View.copyOf(new long[] {1}, 1, 1);
    private final View advantages = View.copyOf(new float[] {1}, 1);
    private final View logProbs = View.allocate(DType.F32, 1, 1);
    private final View gradLogits = View.allocate(DType.F32, 1, 1, 2);
    private final float[] rewards = {0, 1, 0, 0, 1, 0, 1, 1};
    private LogProbs logProbsCall;
    private FusedPolicyLoss fusedCall;

    /** Makes the call objects and tries them. */
    @Setup(Level.Trial)
    public void check() {
        logProbsCall = LogProbs.of(logits, ids);
        fusedCall =
                FusedPolicyLoss.of(logits, ids, advantages).logProbs(logProbs).gradLogits(gradLogits);
        PolicyMetrics metrics = fused();
        if (metrics.tokenCount() != 1 || Math.abs(metrics.entropy() - Math.log(2)) > 1e-6) {
            throw new IllegalStateException("unexpected result " + metrics);
        }
    }

    /** JNI alone: a function without arguments that returns a constant. */
    @Benchmark
    public int jni() {
        return Abi.rrft_version();
    }

    /** A log-prob with the call object at hand. */
    @Benchmark
    public void logProbs() {
        logProbsCall.forward(logProbs);
    }

    /** Loss and gradient with the call object at hand. */
    @Benchmark
    public PolicyMetrics fused() {
        return fusedCall.compute(OPTIONS);
    }

    /** Loss and gradient with view and call object made for it. */
    @Benchmark
    public PolicyMetrics fusedWithSetUp() {
        return FusedPolicyLoss.of(View.of(data, 1, 1, 2), ids, advantages)
                .logProbs(logProbs)
                .gradLogits(gradLogits)
                .compute(OPTIONS);
    }

    /** Advantages of one group of eight from an array. */
    @Benchmark
    public float[] groupAdvantages() {
        return GroupAdvantages.grpo().compute(rewards, 8).advantages();
    }
}
