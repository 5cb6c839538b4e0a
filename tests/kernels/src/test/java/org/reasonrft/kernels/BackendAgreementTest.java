package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link Backend#CPU} against {@link Backend#REFERENCE} on sizes around and between the widths of SIMD registers. */
class BackendAgreementTest {

    /** float32 rounding of numbers up to about 20. */
    private static final float LOG_PROB_TOLERANCE = 4e-6f;

    /** Of a gradient relative to the largest: float32 rounding, or half a unit in the last place of a 16-bit type. */
    private static double gradientTolerance(DType dtype) {
        return switch (dtype) {
            case BF16 -> 0x1p-8;
            case F16 -> 0x1p-11;
            default -> 4e-6;
        };
    }

    static Stream<Arguments> grid() {
        // 1, 2, 3, 7: tails only; 8, 16: whole AVX2 and AVX-512 registers; 15, 17, 31, 33: one off; then many
        // registers,
        // and the vocabulary of Qwen2-VL.
        int[] vocabularies = {1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 1000, 32003, 151936};
        List<Arguments> grid = new ArrayList<>();
        for (int vocabulary : vocabularies) {
            for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
                int tokens = vocabulary > 10000 ? 2 : 5;
                grid.add(Arguments.of(3, tokens, vocabulary, dtype));
            }
        }
        grid.add(Arguments.of(1, 1, 33, DType.F32));
        grid.add(Arguments.of(0, 4, 33, DType.F32));
        grid.add(Arguments.of(4, 0, 33, DType.F32));
        return grid.stream();
    }

    @ParameterizedTest
    @MethodSource("grid")
    void logProbs(int batch, int tokens, int vocabulary, DType dtype) {
        Problem problem = Problem.random(vocabulary, batch, tokens, vocabulary, dtype);
        View gradLogProbs = View.copyOf(Problem.gaussians(new Random(1), batch * tokens, 1), batch, tokens);
        View gradEntropy = View.copyOf(Problem.gaussians(new Random(2), batch * tokens, 0.1), batch, tokens);
        float[][][] results = new float[2][][];
        for (Backend backend : HostBackends.ALL) {
            View logProbs = problem.perToken();
            View logSumExp = problem.perToken();
            View entropy = problem.perToken();
            View gradLogits = problem.perLogit();
            LogProbs call = problem.logProbs()
                    .temperature(0.7)
                    .temperatures(vocabulary % 2 == 0 ? null : problem.temperatures())
                    .backend(backend)
                    .logSumExp(logSumExp)
                    .entropy(entropy)
                    .gradEntropy(gradEntropy);
            call.forward(logProbs);
            call.backward(gradLogProbs, gradLogits);
            results[backend.ordinal()] = new float[][] {
                logProbs.toFloatArray(), logSumExp.toFloatArray(), entropy.toFloatArray(), gradLogits.toFloatArray()
            };
        }
        float[][] reference = results[Backend.REFERENCE.ordinal()];
        float[][] cpu = results[Backend.CPU.ordinal()];
        for (int output = 0; output < 3; output++) {
            assertThat(cpu[output])
                    .usingComparatorWithPrecision(LOG_PROB_TOLERANCE)
                    .containsExactly(reference[output]);
        }
        Deviation.of(cpu[3], reference[3]).assertAtMost(gradientTolerance(dtype));
    }

    @ParameterizedTest
    @MethodSource("grid")
    void fusedPolicyLoss(int batch, int tokens, int vocabulary, DType dtype) {
        Problem problem = Problem.random(vocabulary + 1, batch, tokens, vocabulary, dtype);
        PolicyLossOptions[] choices = {
            PolicyLossOptions.grpo().withKlCoefficient(0.04),
            PolicyLossOptions.dapo(),
            PolicyLossOptions.drGrpo(Math.max(1, batch), 16)
        };
        for (PolicyLossOptions options : choices) {
            View referenceGrad = problem.perLogit();
            View cpuGrad = problem.perLogit();
            View temperatures = vocabulary % 2 == 0 ? problem.temperatures() : null;
            PolicyMetrics reference = problem.fused()
                    .temperatures(temperatures)
                    .backend(Backend.REFERENCE)
                    .gradLogits(referenceGrad)
                    .compute(options);
            PolicyMetrics cpu = problem.fused()
                    .temperatures(temperatures)
                    .gradLogits(cpuGrad)
                    .compute(options);
            assertMetricsAgree(cpu, reference);
            Deviation.of(cpuGrad.toFloatArray(), referenceGrad.toFloatArray()).assertAtMost(gradientTolerance(dtype));
        }
    }

    @ParameterizedTest
    @MethodSource("grid")
    void policyLoss(int batch, int tokens, int vocabulary, DType dtype) {
        Problem problem = Problem.random(vocabulary + 2, batch, tokens, vocabulary, dtype);
        View logProbs = problem.perToken();
        problem.logProbs().forward(logProbs);
        View referenceGrad = problem.perToken();
        View cpuGrad = problem.perToken();
        PolicyLoss call = PolicyLoss.of(logProbs, problem.advantages)
                .mask(problem.mask)
                .oldLogProbs(problem.oldLogProbs)
                .refLogProbs(problem.refLogProbs);
        PolicyLossOptions options = PolicyLossOptions.grpo().withKlCoefficient(0.1);
        PolicyMetrics reference =
                call.backend(Backend.REFERENCE).gradLogProbs(referenceGrad).compute(options);
        PolicyMetrics cpu = call.backend(Backend.CPU).gradLogProbs(cpuGrad).compute(options);
        assertMetricsAgree(cpu, reference);
        Deviation.of(cpuGrad.toFloatArray(), referenceGrad.toFloatArray()).assertAtMost(4e-6);
    }

    /** Every baseline with every scale that goes with it. */
    static Stream<Arguments> estimators() {
        return Arrays.stream(GroupAdvantages.Baseline.values())
                .flatMap(baseline -> Arrays.stream(GroupAdvantages.Scale.values())
                        .filter(scale -> baseline != GroupAdvantages.Baseline.EACH_REWARD
                                || scale != GroupAdvantages.Scale.GROUP_STD && scale != GroupAdvantages.Scale.BATCH_STD)
                        .map(scale -> Arguments.of(baseline, scale)));
    }

    @ParameterizedTest
    @MethodSource("estimators")
    void groupAdvantages(GroupAdvantages.Baseline baseline, GroupAdvantages.Scale scale) {
        float[] rewards = Problem.gaussians(new Random(3), 7 * 8, 1);
        rewards[3] = Float.NaN;
        Arrays.fill(rewards, 16, 24, 0.5f);
        Arrays.fill(rewards, 24, 32, Float.NaN);
        long[] lengths = new Random(4).longs(7 * 8, 0, 300).toArray();
        for (GroupAdvantages.StdDivisor divisor : GroupAdvantages.StdDivisor.values()) {
            GroupAdvantages advantages = new GroupAdvantages(baseline, scale, divisor, 1e-4);
            Rewards input = Rewards.of(rewards).groupSize(8).lengths(lengths);
            GroupAdvantages.Result reference = advantages.compute(input, Backend.REFERENCE);
            GroupAdvantages.Result cpu = advantages.compute(input, Backend.CPU);
            Deviation.of(cpu.advantages(), reference.advantages()).assertAtMost(1e-6);
            assertThat(cpu.groupStd()).usingComparatorWithPrecision(1e-6f).containsExactly(reference.groupStd());
            assertThat(cpu.zeroSpreadFraction())
                    .isEqualTo(reference.zeroSpreadFraction())
                    .isEqualTo(2.0 / 7);
        }
    }

    private static void assertMetricsAgree(PolicyMetrics cpu, PolicyMetrics reference) {
        double[] actual = numbers(cpu);
        double[] expected = numbers(reference);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i])
                    .as("number " + i + " of " + cpu + " against " + reference)
                    .isCloseTo(expected[i], within(2e-5 * (1 + Math.abs(expected[i]))));
        }
        assertThat(cpu.tokenCount()).isEqualTo(reference.tokenCount());
    }

    private static double[] numbers(PolicyMetrics m) {
        return new double[] {
            m.loss(),
            m.policyLoss(),
            m.kl(),
            m.approxKl(),
            m.ratioMean(),
            m.ratioMax(),
            m.clipFractionLow(),
            m.clipFractionHigh(),
            m.clipFraction(),
            m.clipFractionLowMin(),
            m.clipFractionHighMax(),
            m.entropy()
        };
    }
}
