package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What holds whatever the numbers are. */
class LawsTest {

    private static final PolicyLossOptions OPTIONS = PolicyLossOptions.grpo().withKlCoefficient(0.04);

    @Property(tries = 50)
    void aConstantAddedToTheLogitsChangesNothing(@ForAll long seed, @ForAll("hostBackends") Backend backend) {
        Problem problem = Problem.random(seed, 2, 3, 37, DType.F32);
        // Multiples of 2^-8 below 2^7 plus 64 are exact in float32, so only the arithmetic can differ.
        float[] logits = problem.logits.toFloatArray();
        float[] moved = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.round(logits[i] * 256) / 256f;
            moved[i] = logits[i] + 64;
        }
        float[] before = logProbs(problem, logits, backend);
        float[] after = logProbs(problem, moved, backend);
        assertThat(after).usingComparatorWithPrecision(8e-6f).containsExactly(before);
    }

    @Property(tries = 50)
    void theGradientOfARowSumsToZero(@ForAll long seed, @ForAll("hostBackends") Backend backend) {
        Problem problem = Problem.random(seed, 3, 4, 29, DType.F32);
        float[] ones = new float[12];
        Arrays.fill(ones, 1);
        View gradLogits = problem.perLogit();
        LogProbs.of(problem.logits, problem.ids).backend(backend).backward(View.copyOf(ones, 3, 4), gradLogits);
        float[] gradient = gradLogits.toFloatArray();
        for (int row = 0; row < 12; row++) {
            double sum = 0;
            double magnitude = 0;
            for (int v = 0; v < 29; v++) {
                sum += gradient[row * 29 + v];
                magnitude += Math.abs(gradient[row * 29 + v]);
            }
            // 1 - p cancels where p is near 1, so rounding is relative to the incoming gradient, 1.
            assertThat(sum).isCloseTo(0, within(5e-7));
            assertThat(magnitude).isPositive();
        }
    }

    @Property(tries = 30)
    void rowsAreBitwiseTheSameInAnyBatchAndOnAnyNumberOfThreads(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int threads, @ForAll("logitTypes") DType dtype) {
        Problem problem = Problem.random(seed, 4, 6, 131, dtype);
        // A set normalizer, so that the part of a batch is divided by the same number as the whole.
        PolicyLossOptions options = OPTIONS.withNormalizer(4);
        View whole = problem.perLogit();
        View wholeLogProbs = problem.perToken();
        problem.fused().threads(1).gradLogits(whole).logProbs(wholeLogProbs).compute(options);
        View parts = problem.perLogit();
        View partLogProbs = problem.perToken();
        double lossOfParts = 0;
        for (int i = 0; i < 4; i++) {
            lossOfParts += FusedPolicyLoss.of(
                            problem.logits.narrow(0, i, 1),
                            problem.ids.narrow(0, i, 1),
                            problem.advantages.narrow(0, i, 1))
                    .mask(problem.mask.narrow(0, i, 1))
                    .oldLogProbs(problem.oldLogProbs.narrow(0, i, 1))
                    .refLogProbs(problem.refLogProbs.narrow(0, i, 1))
                    .gradLogits(parts.narrow(0, i, 1))
                    .logProbs(partLogProbs.narrow(0, i, 1))
                    .threads(threads)
                    .compute(options)
                    .loss();
        }
        assertThat(parts.toFloatArray()).isEqualTo(whole.toFloatArray());
        assertThat(partLogProbs.toFloatArray()).isEqualTo(wholeLogProbs.toFloatArray());
        PolicyMetrics metrics = problem.fused().threads(threads).compute(options);
        assertThat(lossOfParts).isCloseTo(metrics.loss(), within(1e-9 + 1e-9 * Math.abs(metrics.loss())));
        assertThat(metrics).isEqualTo(problem.fused().threads(1).compute(options));
    }

    @Property(tries = 30)
    void maskedRowsMayHoldAnythingAndGetZero(@ForAll long seed, @ForAll("hostBackends") Backend backend) {
        Problem problem = Problem.random(seed, 3, 4, 19, DType.F32);
        View clean = problem.perLogit();
        PolicyMetrics expected =
                problem.fused().backend(backend).gradLogits(clean).compute(OPTIONS);
        float[] logits = problem.logits.toFloatArray();
        int[] ids = problem.idValues.clone();
        float[] old = problem.oldLogProbs.toFloatArray();
        for (int row = 0; row < 12; row++) {
            if (problem.maskValues[row] == 0) {
                ids[row] = -100;
                Arrays.fill(logits, row * 19, row * 19 + 19, Float.NaN);
                old[row] = Float.NaN;
            }
        }
        View gradLogits = problem.perLogit();
        View entropy = problem.perToken();
        PolicyMetrics metrics = FusedPolicyLoss.of(
                        View.copyOf(logits, 3, 4, 19), View.copyOf(ids, 3, 4), problem.advantages)
                .mask(problem.mask)
                .oldLogProbs(View.copyOf(old, 3, 4))
                .refLogProbs(problem.refLogProbs)
                .gradLogits(gradLogits)
                .entropy(entropy)
                .backend(backend)
                .compute(OPTIONS);
        assertThat(metrics).isEqualTo(expected);
        float[] gradient = gradLogits.toFloatArray();
        assertThat(gradient).isEqualTo(clean.toFloatArray());
        for (int row = 0; row < 12; row++) {
            if (problem.maskValues[row] == 0) {
                assertThat(Arrays.copyOfRange(gradient, row * 19, row * 19 + 19))
                        .containsOnly(0f);
                assertThat(entropy.toFloatArray()[row]).isZero();
            }
        }
    }

    @Property(tries = 30)
    void theFusedCallIsTheThreeStepsInOne(@ForAll long seed, @ForAll("hostBackends") Backend backend) {
        Problem problem = Problem.random(seed, 3, 5, 61, DType.F32);
        View fusedGrad = problem.perLogit();
        View fusedEntropy = problem.perToken();
        PolicyMetrics fused = problem.fused()
                .temperature(0.9)
                .backend(backend)
                .gradLogits(fusedGrad)
                .entropy(fusedEntropy)
                .compute(OPTIONS);
        View logProbs = problem.perToken();
        View entropy = problem.perToken();
        View gradLogProbs = problem.perToken();
        View gradLogits = problem.perLogit();
        LogProbs rows = problem.logProbs().temperature(0.9).backend(backend).entropy(entropy);
        rows.forward(logProbs);
        PolicyMetrics steps = PolicyLoss.of(logProbs, problem.advantages)
                .mask(problem.mask)
                .oldLogProbs(problem.oldLogProbs)
                .refLogProbs(problem.refLogProbs)
                .gradLogProbs(gradLogProbs)
                .backend(backend)
                .compute(OPTIONS);
        rows.backward(gradLogProbs, gradLogits);
        assertThat(fused.loss()).isCloseTo(steps.loss(), within(2e-6));
        assertThat(fused.kl()).isCloseTo(steps.kl(), within(2e-6));
        assertThat(fused.clipFraction()).isEqualTo(steps.clipFraction());
        assertThat(steps.entropy()).isZero();
        Deviation.of(fusedEntropy.toFloatArray(), entropy.toFloatArray()).assertAtMost(1e-6);
        Deviation.of(fusedGrad.toFloatArray(), gradLogits.toFloatArray()).assertAtMost(4e-6);
    }

    @Property(tries = 30)
    void theGradientMayTakeThePlaceOfTheLogits(
            @ForAll long seed, @ForAll("hostBackends") Backend backend, @ForAll("logitTypes") DType dtype) {
        Problem problem = Problem.random(seed, 2, 3, 45, dtype);
        View apart = problem.perLogit();
        PolicyMetrics expected =
                problem.fused().backend(backend).gradLogits(apart).compute(OPTIONS);
        PolicyMetrics metrics =
                problem.fused().backend(backend).gradLogits(problem.logits).compute(OPTIONS);
        assertThat(metrics).isEqualTo(expected);
        assertThat(problem.logits.toFloatArray()).isEqualTo(apart.toFloatArray());
    }

    @Property(tries = 100)
    void advantagesIgnoreShiftAndScaleAndFollowPermutations(
            @ForAll @Size(12) float[] raw,
            @ForAll("hostBackends") Backend backend,
            @ForAll @IntRange(min = -5, max = 5) int shift) {
        float[] rewards = new float[12];
        float[] moved = new float[12];
        for (int i = 0; i < 12; i++) {
            rewards[i] = Math.round(Math.IEEEremainder(raw[i], 8) * 16) / 16f;
            moved[i] = 2 * rewards[i] + shift;
        }
        GroupAdvantages exact = GroupAdvantages.grpo().withEpsilon(0);
        GroupAdvantages.Result result = exact.compute(rewards, 4, backend);
        for (int group = 0; group < 3; group++) {
            if (result.groupStd()[group] < 1e-8) {
                return; // 0 / 0 without epsilon is not what this is about
            }
        }
        Deviation.of(exact.compute(moved, 4, backend).advantages(), result.advantages())
                .assertAtMost(2e-6);
        float[] swapped =
                FloatBuffer.allocate(12).put(rewards, 8, 4).put(rewards, 0, 8).array();
        float[] advantages = result.advantages();
        float[] expected = FloatBuffer.allocate(12)
                .put(advantages, 8, 4)
                .put(advantages, 0, 8)
                .array();
        assertThat(exact.compute(swapped, 4, backend).advantages()).isEqualTo(expected);
    }

    @Property(tries = 20)
    void aRowsOwnTemperatureIsThatOfACallOnTheRow(
            @ForAll long seed, @ForAll("logitTypes") DType dtype, @ForAll("hostBackends") Backend backend) {
        Problem problem = Problem.random(seed, 2, 3, 45, dtype);
        View temperatures = problem.temperatures();
        View all = problem.perToken();
        problem.logProbs().temperatures(temperatures).backend(backend).forward(all);
        for (int n = 0; n < 6; n++) {
            View one = View.allocate(DType.F32, 1, 1);
            if (problem.maskValues[n] != 0) {
                LogProbs.of(
                                problem.logits.narrow(0, n / 3, 1).narrow(1, n % 3, 1),
                                problem.ids.narrow(0, n / 3, 1).narrow(1, n % 3, 1))
                        .temperature(temperatures.toFloatArray()[n])
                        .backend(backend)
                        .forward(one);
            }
            assertThat(all.toFloatArray()[n]).isEqualTo(one.toFloatArray()[0]);
        }
    }

    @Provide
    Arbitrary<Backend> hostBackends() {
        return Arbitraries.of(HostBackends.ALL);
    }

    @Provide
    Arbitrary<DType> logitTypes() {
        return Arbitraries.of(DType.F32, DType.BF16, DType.F16);
    }

    private static float[] logProbs(Problem problem, float[] logits, Backend backend) {
        View view = View.copyOf(logits, problem.batch, problem.tokens, problem.vocabulary);
        View out = problem.perToken();
        LogProbs.of(view, problem.ids).backend(backend).forward(out);
        return out.toFloatArray();
    }
}
