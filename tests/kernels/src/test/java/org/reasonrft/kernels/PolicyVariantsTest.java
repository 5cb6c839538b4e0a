package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every published loss and every other option, through Java: that each reaches the field of the kernel it is meant for. */
class PolicyVariantsTest {

    private static final double UP = Math.exp(0.5);
    private static final double DOWN = Math.exp(-0.25);

    static Stream<Arguments> methods() {
        PolicyLossOptions grpo = PolicyLossOptions.grpo();
        return Stream.of(
                Arguments.of("defaults", PolicyLossOptions.defaults()),
                Arguments.of("grpo", grpo),
                Arguments.of("dapo", PolicyLossOptions.dapo()),
                Arguments.of("drGrpo", PolicyLossOptions.drGrpo(3, 12)),
                Arguments.of("gspo", PolicyLossOptions.gspo()),
                Arguments.of("gspo-token", PolicyLossOptions.gspo().withRatioLevel(RatioLevel.SEQUENCE_TOKEN)),
                Arguments.of("cispo", PolicyLossOptions.cispo()),
                Arguments.of("sapo", PolicyLossOptions.sapo()),
                Arguments.of("gmpo", PolicyLossOptions.gmpo()),
                Arguments.of("vespo", PolicyLossOptions.vespo()),
                Arguments.of("luspo", PolicyLossOptions.luspo()),
                Arguments.of("reinforce", PolicyLossOptions.reinforce()),
                Arguments.of("off-policy filter", grpo.withTokenFilter(new TokenFilter(0.02, 0, 0))),
                Arguments.of("top entropies", grpo.withTokenFilter(new TokenFilter(0, 0.4, 0))),
                Arguments.of(
                        "sampler's sequences",
                        grpo.withSamplerCorrection(SamplerCorrection.truncate(SamplerCorrection.Level.SEQUENCE, 3))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("methods")
    void fusedAndInStepsOnBothBackends(String name, PolicyLossOptions method) {
        PolicyLossOptions options = method.withKlCoefficient(0.04).withEntropyBonus(EntropyBonus.of(0.01));
        for (boolean perToken : new boolean[] {false, true}) {
            Problem problem = Problem.random(17, 4, 6, 53, DType.F32);
            View advantages =
                    perToken ? View.copyOf(Problem.gaussians(new Random(5), 24, 1), 4, 6) : problem.advantages;
            float[] sampling = problem.oldLogProbs.toFloatArray();
            for (int i = 0; i < sampling.length; i++) {
                sampling[i] += 0.1f * (float) Math.sin(i);
            }
            View samplingLogProbs = View.copyOf(sampling, 4, 6);
            float[][] gradients = new float[2][];
            PolicyMetrics[] all = new PolicyMetrics[2];
            for (Backend backend : HostBackends.ALL) {
                View fusedGrad = problem.perLogit();
                PolicyMetrics fused = FusedPolicyLoss.of(problem.logits, problem.ids, advantages)
                        .mask(problem.mask)
                        .oldLogProbs(problem.oldLogProbs)
                        .refLogProbs(problem.refLogProbs)
                        .samplingLogProbs(samplingLogProbs)
                        .gradLogits(fusedGrad)
                        .backend(backend)
                        .compute(options);
                View logProbs = problem.perToken();
                View entropy = problem.perToken();
                View gradLogProbs = problem.perToken();
                View gradEntropy = problem.perToken();
                View gradLogits = problem.perLogit();
                problem.logProbs().backend(backend).entropy(entropy).forward(logProbs);
                PolicyMetrics steps = PolicyLoss.of(logProbs, advantages)
                        .mask(problem.mask)
                        .oldLogProbs(problem.oldLogProbs)
                        .refLogProbs(problem.refLogProbs)
                        .samplingLogProbs(samplingLogProbs)
                        .entropy(entropy)
                        .gradLogProbs(gradLogProbs)
                        .gradEntropy(gradEntropy)
                        .backend(backend)
                        .compute(options);
                problem.logProbs().backend(backend).gradEntropy(gradEntropy).backward(gradLogProbs, gradLogits);
                assertThat(steps).isEqualTo(fused);
                Deviation.of(fusedGrad.toFloatArray(), gradLogits.toFloatArray())
                        .assertAtMost(1e-6);
                gradients[backend.ordinal()] = fusedGrad.toFloatArray();
                all[backend.ordinal()] = fused;
            }
            Deviation.of(gradients[0], gradients[1]).assertAtMost(1e-5);
            assertThat(all[0].loss()).isCloseTo(all[1].loss(), within(1e-5 * (1 + Math.abs(all[1].loss()))));
            assertThat(all[0].entropyLoss()).isNegative();
            assertThat(all[0].sampling().logRatioMax()).isBetween(0.05, 0.11);
        }
    }

    /** Two tokens with log-ratios 0.5 and -0.25, so that each number below has one formula. */
    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void eachOptionDoesWhatItSays(Backend backend) {
        PolicyLossOptions mean = PolicyLossOptions.grpo();
        PolicyObjective.Clip clip = new PolicyObjective.Clip(0.2, 0.28);
        assertLoss(backend, mean.withObjective(clip), 2, -(1.28 + DOWN));
        assertLoss(backend, mean.withObjective(clip.withDualClip(1.5)), -1, (1.5 + 0.8) / 2);
        assertLoss(backend, mean.withObjective(clip.withRatioCap(1.6)), -1, (1.6 + 0.8) / 2);
        assertLoss(
                backend,
                mean.withObjective(new PolicyObjective.Clip(1, 9)).withLogRatioClamp(0.4),
                2,
                -(Math.exp(0.4) + DOWN));
        assertLoss(backend, mean.withObjective(new PolicyObjective.Cispo(0, 1.3)), 2, 1.3 + 2 * DOWN);
        assertLoss(backend, mean.withObjective(new PolicyObjective.Cispo(0.9, 5)), 2, UP + 2 * 0.9);
        assertLoss(backend, mean.withObjective(new PolicyObjective.Gmpo(0.2, 0.4)), 2, -2 * Math.exp((0.4 - 0.25) / 2));
        assertLoss(backend, mean.withObjective(new PolicyObjective.Gmpo(0.2, 0.4)), -1, Math.exp((0.5 - 0.2) / 2));
        assertLoss(backend, mean.withObjective(new PolicyObjective.Sapo(1, 2)), 2, -2 * (gate(UP, 1) + gate(DOWN, 1)));
        assertLoss(backend, mean.withObjective(new PolicyObjective.Sapo(1, 2)), -1, gate(UP, 2) + gate(DOWN, 2));
        double w = Math.exp(0.25);
        PolicyObjective vespo = new PolicyObjective.Vespo(2, 3, 4, 1);
        assertLoss(backend, mean.withObjective(vespo), 2, 3 * Math.exp(3 + 2 * 0.25 - 3 * w));
        assertLoss(backend, mean.withObjective(vespo), -1, -1.5 * Math.exp(1 + 4 * 0.25 - w));
        assertLoss(backend, PolicyLossOptions.gspo().withObjective(clip), 2, -2 * Math.exp(0.125));
        assertLoss(backend, PolicyLossOptions.luspo().withObjective(clip), 2, -4 * Math.exp(0.125));

        PolicyLossOptions plain = PolicyLossOptions.reinforce();
        assertLoss(backend, plain, 2, 3);
        KlPenalty kl = KlPenalty.k3(0.5);
        double k3 = (Math.exp(-0.5) - 0.5 + Math.exp(-0.25) - 0.75) / 2;
        assertLoss(backend, plain.withKl(kl), 2, 3 + 0.5 * k3);
        assertLoss(backend, plain.withKl(kl.withEstimator(KlEstimator.K1)), 2, 3 + 0.5 * 0.375);
        assertLoss(backend, plain.withKl(kl.withEstimator(KlEstimator.K2)), 2, 3 + 0.5 * 0.078125);
        KlPenalty absolute = kl.withEstimator(KlEstimator.ABSOLUTE);
        assertLoss(backend, plain.withKl(absolute.withClamps(0.3, 0)), 2, 3 + 0.5 * 0.275);
        assertLoss(backend, plain.withKl(absolute.withClamps(0, 0.2)), 2, 3 + 0.5 * 0.2);
        assertLoss(
                backend,
                plain.withKl(absolute.withImportanceCorrected(true)),
                2,
                3 + 0.5 * (0.5 * UP + 0.25 * DOWN) / 2);

        assertSampler(
                backend, SamplerCorrection.truncate(SamplerCorrection.Level.TOKEN, 1.5), (1.5 * 2 + DOWN * 4) / 2);
        assertSampler(backend, SamplerCorrection.mask(SamplerCorrection.Level.TOKEN, 0.5, 1.5), DOWN * 2);
        assertSampler(backend, SamplerCorrection.mask(SamplerCorrection.Level.TOKEN, 0.9, 2), UP);
        assertSampler(backend, SamplerCorrection.truncate(SamplerCorrection.Level.SEQUENCE, 2), 3 * Math.exp(0.25));
        assertSampler(
                backend, SamplerCorrection.truncate(SamplerCorrection.Level.SEQUENCE_MEAN, 2), 3 * Math.exp(0.125));

        assertLoss(backend, plain.withTokenFilter(TokenFilter.none().withOffPolicyThreshold(0.1)), -1, -1.5);
        assertLoss(backend, plain.withTokenFilter(TokenFilter.none().withEntropyThreshold(1)), 2, 2);
        assertLoss(backend, plain.withTokenFilter(TokenFilter.none().withTopEntropyFraction(0.5)), 2, 2);
        assertLoss(backend, plain.withEntropyBonus(EntropyBonus.of(0.1)), 2, 2.9);
        EntropyBonus halved = new EntropyBonus(0.1, EntropyBonus.Mean.TOKENS, 4);
        assertLoss(backend, plain.withEntropyBonus(halved), 2, 2.95);
        EntropyBonus summed = new EntropyBonus(0.1, EntropyBonus.Mean.AS_LOSS, 0);
        assertLoss(backend, plain.withReduction(Reduction.SEQUENCE_SUM).withEntropyBonus(summed), 2, 5.8);
    }

    /** Half of SAPO's gate: two of them add up to the mean over two tokens. */
    private static double gate(double ratio, double tau) {
        return 2 / tau / (1 + Math.exp(-tau * (ratio - 1)));
    }

    private static void assertSampler(Backend backend, SamplerCorrection correction, double expected) {
        assertLoss(backend, PolicyLossOptions.reinforce().withSamplerCorrection(correction), 2, expected);
    }

    private static void assertLoss(Backend backend, PolicyLossOptions options, double advantage, double expected) {
        PolicyMetrics metrics = PolicyLoss.of(row(-1, -2), View.copyOf(new float[] {(float) advantage}, 1))
                .oldLogProbs(row(-1.5, -1.75))
                .refLogProbs(row(-1.5, -2.25))
                .samplingLogProbs(row(-2, -1.5))
                .entropy(row(0.5, 1.5))
                .backend(backend)
                .compute(options);
        assertThat(metrics.loss()).as(options.toString()).isCloseTo(expected, within(1e-6));
    }

    private static View row(double first, double second) {
        return View.copyOf(new float[] {(float) first, (float) second}, 1, 2);
    }
}
