package org.reasonrft.benchmarks;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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
import org.reasonrft.kernels.LogProbs;

/** Log-probabilities of given tokens, without gradient: what rollouts and reference models need. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class LogProbsBenchmark {

    private LogProbs call;

    /** Compares both ways once. */
    @Setup(Level.Trial)
    public void check(LogitBatch in) {
        call = LogProbs.of(in.logitsView, in.idsView);
        kernel(in);
        try (PointerScope scope = new PointerScope()) {
            in.require("logProbs", LogitBatch.deviation(in.logProbs, in.composedLogProbs(in.logits)));
        }
    }

    /** One read of the logits. */
    @Benchmark
    public void kernel(LogitBatch in) {
        call.forward(in.logProbsView);
    }

    /** {@code log_softmax} and {@code gather} of libtorch. */
    @Benchmark
    public double libtorch(LogitBatch in) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = in.composedLogProbs(in.logits);
            return result.numel();
        }
    }
}
