package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The whole way of a call on device memory: views, streams, the CUDA library, results fetched, against the reference. The
 * library is the one that {@code reasonrft.cuda.library} names: in the build that of tests/native/simt, whose device is the
 * processor, so that all of this runs on every machine.
 */
@Tag("device")
class DeviceTest {

    private static final CudaStream STREAM = DeviceArrays.STREAM;

    private final DeviceArrays device = new DeviceArrays();

    @AfterEach
    void release() {
        device.release();
    }

    private View allocate(DType dtype, long... shape) {
        return device.allocate(dtype, shape);
    }

    private View onDevice(View host) {
        return device.copyOf(host);
    }

    private static void close(View actual, View expected, DType dtype) {
        float[] want = expected.toFloatArray();
        float[] got = actual.toFloatArray();
        float tolerance = dtype == DType.F32 ? 2e-6f : dtype == DType.BF16 ? 0x1p-8f : 0x1p-11f;
        for (int i = 0; i < want.length; i++) {
            assertThat(got[i]).isCloseTo(want[i], within(tolerance * Math.max(1, Math.abs(want[i]))));
        }
    }

    @Test
    void thereIsADevice() {
        assertThat(Kernels.cuda().available()).as(Kernels.cuda().reason()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16"})
    void fusedPolicyLoss(DType dtype) {
        Problem problem = Problem.random(11, 3, 5, 301, dtype);
        View expectedGradient = problem.perLogit();
        PolicyMetrics expected = problem.fused()
                .backend(Backend.REFERENCE)
                .temperature(0.8)
                .gradLogits(expectedGradient)
                .compute(PolicyLossOptions.grpo().withKlCoefficient(0.04));

        View logits = onDevice(problem.logits);
        View gradient = onDevice(expectedGradient);
        View logProbs = allocate(DType.F32, 3, 5);
        View entropy = allocate(DType.F32, 3, 5);
        FusedPolicyLoss call = FusedPolicyLoss.of(logits, onDevice(problem.ids), onDevice(problem.advantages))
                .mask(onDevice(problem.mask))
                .temperature(0.8)
                .oldLogProbs(onDevice(problem.oldLogProbs))
                .refLogProbs(onDevice(problem.refLogProbs))
                .logProbs(logProbs)
                .entropy(entropy)
                .gradLogits(gradient);
        PolicyMetrics actual = call.compute(PolicyLossOptions.grpo().withKlCoefficient(0.04));

        assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-5));
        assertThat(actual.kl()).isCloseTo(expected.kl(), within(1e-5));
        assertThat(actual.clipFraction()).isEqualTo(expected.clipFraction());
        assertThat(actual.tokenCount()).isEqualTo(expected.tokenCount());
        close(gradient, expectedGradient, dtype);
        assertThat(call.backend(Backend.CUDA).compute(PolicyLossOptions.grpo().withKlCoefficient(0.04)))
                .isEqualTo(actual);
    }

    @Test
    void logProbsThereAndBack() {
        Problem problem = Problem.random(12, 2, 4, 77, DType.F32);
        View expected = View.allocate(DType.F32, 2, 4);
        View expectedGradient = problem.perLogit();
        problem.logProbs().backend(Backend.REFERENCE).forward(expected);
        problem.logProbs().backend(Backend.REFERENCE).backward(problem.oldLogProbs, expectedGradient);

        View logProbs = allocate(DType.F32, 2, 4);
        View logits = onDevice(problem.logits);
        LogProbs call = LogProbs.of(logits, onDevice(problem.ids)).mask(onDevice(problem.mask));
        call.forward(logProbs);
        call.backward(onDevice(problem.oldLogProbs), logits);
        close(logProbs, expected, DType.F32);
        close(logits, expectedGradient, DType.F32);
    }

    @Test
    void policyLossAndAdvantages() {
        View rewards = View.copyOf(new float[] {1, 0, 0, 1, 0.5f, 0.5f, 0.5f, 0.5f, 2, Float.NaN, 1, 0}, 3, 4);
        View expectedAdvantages = View.allocate(DType.F32, 3, 4);
        double expectedSpread = GroupAdvantages.grpo().compute(rewards, expectedAdvantages, Backend.REFERENCE);
        View advantages = allocate(DType.F32, 3, 4);
        double spread = GroupAdvantages.grpo().compute(onDevice(rewards), advantages, Backend.CUDA);
        assertThat(spread).isEqualTo(expectedSpread).isEqualTo(1 / 3.0);
        close(advantages, expectedAdvantages, DType.F32);

        Problem problem = Problem.random(13, 12, 6, 20, DType.F32);
        View expectedGradient = View.allocate(DType.F32, 12, 6);
        PolicyMetrics expected = PolicyLoss.of(problem.refLogProbs, expectedAdvantages.reshape(12))
                .oldLogProbs(problem.oldLogProbs)
                .mask(problem.mask)
                .gradLogProbs(expectedGradient)
                .backend(Backend.REFERENCE)
                .compute(PolicyLossOptions.dapo());
        View gradient = allocate(DType.F32, 12, 6);
        PolicyMetrics actual = PolicyLoss.of(onDevice(problem.refLogProbs), advantages.reshape(12))
                .oldLogProbs(onDevice(problem.oldLogProbs))
                .mask(onDevice(problem.mask))
                .gradLogProbs(gradient)
                .compute(PolicyLossOptions.dapo());
        assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-6));
        assertThat(actual.ratioMax()).isCloseTo(expected.ratioMax(), within(1e-5));
        close(gradient, expectedGradient, DType.F32);
    }

    @Test
    void badArgumentsAreNamed() {
        View logProbs = allocate(DType.F32, 2, 3);
        View advantages = allocate(DType.F32, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        PolicyLoss.of(logProbs, View.allocate(DType.F32, 2)).compute(PolicyLossOptions.grpo()))
                .withMessageContaining(
                        "advantages: F32 (2) in memory of the processor; wanted that of cuda:0, as of logProbs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyLoss.of(logProbs, advantages)
                        .backend(Backend.REFERENCE)
                        .compute(PolicyLossOptions.grpo()))
                .withMessage("backend: REFERENCE; wanted CUDA for logProbs in memory of cuda:0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PolicyLoss.of(logProbs, advantages)
                        .gradLogProbs(logProbs)
                        .compute(PolicyLossOptions.grpo()))
                .withMessageContaining("overlap");
        View logits = allocate(DType.F32, 2, 3, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FusedPolicyLoss.of(logits, allocate(DType.I64, 2, 3), advantages)
                        .logProbs(logProbs)
                        .compute(PolicyLossOptions.grpo()))
                .withMessage("entropy: not set; wanted memory of the device for it");
        View elsewhere = View.ofDevice(logProbs.pointer(), DType.F32, CudaStream.ofDefault(7), 2, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LogProbs.of(logits, allocate(DType.I64, 2, 3)).forward(elsewhere))
                .withMessageContaining("on cuda:7");
        assertThatIllegalArgumentException()
                .isThrownBy(elsewhere::toFloatArray)
                .withMessageContaining("device is 7, wanted 0 to");
        assertThatIllegalStateException()
                .isThrownBy(() -> allocate(DType.I64, 2).toFloatArray());
        assertThat(logProbs.stream()).contains(STREAM);
    }
}
