package org.reasonrft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class TorchTest {
    @Test
    void arraysRoundTrip() {
        try (PointerScope scope = new PointerScope()) {
            assertThat(Torch.floats(Torch.tensor(new float[] {1, -2, 3.5f, 0, 5, 6}, 2, 3)))
                    .containsExactly(1, -2, 3.5f, 0, 5, 6);
            assertThat(Torch.longs(Torch.tensor(new long[] {Long.MIN_VALUE, 7}, 2)))
                    .containsExactly(Long.MIN_VALUE, 7);
            assertThat(Torch.longs(Torch.tensor(new boolean[] {true, false, true}, 3)))
                    .containsExactly(1, 0, 1);
            assertThat(Torch.floats(Torch.tensor(new float[0], 0, 4))).isEmpty();
        }
    }

    @Test
    void readsViewsInRowMajorOrder() {
        try (PointerScope scope = new PointerScope()) {
            Tensor transposed =
                    Torch.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).t();
            assertThat(Torch.floats(transposed)).containsExactly(1, 4, 2, 5, 3, 6);
        }
    }

    @Test
    void readsOtherTypes() {
        try (PointerScope scope = new PointerScope()) {
            Tensor bfloat = Torch.tensor(new float[] {1, 2.5f}, 2).to(ScalarType.BFloat16);
            assertThat(Torch.floats(bfloat)).containsExactly(1, 2.5f);
            assertThat(Torch.dtype(bfloat)).isSameAs(ScalarType.BFloat16);
            Tensor half = Torch.tensor(new float[] {1, -2.5f, 65504}, 3).to(ScalarType.Half);
            assertThat(TensorViews.of(half)).hasToString("F16 (3)");
            assertThat(TensorViews.of(half).toFloatArray()).containsExactly(1, -2.5f, 65504);
        }
    }

    @Test
    void refusesShapesThatDoNotHoldTheValues() {
        assertThatThrownBy(() -> Torch.tensor(new float[5], 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shape [2, 3] holds 6 values, got 5");
        assertThatThrownBy(() -> Torch.tensor(new long[1], -1, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("negative size");
    }

    @Test
    void requireShapeNamesArgumentAndShapes() {
        try (PointerScope scope = new PointerScope()) {
            Tensor tensor = Torch.zeros(2, 3);
            Torch.requireShape("x", tensor, -1, 3);
            assertThatThrownBy(() -> Torch.requireShape("x", tensor, 2, 4))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("x must have shape [2, 4] (-1: any), got Float[2, 3] on cpu");
            assertThatThrownBy(() -> Torch.requireShape("x", null, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no tensor");
        }
    }

    @Test
    void keepFreesAllButTheResult() {
        try (PointerScope scope = new PointerScope()) {
            Tensor[] inner = new Tensor[1];
            Tensor kept = Torch.keep(() -> {
                inner[0] = Torch.zeros(3);
                return inner[0].add(Torch.tensor(new float[] {1, 2, 3}, 3));
            });
            assertThat(inner[0].isNull()).isTrue();
            assertThat(Torch.floats(kept)).containsExactly(1, 2, 3);
        }
    }

    @Test
    void keptResultDiesWithTheCallersScope() {
        Tensor kept;
        try (PointerScope scope = new PointerScope()) {
            kept = Torch.keep(() -> Torch.zeros(3));
            assertThat(kept.isNull()).isFalse();
        }
        assertThat(kept.isNull()).isTrue();
    }

    @Test
    void retainedTensorOutlivesScopesUntilReleased() {
        Tensor retained;
        try (PointerScope scope = new PointerScope()) {
            retained = Torch.retain(Torch.zeros(3));
        }
        assertThat(Torch.floats(retained)).containsExactly(0, 0, 0);
        Torch.release(retained);
        assertThat(retained.isNull()).isTrue();
    }

    @Test
    void elementOfAVectorOutlivesTheVector() {
        try (PointerScope scope = new PointerScope()) {
            Tensor second = Torch.keep(() -> {
                TensorVector halves = Torch.tensor(new float[] {1, 2, 3, 4}, 4).chunk(2, 0);
                return Torch.element(halves, 1);
            });
            assertThat(Torch.floats(second)).containsExactly(3, 4);
        }
    }

    @Test
    void scopesFreeTemporariesOfChainedCalls() {
        long before = LiveObjects.settled();
        for (int i = 0; i < 100; i++) {
            try (PointerScope scope = new PointerScope()) {
                Tensor x = torch.randn(new long[] {16, 16});
                torch.cat(new TensorVector(x.mul(x).add(x), x.t()), 0)
                        .chunk(2, 0)
                        .get(1)
                        .sum();
            }
        }
        assertThat(Torch.liveObjects()).isEqualTo(before);
    }

    @Test
    void refusesNoThreads() {
        assertThatThrownBy(() -> Torch.setThreads(0, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
    }
}
