package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.FutureTask;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** Callers wrap their steps in PointerScopes; what the kernels keep between calls must not belong to them. */
class PointerScopeTest {
    @Test
    void structsOfAThreadOutliveTheScopeOfItsFirstCall() throws Exception {
        FutureTask<float[]> task = new FutureTask<>(() -> {
            float[] first;
            try (PointerScope scope = new PointerScope()) {
                first = GroupAdvantages.drGrpo().compute(new float[] {1, 3}, 2).advantages();
            }
            View logProbs = View.allocate(DType.F32, 1, 1);
            try (PointerScope scope = new PointerScope()) {
                LogProbs.of(View.copyOf(new float[] {0, 0}, 1, 1, 2), View.copyOf(new int[] {1}, 1, 1))
                        .forward(logProbs);
            }
            float[] second =
                    GroupAdvantages.drGrpo().compute(new float[] {1, 3}, 2).advantages();
            return new float[] {first[0], second[0], logProbs.toFloatArray()[0]};
        });
        Thread fresh = new Thread(task);
        fresh.start();
        assertThat(task.get()).containsExactly(-1f, -1f, (float) Math.log(0.5));
    }
}
