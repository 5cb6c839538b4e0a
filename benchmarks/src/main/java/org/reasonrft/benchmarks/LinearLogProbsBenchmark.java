package org.reasonrft.benchmarks;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
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
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.Kernels;
import org.reasonrft.kernels.LinearLogProbs;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;
import org.reasonrft.torch.TorchMatrixProduct;

/**
 * Hidden states to log-probabilities through the head of Qwen2-VL-2B, in libtorch's matrix products. Beside it that product
 * alone, which is the floor, and the same by libtorch with all logits in memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class LinearLogProbsBenchmark {

    /** Type of hidden states and head. */
    @Param({"BF16"})
    public DType dtype;

    /** Tokens. */
    @Param("2048")
    public int rows;

    /** Width of the hidden states. */
    @Param("1536")
    public int width;

    /** Entries of the vocabulary. */
    @Param("151936")
    public int vocabulary;

    /** Threads of the kernels and of libtorch; 0: {@link Kernels#defaultThreads()}. */
    @Param("0")
    public int threads;

    private Tensor hidden;
    private Tensor weight;
    private Tensor ids;
    private Tensor logits;
    private Tensor logProbs;
    private Tensor gradLogProbs;
    private Tensor gradHidden;
    private Tensor gradWeight;
    private LinearLogProbs head;

    /** Makes the tensors and compares both ways once. */
    @Setup(Level.Trial)
    public void create() {
        Torch.load();
        int count = threads == 0 ? Kernels.defaultThreads() : threads;
        torch.set_num_threads(count);
        Torch.seed(1);
        ScalarType type = dtype == DType.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        try (PointerScope scope = new PointerScope()) {
            hidden = torch.randn(rows, width).toType(type);
            weight = torch.randn(vocabulary, width).mul(new Scalar(0.05)).toType(type);
            ids = Torch.tensor(new Random(2).longs(rows, 0, vocabulary).toArray(), rows);
            logits = torch.zeros(new long[] {rows, vocabulary}, Torch.options(type));
            logProbs = Torch.zeros(rows);
            gradLogProbs = torch.randn(rows);
            gradHidden = Torch.zeros(rows, width);
            gradWeight = torch.zeros(new long[] {vocabulary, width}, Torch.options(type));
            for (Tensor tensor :
                    new Tensor[] {hidden, weight, ids, logits, logProbs, gradLogProbs, gradHidden, gradWeight}) {
                tensor.retainReference();
            }
            head = LinearLogProbs.of(
                            TensorViews.of(hidden),
                            TensorViews.of(weight),
                            TensorViews.of(ids),
                            new TorchMatrixProduct())
                    .threads(count);
            kernel();
            double deviation = LogitBatch.deviation(logProbs, composed());
            double tolerance = dtype == DType.BF16 ? 0x1p-6 : 2e-5;
            if (!(deviation <= tolerance)) {
                throw new IllegalStateException("logProbs differ from libtorch's by " + deviation
                        + " of their largest value; wanted at most " + tolerance);
            }
        }
    }

    private Tensor composed() {
        return torch.gather(torch.log_softmax(torch.mm(hidden, weight.t()), -1), -1, ids.unsqueeze(-1))
                .squeeze(-1);
    }

    /** Tiles of the vocabulary; no more than 8 MiB of logits at a time. */
    @Benchmark
    public void kernel() {
        head.forward(TensorViews.of(logProbs));
    }

    /** The way back, after {@link #kernel}: three products. */
    @Benchmark
    public void kernelBackward() {
        head.backward(TensorViews.of(gradLogProbs), TensorViews.of(gradHidden), TensorViews.of(gradWeight));
    }

    /** The floor: the product that makes all logits, into memory that is there already. */
    @Benchmark
    public double product() {
        try (PointerScope scope = new PointerScope()) {
            return torch.mm_out(logits, hidden, weight.t()).numel();
        }
    }

    /** Product, {@code log_softmax} and {@code gather} of libtorch. */
    @Benchmark
    public double libtorch() {
        try (PointerScope scope = new PointerScope()) {
            return composed().numel();
        }
    }
}
