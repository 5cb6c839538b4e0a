package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Loss, metrics and gradients as TRL computed them in float64, for all 81 recorded cases. Where arrays lie, and which
 * implementations run, is for the subclasses to say.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GoldenLossChecks {

    private static final Goldens GOLDENS = Goldens.tensors();

    /** Log-probs come out in float32: a few units in the last place of numbers up to 20. */
    private static final double LOG_PROB_TOLERANCE = 4e-6;

    /** Relative to the largest gradient of the case; the float32 log-ratio contributes about 1e-6. */
    private static final double GRADIENT_TOLERANCE = 4e-6;

    /**
     * Of the loss, relative to it or, where its terms cancel, to 1 in 100: the float32 log-probs alone move a loss of 0.0045
     * whose terms average 0.83 by 5e-8.
     */
    private static final double LOSS_TOLERANCE = 1e-5;

    abstract List<Backend> implementations();

    /** A copy of a contiguous array where the implementations work. */
    abstract View place(View host);

    Stream<Arguments> cases() {
        return backends(Goldens.cases().stream());
    }

    /** An entropy bonus has no gradient by log-probs, and TRL's was not recorded. */
    Stream<Arguments> casesWithGradLogProbs() {
        return backends(Goldens.cases().stream().filter(golden -> GOLDENS.has(golden.key() + ".grad_log_probs")));
    }

    private Stream<Arguments> backends(Stream<Goldens.Case> cases) {
        return cases.flatMap(golden -> implementations().stream().map(backend -> Arguments.of(golden, backend)));
    }

    @Test
    void allConfigurationsAreThere() {
        assertThat(Goldens.cases()).hasSize(81);
        assertThat(Goldens.cases())
                .extracting(golden -> golden.config().lossType())
                .contains("grpo", "bnpo", "dapo", "dr_grpo", "cispo", "luspo", "sapo", "vespo");
        assertThat(casesWithGradLogProbs()).hasSize(75 * implementations().size());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logProbsAndEntropies(Goldens.Case golden, Backend backend) {
        Inputs in = new Inputs(golden);
        View logProbs = place(View.allocate(DType.F32, golden.batch(), golden.tokens()));
        View entropy = place(View.allocate(DType.F32, golden.batch(), golden.tokens()));
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
        View logProbs =
                place(View.copyOf(GOLDENS.floats(golden.shape() + ".log_probs"), golden.batch(), golden.tokens()));
        View entropy =
                place(View.copyOf(GOLDENS.floats(golden.shape() + ".entropies"), golden.batch(), golden.tokens()));
        View gradLogProbs = place(View.allocate(DType.F32, golden.batch(), golden.tokens()));
        View gradEntropy = place(View.allocate(DType.F32, golden.batch(), golden.tokens()));
        PolicyMetrics metrics = PolicyLoss.of(logProbs, in.advantages)
                .mask(in.mask)
                .oldLogProbs(in.oldLogProbs)
                .refLogProbs(in.refLogProbs)
                .samplingLogProbs(in.samplingLogProbs)
                .entropy(entropy)
                .gradLogProbs(gradLogProbs)
                .gradEntropy(gradEntropy)
                .backend(backend)
                .compute(golden.options());
        assertMetrics(metrics, golden);
        if (GOLDENS.has(golden.key() + ".grad_log_probs")) {
            assertClose(gradLogProbs.toFloatArray(), GOLDENS.floats(golden.key() + ".grad_log_probs"));
        }
        LogProbs.of(in.logits, in.ids)
                .mask(in.mask)
                .temperature(golden.temperature())
                .gradEntropy(gradEntropy)
                .backend(backend)
                .backward(gradLogProbs, in.logits);
        assertClose(in.logits.toFloatArray(), GOLDENS.floats(golden.key() + ".grad_logits"));
    }

    @ParameterizedTest
    @MethodSource("casesWithGradLogProbs")
    void gradLogitsFromGradLogProbs(Goldens.Case golden, Backend backend) {
        Inputs in = new Inputs(golden);
        View gradLogProbs =
                place(View.copyOf(GOLDENS.floats(golden.key() + ".grad_log_probs"), golden.batch(), golden.tokens()));
        View gradLogits = place(View.allocate(DType.F32, golden.batch(), golden.tokens(), golden.vocabulary()));
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
                .samplingLogProbs(in.samplingLogProbs)
                .logProbs(place(View.allocate(DType.F32, golden.batch(), golden.tokens())))
                .entropy(place(View.allocate(DType.F32, golden.batch(), golden.tokens())))
                .gradLogits(in.logits)
                .backend(backend)
                .compute(golden.options());
        assertMetrics(metrics, golden);
        assertClose(in.logits.toFloatArray(), GOLDENS.floats(golden.key() + ".grad_logits"));
    }

    private static void assertMetrics(PolicyMetrics actual, Goldens.Case golden) {
        assertLoss(actual.loss(), golden.loss(), "loss");
        if (golden.config().beta() == 0) {
            assertThat(actual.policyLoss() + actual.entropyLoss())
                    .as("policyLoss")
                    .isEqualTo(actual.loss());
        }
        golden.metrics().forEach((name, value) -> {
            switch (name) {
                case "policy_loss" -> assertLoss(actual.loss() - actual.entropyLoss(), value, name);
                case "kl" -> assertThat(actual.kl()).as(name).isCloseTo(value, within(1e-5 * value));
                case "entropy" -> assertThat(actual.entropy()).as(name).isCloseTo(value, within(2e-6));
                case "vespo/phi_seq_mean" ->
                    assertThat(actual.vespoWeightMean()).as(name).isCloseTo(value, within(1e-5 * value));
                // Fractions of counts: TRL divides in float32.
                case "clip_ratio/low_mean" -> assertFraction(actual.clipFractionLow(), value, name);
                case "clip_ratio/high_mean", "cispo_clip_ratio" ->
                    assertFraction(actual.clipFractionHigh(), value, name);
                case "clip_ratio/region_mean" -> assertFraction(actual.clipFraction(), value, name);
                case "clip_ratio/low_min" -> assertFraction(actual.clipFractionLowMin(), value, name);
                case "clip_ratio/high_max" -> assertFraction(actual.clipFractionHighMax(), value, name);
                case "entropy_coef" ->
                    assertThat(golden.config().entropyCoefficient()).isEqualTo(value);
                default -> throw new AssertionError("nothing compares " + name);
            }
        });
    }

    private static void assertLoss(double actual, double expected, String name) {
        double scale = Math.max(Math.abs(expected), 0.01);
        assertThat(actual).as(name).isCloseTo(expected, within(LOSS_TOLERANCE * scale));
    }

    private static void assertFraction(double actual, double expected, String name) {
        assertThat(actual).as(name).isCloseTo(expected, within(1e-7));
    }

    private static void assertClose(float[] actual, float[] expected) {
        Deviation.of(actual, expected).assertAtMost(GRADIENT_TOLERANCE);
    }

    /** Fresh views of a case's inputs. */
    private final class Inputs {

        final View logits;
        final View ids;
        final View mask;
        final View advantages;
        final View oldLogProbs;
        final View refLogProbs;
        final View samplingLogProbs;

        Inputs(Goldens.Case golden) {
            int b = golden.batch();
            int t = golden.tokens();
            String shape = golden.shape();
            logits = place(View.copyOf(GOLDENS.floats(shape + ".logits"), b, t, golden.vocabulary()));
            ids = place(View.copyOf(GOLDENS.longs(shape + ".completion_ids"), b, t));
            long[] longMask = GOLDENS.longs(shape + ".mask");
            byte[] byteMask = new byte[longMask.length];
            for (int i = 0; i < byteMask.length; i++) {
                byteMask[i] = (byte) longMask[i];
            }
            mask = place(View.copyOf(byteMask, b, t));
            advantages = place(View.copyOf(GOLDENS.floats(shape + ".advantages"), b));
            oldLogProbs = place(View.copyOf(GOLDENS.floats(shape + ".old_log_probs"), b, t));
            refLogProbs = place(View.copyOf(GOLDENS.floats(shape + ".ref_log_probs"), b, t));
            float[] sampling = GOLDENS.floats(shape + ".old_log_probs");
            float[] ratio = GOLDENS.floats(shape + ".importance_ratio");
            for (int i = 0; i < sampling.length; i++) {
                sampling[i] = (float) (sampling[i] - Math.log(ratio[i]));
            }
            // TRL leaves the old log-probs in their place where it corrects nothing.
            samplingLogProbs = golden.config().truncatedIs() ? place(View.copyOf(sampling, b, t)) : null;
        }
    }
}
