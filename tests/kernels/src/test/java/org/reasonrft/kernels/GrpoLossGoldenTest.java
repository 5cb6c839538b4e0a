package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Loss, metrics and gradients as TRL computed them in float64. */
class GrpoLossGoldenTest {

    private static final Goldens GOLDENS = Goldens.tensors();

    /** Log-probs come out in float32: a few units in the last place of numbers up to 20. */
    private static final double LOG_PROB_TOLERANCE = 4e-6;

    /** Relative to the largest gradient of the case; the float32 log-ratio contributes about 1e-6. */
    private static final double GRADIENT_TOLERANCE = 4e-6;

    static Stream<Arguments> cases() {
        return Goldens.cases().stream()
                .flatMap(golden -> Stream.of(Backend.values()).map(backend -> Arguments.of(golden, backend)));
    }

    @Test
    void allConfigurationsAreThere() {
        assertThat(Goldens.cases()).hasSize(24);
        assertThat(Goldens.cases())
                .extracting(golden -> golden.config().lossType())
                .contains("grpo", "bnpo", "dapo", "dr_grpo");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logProbsAndEntropies(Goldens.Case golden, Backend backend) {
        Inputs in = new Inputs(golden);
        View logProbs = View.allocate(DType.F32, golden.batch(), golden.tokens());
        View entropy = View.allocate(DType.F32, golden.batch(), golden.tokens());
        LogProbs.of(in.logits, in.ids)
                .temperature(golden.temperature())
                .backend(backend)
                .entropy(entropy)
                .forward(logProbs);
        assertThat(logProbs.toFloatArray())
                .usingComparatorWithPrecision((float) LOG_PROB_TOLERANCE)
                .containsExactly(GOLDENS.floats(golden.shape() + ".log_probs"));
        assertThat(entropy.toFloatArray())
                .usingComparatorWithPrecision((float) LOG_PROB_TOLERANCE)
                .containsExactly(GOLDENS.floats(golden.shape() + ".entropies"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void policyLossFromLogProbs(Goldens.Case golden, Backend backend) {
        Inputs in = new Inputs(golden);
        View logProbs = View.copyOf(GOLDENS.floats(golden.shape() + ".log_probs"), golden.batch(), golden.tokens());
        View gradLogProbs = View.allocate(DType.F32, golden.batch(), golden.tokens());
        PolicyMetrics metrics = PolicyLoss.of(logProbs, in.advantages)
                .mask(in.mask)
                .oldLogProbs(in.oldLogProbs)
                .refLogProbs(in.refLogProbs)
                .gradLogProbs(gradLogProbs)
                .backend(backend)
                .compute(golden.options());
        assertMetrics(metrics, golden);
        assertClose(gradLogProbs.toFloatArray(), GOLDENS.floats(golden.key() + ".grad_log_probs"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradLogitsFromGradLogProbs(Goldens.Case golden, Backend backend) {
        Inputs in = new Inputs(golden);
        View gradLogProbs =
                View.copyOf(GOLDENS.floats(golden.key() + ".grad_log_probs"), golden.batch(), golden.tokens());
        View gradLogits = View.allocate(DType.F32, golden.batch(), golden.tokens(), golden.vocabulary());
        LogProbs.of(in.logits, in.ids)
                .mask(in.mask)
                .temperature(golden.temperature())
                .backend(backend)
                .backward(gradLogProbs, gradLogits);
        assertClose(gradLogits.toFloatArray(), GOLDENS.floats(golden.key() + ".grad_logits"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void fusedPolicyLoss(Goldens.Case golden, Backend backend) {
        Inputs in = new Inputs(golden);
        PolicyMetrics metrics = FusedPolicyLoss.of(in.logits, in.ids, in.advantages)
                .mask(in.mask)
                .temperature(golden.temperature())
                .oldLogProbs(in.oldLogProbs)
                .refLogProbs(in.refLogProbs)
                .gradLogits(in.logits)
                .backend(backend)
                .compute(golden.options());
        assertMetrics(metrics, golden);
        assertThat(metrics.entropy()).isCloseTo(golden.metrics().get("entropy"), within(2e-6));
        assertClose(in.logits.toFloatArray(), GOLDENS.floats(golden.key() + ".grad_logits"));
    }

    private static void assertMetrics(PolicyMetrics actual, Goldens.Case golden) {
        assertThat(actual.loss()).as("loss").isCloseTo(golden.loss(), within(1e-6));
        if (golden.config().beta() > 0) {
            assertThat(actual.kl()).as("kl").isCloseTo(golden.metrics().get("kl"), within(1e-6));
            assertThat(actual.policyLoss()).as("policyLoss").isNotEqualTo(actual.loss());
        } else {
            assertThat(actual.policyLoss()).as("policyLoss").isEqualTo(actual.loss());
        }
        // Fractions of counts: TRL divides in float32.
        assertFraction(actual.clipFractionLow(), golden, "clip_ratio/low_mean");
        assertFraction(actual.clipFractionHigh(), golden, "clip_ratio/high_mean");
        assertFraction(actual.clipFraction(), golden, "clip_ratio/region_mean");
        assertFraction(actual.clipFractionLowMin(), golden, "clip_ratio/low_min");
        assertFraction(actual.clipFractionHighMax(), golden, "clip_ratio/high_max");
    }

    private static void assertFraction(double actual, Goldens.Case golden, String name) {
        assertThat(actual).as(name).isCloseTo(golden.metrics().get(name), within(1e-7));
    }

    private static void assertClose(float[] actual, float[] expected) {
        Deviation.of(actual, expected).assertAtMost(GRADIENT_TOLERANCE);
    }

    /** Fresh views of a case's inputs. */
    private static final class Inputs {

        final View logits;
        final View ids;
        final View mask;
        final View advantages;
        final View oldLogProbs;
        final View refLogProbs;

        Inputs(Goldens.Case golden) {
            int b = golden.batch();
            int t = golden.tokens();
            String shape = golden.shape();
            logits = View.copyOf(GOLDENS.floats(shape + ".logits"), b, t, golden.vocabulary());
            ids = View.copyOf(GOLDENS.longs(shape + ".completion_ids"), b, t);
            long[] longMask = GOLDENS.longs(shape + ".mask");
            byte[] byteMask = new byte[longMask.length];
            for (int i = 0; i < byteMask.length; i++) {
                byteMask[i] = (byte) longMask[i];
            }
            mask = View.copyOf(byteMask, b, t);
            advantages = View.copyOf(GOLDENS.floats(shape + ".advantages"), b);
            oldLogProbs = View.copyOf(GOLDENS.floats(shape + ".old_log_probs"), b, t);
            refLogProbs = View.copyOf(GOLDENS.floats(shape + ".ref_log_probs"), b, t);
        }
    }
}
