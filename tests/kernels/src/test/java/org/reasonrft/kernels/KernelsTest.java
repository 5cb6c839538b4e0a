package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The library as a whole: what it says of itself, what it needs, and that threads do not meet in it. */
class KernelsTest {

    @Test
    void saysWhatItIs() {
        assertThat(Kernels.version()).isEqualTo("0.1.0");
        assertThat(Kernels.cpuTier()).isNotBlank();
        assertThat(Kernels.cpuTierReason()).containsAnyOf("best of ", "forced by ");
        assertThat(Kernels.defaultThreads()).isPositive();
    }

    @Test
    void saysWhyThereIsNoCuda() {
        Kernels.Cuda cuda = Kernels.cuda();
        assertThat(cuda.available()).isEqualTo(cuda.devices() > 0);
        // Built without nvcc, built with it on a machine without a device, or there is one.
        assertThat(cuda.reason()).containsAnyOf("there is no ", "CUDA cannot run here", "no CUDA device", "device(s)");
    }

    @Test
    void needsNoPyTorch() {
        assertThatExceptionOfType(ClassNotFoundException.class)
                .isThrownBy(() -> Class.forName("org.bytedeco.pytorch.Tensor"));
        assertThat(System.getProperty("java.class.path")).contains("javacpp").doesNotContain("pytorch");
    }

    @Test
    void callsOfManyThreadsDoNotMeet() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                Problem problem = Problem.random(i, 2, 5, 50 + i, DType.F32);
                View expected = problem.perLogit();
                PolicyMetrics metrics = problem.fused().gradLogits(expected).compute(PolicyLossOptions.dapo());
                float[] gradient = expected.toFloatArray();
                results.add(threads.submit(() -> {
                    for (int repeat = 0; repeat < 20; repeat++) {
                        View gradLogits = problem.perLogit();
                        PolicyMetrics again =
                                problem.fused().gradLogits(gradLogits).compute(PolicyLossOptions.dapo());
                        if (!again.equals(metrics) || !Arrays.equals(gradLogits.toFloatArray(), gradient)) {
                            return false;
                        }
                    }
                    return true;
                }));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
