package org.reasonrft.benchmarks;

import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.Kernels;
import org.reasonrft.kernels.View;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/** A batch of random logits with all that the policy loss reads, as libtorch tensors and as views of their memory. */
@State(Scope.Benchmark)
public class LogitBatch {

    /** Type of the logits. */
    @Param({"F32", "BF16"})
    public DType dtype;

    /** Sequences. */
    @Param("4")
    public int batch;

    /** Completion tokens a sequence. With the default vocabulary the logits are far larger than any cache. */
    @Param("64")
    public int tokens;

    /** Vocabulary; by default that of Qwen2-VL. */
    @Param("151936")
    public int vocabulary;

    /** Threads of the kernels, of libtorch and of the plain loop; 0: {@link Kernels#defaultThreads()}. */
    @Param("0")
    public int threads;

    Tensor logits;
    Tensor gradLogits;
    Tensor ids;
    Tensor advantages;
    Tensor oldLogProbs;
    Tensor logProbs;
    View logitsView;
    View gradLogitsView;
    View idsView;
    View advantagesView;
    View oldLogProbsView;
    View logProbsView;

    /** Fills the tensors. */
    @Setup(Level.Trial)
    public void create() {
        Torch.load();
        torch.set_num_threads(threadCount());
        Torch.seed(1);
        ScalarType type = dtype == DType.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        try (PointerScope scope = new PointerScope()) {
            logits = torch.randn(batch, tokens, vocabulary).mul(new Scalar(3.0)).toType(type);
            gradLogits = torch.zeros(new long[] {batch, tokens, vocabulary}, Torch.options(type));
            Random random = new Random(2);
            int rows = batch * tokens;
            ids = Torch.tensor(random.longs(rows, 0, vocabulary).toArray(), batch, tokens);
            float[] perSequence = new float[batch];
            for (int i = 0; i < batch; i++) {
                perSequence[i] = (float) random.nextGaussian();
            }
            advantages = Torch.tensor(perSequence, batch);
            logProbs = Torch.zeros(batch, tokens);
            oldLogProbs = composedLogProbs(logits)
                    .toType(ScalarType.Float)
                    .add(torch.randn(batch, tokens).mul(new Scalar(0.2)));
            for (Tensor tensor : new Tensor[] {logits, gradLogits, ids, advantages, logProbs, oldLogProbs}) {
                tensor.retainReference();
            }
        }
        logitsView = TensorViews.of(logits);
        gradLogitsView = TensorViews.of(gradLogits);
        idsView = TensorViews.of(ids);
        advantagesView = TensorViews.of(advantages);
        oldLogProbsView = TensorViews.of(oldLogProbs);
        logProbsView = TensorViews.of(logProbs);
    }

    int threadCount() {
        return threads == 0 ? Kernels.defaultThreads() : threads;
    }

    /** Log-probabilities from libtorch operations, in the type of the logits: what trainers write in Python. */
    Tensor composedLogProbs(Tensor of) {
        return torch.gather(torch.log_softmax(of, -1), -1, ids.unsqueeze(-1)).squeeze(-1);
    }

    /** The clipped loss, token mean, from libtorch operations. */
    Tensor composedLoss(Tensor of) {
        Tensor ratio =
                composedLogProbs(of).toType(ScalarType.Float).sub(oldLogProbs).exp();
        Tensor weight = advantages.unsqueeze(-1);
        Tensor clipped = torch.clamp(ratio, new ScalarOptional(new Scalar(0.8)), new ScalarOptional(new Scalar(1.2)));
        return torch.minimum(ratio.mul(weight), clipped.mul(weight)).neg().mean();
    }

    /** Largest difference between two tensors, relative to the largest magnitude of the second. */
    static double deviation(Tensor actual, Tensor expected) {
        try (PointerScope scope = new PointerScope()) {
            double scale = expected.toType(ScalarType.Float).abs().max().item_float();
            double difference = actual.toType(ScalarType.Float)
                    .sub(expected.toType(ScalarType.Float))
                    .abs()
                    .max()
                    .item_float();
            return difference / Math.max(scale, Float.MIN_NORMAL);
        }
    }

    /** Refuses to measure a wrong result. bfloat16 results of libtorch are rounded to 8 bits on the way. */
    void require(String what, double deviation) {
        double tolerance = dtype == DType.BF16 ? 0x1p-5 : 2e-5;
        if (!(deviation <= tolerance)) {
            throw new IllegalStateException(what + " differs from libtorch's by " + deviation
                    + " of its largest value; " + "wanted at most " + tolerance);
        }
    }
}
