package org.reasonrft.benchmarks;

import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
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
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.LogProbs;
import org.reasonrft.torch.Torch;

/**
 * Log-probabilities of given tokens, without gradient: what rollouts and reference models need. Beside it the same by
 * libtorch in one go, by libtorch as TRL calls it, and by a loop in Java, and a plain read of the logits, which is the
 * floor.
 */
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
    private PlainLoop loop;
    private Tensor bits;

    /** Compares all ways once. */
    @Setup(Level.Trial)
    public void check(LogitBatch in) {
        call = LogProbs.of(in.logitsView, in.idsView).threads(in.threadCount());
        loop = new PlainLoop(in);
        kernel(in);
        try (PointerScope scope = new PointerScope()) {
            // As float32 whatever they are: a maximum over them takes one pass by libtorch's vector code.
            bits = in.logits.view(ScalarType.Float).retainReference();
            in.require("plainJava", LogitBatch.deviation(Torch.tensor(loop.run(), in.batch, in.tokens), in.logProbs));
            in.require("trl", LogitBatch.deviation(selectiveLogSoftmax(in), in.logProbs));
            in.require("logProbs", LogitBatch.deviation(in.logProbs, in.composedLogProbs(in.logits)));
        }
    }

    /** One read of the logits. */
    @Benchmark
    public void kernel(LogitBatch in) {
        call.forward(in.logProbsView);
    }

    /** The floor: libtorch takes the maximum of the same memory. */
    @Benchmark
    public double read(LogitBatch in) {
        try (PointerScope scope = new PointerScope()) {
            return torch.max(bits).numel();
        }
    }

    /** Two passes a row in Java, rows shared out over as many threads. */
    @Benchmark
    public float[] plainJava(LogitBatch in) {
        return loop.run();
    }

    /** {@code log_softmax} and {@code gather} of libtorch. */
    @Benchmark
    public double libtorch(LogitBatch in) {
        try (PointerScope scope = new PointerScope()) {
            Tensor result = in.composedLogProbs(in.logits);
            return result.numel();
        }
    }

    /** The libtorch calls of TRL's {@code selective_log_softmax}. */
    @Benchmark
    public double trl(LogitBatch in) {
        try (PointerScope scope = new PointerScope()) {
            return selectiveLogSoftmax(in).numel();
        }
    }

    /**
     * What TRL 1.13 computes, sequence by sequence so that no second tensor of the size of the logits comes to be: float32
     * logits of the tokens less the log-sum-exp; 16-bit ones through {@code log_softmax}, against cancellation.
     */
    private static Tensor selectiveLogSoftmax(LogitBatch in) {
        Tensor index = in.ids.unsqueeze(-1);
        TensorVector perSequence = new TensorVector();
        if (in.dtype == DType.F32) {
            for (int i = 0; i < in.batch; i++) {
                perSequence.push_back(in.logits.select(0, i).logsumexp(-1));
            }
            Tensor selected = in.logits.gather(-1, index);
            return selected.sub(torch.stack(perSequence).unsqueeze(-1)).squeeze(-1);
        }
        for (int i = 0; i < in.batch; i++) {
            Tensor logSoftmax = in.logits.select(0, i).log_softmax(-1);
            perSequence.push_back(logSoftmax.gather(-1, index.select(0, i)));
            logSoftmax.close(); // as Python frees it before the next one
        }
        return torch.stack(perSequence).squeeze(-1);
    }
}
