package org.reasonrft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.kernels.LinearLogProbs;
import org.reasonrft.kernels.View;

/** The fused head on libtorch's products, against autograd through logits that libtorch made whole. */
class TorchMatrixProductTest {
    private static final int ROWS = 37;
    private static final int WIDTH = 48;
    private static final int VOCABULARY = 9001;
    private static final double TEMPERATURE = 0.8;

    /** The types a head comes in, and what rounding logits and gradients to them may cost relative to float64. */
    private enum Type {
        FLOAT(ScalarType.Float, 2e-6),
        BFLOAT16(ScalarType.BFloat16, 0x1p-6),
        HALF(ScalarType.Half, 0x1p-9);

        private final ScalarType scalar;
        private final double tolerance;

        Type(ScalarType scalar, double tolerance) {
            this.scalar = scalar;
            this.tolerance = tolerance;
        }
    }

    @ParameterizedTest
    @EnumSource(Type.class)
    void fusedHeadEqualsAutograd(Type type) {
        Torch.load();
        Torch.seed(3);
        long[] ids = new Random(1).longs(ROWS, 0, VOCABULARY).toArray();
        try (PointerScope scope = new PointerScope()) {
            Tensor hidden = torch.randn(ROWS, WIDTH).toType(type.scalar);
            Tensor weight = torch.randn(VOCABULARY, WIDTH).mul(new Scalar(0.3)).toType(type.scalar);
            Tensor upstream = torch.randn(ROWS);

            Tensor exactHidden = hidden.toType(ScalarType.Double).set_requires_grad(true);
            Tensor exactWeight = weight.toType(ScalarType.Double).set_requires_grad(true);
            Tensor logits = torch.mm(exactHidden, exactWeight.t()).div(new Scalar(TEMPERATURE));
            Tensor expected = torch.gather(
                            torch.log_softmax(logits, -1),
                            -1,
                            Torch.tensor(ids, ROWS).unsqueeze(-1))
                    .squeeze(-1);
            expected.mul(upstream.toType(ScalarType.Double)).sum().backward();

            // 48 rows of 4096 float32 entries do not fit: several blocks and several tiles.
            Tensor logProbs = Torch.zeros(ROWS);
            Tensor gradHidden = Torch.zeros(ROWS, WIDTH);
            Tensor gradWeight = torch.zeros(new long[] {VOCABULARY, WIDTH}, Torch.options(ScalarType.Float));
            LinearLogProbs head = LinearLogProbs.of(
                            TensorViews.of(hidden),
                            TensorViews.of(weight),
                            View.copyOf(ids, ROWS),
                            new TorchMatrixProduct())
                    .temperature(TEMPERATURE)
                    .bufferBytes(100_000);
            head.forward(TensorViews.of(logProbs));
            head.backward(TensorViews.of(upstream), TensorViews.of(gradHidden), TensorViews.of(gradWeight));

            close(type, logProbs, expected);
            close(type, gradHidden, exactHidden.grad());
            close(type, gradWeight, exactWeight.grad());
        }
    }

    private static void close(Type type, Tensor actual, Tensor expected) {
        double scale = expected.abs().max().item_double();
        double worst = actual.toType(ScalarType.Double)
                .sub(expected.detach())
                .abs()
                .max()
                .item_double();
        assertThat(worst / scale).isLessThan(type.tolerance);
    }

    @Test
    void tensorOfAViewSharesItsMemory() {
        try (PointerScope scope = new PointerScope()) {
            View view = View.copyOf(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
            Tensor tensor = TensorViews.toTensor(view.transpose(0, 1).narrow(0, 1, 2));
            assertThat(tensor.shape()).containsExactly(2, 2);
            assertThat(Torch.floats(tensor.contiguous())).containsExactly(2, 5, 3, 6);
            tensor.mul_(new Scalar(10.0));
            assertThat(view.toFloatArray()).containsExactly(new float[] {1, 20, 30, 4, 50, 60}, within(0f));
        }
    }
}
