package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows without padding, (N, V), against the padded batch that they are the counting tokens of. */
class PackedRowsTest {

    private static final int B = 3;
    private static final int T = 5;
    private static final int V = 37;

    private final Problem padded = Problem.random(8, B, T, V, DType.F32);
    private final int[] tokens =
            IntStream.range(0, B * T).filter(n -> padded.maskValues[n] != 0).toArray();
    private final View logits = packed(padded.logits, V).reshape(tokens.length, V);
    private final View ids =
            View.copyOf(Arrays.stream(tokens).map(n -> padded.idValues[n]).toArray(), tokens.length);
    private final View advantages = View.copyOf(ownAdvantages(), tokens.length);

    /** The elements of counting tokens, so many for each. */
    private View packed(View array, int width) {
        float[] all = array.toFloatArray();
        FloatBuffer kept = FloatBuffer.allocate(tokens.length * width);
        for (int n : tokens) {
            kept.put(all, n * width, width);
        }
        return View.copyOf(kept.array(), tokens.length * width);
    }

    private float[] ownAdvantages() {
        float[] ofSequences = padded.advantages.toFloatArray();
        float[] own = new float[tokens.length];
        for (int i = 0; i < own.length; i++) {
            own[i] = ofSequences[tokens[i] / T];
        }
        return own;
    }

    static Stream<PolicyLossOptions> ofTokens() {
        PolicyLossOptions kl = PolicyLossOptions.dapo().withKlCoefficient(0.05);
        return Stream.of(
                kl,
                kl.withEntropyBonus(EntropyBonus.of(0.02)),
                kl.withTokenFilter(TokenFilter.none().withTopEntropyFraction(0.4)),
                PolicyLossOptions.drGrpo(B, 16),
                PolicyLossOptions.cispo()
                        .withSamplerCorrection(SamplerCorrection.truncate(SamplerCorrection.Level.TOKEN, 1.1)),
                PolicyLossOptions.sapo().withReduction(Reduction.TOKEN_MEAN),
                PolicyLossOptions.reinforce());
    }

    @ParameterizedTest
    @MethodSource("ofTokens")
    void fusedLossOfTokensIsThatOfThePaddedBatch(PolicyLossOptions options) {
        for (Backend backend : HostBackends.ALL) {
            View paddedGrad = padded.perLogit();
            View packedGrad = View.allocate(DType.F32, tokens.length, V);
            PolicyMetrics expected = padded.fused()
                    .samplingLogProbs(padded.refLogProbs)
                    .gradLogits(paddedGrad)
                    .backend(backend)
                    .compute(options);
            PolicyMetrics metrics = FusedPolicyLoss.of(logits, ids, advantages)
                    .oldLogProbs(packed(padded.oldLogProbs, 1))
                    .refLogProbs(packed(padded.refLogProbs, 1))
                    .samplingLogProbs(packed(padded.refLogProbs, 1))
                    .gradLogits(packedGrad)
                    .backend(backend)
                    .compute(options);
            assertSame(metrics, expected);
            assertThat(packedGrad.toFloatArray())
                    .isEqualTo(packed(paddedGrad, V).toFloatArray());
        }
    }

    @ParameterizedTest
    @MethodSource("ofTokens")
    void lossOfTokensIsThatOfThePaddedBatch(PolicyLossOptions options) {
        View logProbs = padded.perToken();
        View entropy = padded.perToken();
        padded.logProbs().entropy(entropy).forward(logProbs);
        for (Backend backend : HostBackends.ALL) {
            View paddedGrad = padded.perToken();
            View packedGrad = View.allocate(DType.F32, tokens.length);
            PolicyMetrics expected = PolicyLoss.of(logProbs, padded.advantages)
                    .mask(padded.mask)
                    .oldLogProbs(padded.oldLogProbs)
                    .refLogProbs(padded.refLogProbs)
                    .samplingLogProbs(padded.refLogProbs)
                    .entropy(entropy)
                    .gradLogProbs(paddedGrad)
                    .backend(backend)
                    .compute(options);
            PolicyMetrics metrics = PolicyLoss.of(packed(logProbs, 1), advantages)
                    .oldLogProbs(packed(padded.oldLogProbs, 1))
                    .refLogProbs(packed(padded.refLogProbs, 1))
                    .samplingLogProbs(packed(padded.refLogProbs, 1))
                    .entropy(packed(entropy, 1))
                    .gradLogProbs(packedGrad)
                    .backend(backend)
                    .compute(options);
            assertSame(metrics, expected);
            assertThat(packedGrad.toFloatArray())
                    .isEqualTo(packed(paddedGrad, 1).toFloatArray());
        }
    }

    private void assertSame(PolicyMetrics metrics, PolicyMetrics expected) {
        assertThat(metrics.loss()).isCloseTo(expected.loss(), within(1e-12));
        assertThat(metrics.policyLoss()).isCloseTo(expected.policyLoss(), within(1e-12));
        assertThat(metrics.kl()).isCloseTo(expected.kl(), within(1e-12));
        assertThat(metrics.clipFraction()).isCloseTo(expected.clipFraction(), within(1e-12));
        assertThat(metrics.ratioMax()).isEqualTo(expected.ratioMax());
        assertThat(metrics.tokenCount()).isEqualTo(tokens.length).isEqualTo(expected.tokenCount());
        assertThat(metrics.sequenceCount()).isOne();
    }

    static Stream<PolicyLossOptions> ofSequences() {
        return Stream.of(
                PolicyLossOptions.grpo().withKlCoefficient(0.05),
                PolicyLossOptions.gspo(),
                PolicyLossOptions.luspo(),
                PolicyLossOptions.gmpo(),
                PolicyLossOptions.vespo());
    }

    /** What the documentation offers in place of packed rows, where sequences matter. */
    @ParameterizedTest
    @MethodSource("ofSequences")
    void aCallForEachSequenceGivesTheBitsOfThePaddedBatch(PolicyLossOptions options) {
        PolicyLossOptions shared = options.withNormalizer(B);
        View paddedGrad = padded.perLogit();
        double expected = padded.fused().gradLogits(paddedGrad).compute(shared).loss();
        View packedGrad = View.allocate(DType.F32, tokens.length, V);
        double loss = 0;
        int begin = 0;
        for (int i = 0; i < B; i++) {
            int sequence = i;
            int length =
                    (int) Arrays.stream(tokens).filter(n -> n / T == sequence).count();
            loss += FusedPolicyLoss.of(
                            logits.narrow(0, begin, length).reshape(1, length, V),
                            ids.narrow(0, begin, length).reshape(1, length),
                            padded.advantages.narrow(0, i, 1))
                    .oldLogProbs(padded.oldLogProbs.narrow(0, i, 1).narrow(1, 0, length))
                    .refLogProbs(padded.refLogProbs.narrow(0, i, 1).narrow(1, 0, length))
                    .gradLogits(packedGrad.narrow(0, begin, length).reshape(1, length, V))
                    .compute(shared)
                    .loss();
            begin += length;
        }
        assertThat(loss).isCloseTo(expected, within(1e-12));
        assertThat(packedGrad.toFloatArray()).isEqualTo(packed(paddedGrad, V).toFloatArray());
    }

    @Property(tries = 20)
    void logProbsGiveTheBitsOfPaddedOnes(
            @ForAll long seed, @ForAll("logitTypes") DType dtype, @ForAll("hostBackends") Backend backend) {
        float[] values = Problem.gaussians(new Random(seed), 6 * 41, 3);
        View ids = View.copyOf(new Random(seed).ints(6, 0, 37).toArray(), 2, 3);
        View packedIds = View.copyOf(new Random(seed).ints(6, 0, 37).toArray(), 6);
        // Rows of 37 in memory of 41: a padded vocabulary.
        View logits = Problem.of(dtype, values, 2, 3, 41).narrow(2, 0, 37);
        View packed = Problem.of(dtype, values, 6, 41).narrow(1, 0, 37);
        View[] outputs = {View.allocate(DType.F32, 2, 3), View.allocate(DType.F32, 6)};
        View[] gradients = {View.allocate(dtype, 2, 3, 37), View.allocate(dtype, 6, 37)};
        LogProbs.of(logits, ids).backend(backend).temperature(0.8).forward(outputs[0]);
        LogProbs.of(packed, packedIds).backend(backend).temperature(0.8).forward(outputs[1]);
        assertThat(outputs[1].toFloatArray()).isEqualTo(outputs[0].toFloatArray());
        LogProbs.of(logits, ids).backend(backend).backward(outputs[0], gradients[0]);
        LogProbs.of(packed, packedIds).backend(backend).backward(outputs[1], gradients[1]);
        assertThat(gradients[1].toFloatArray()).isEqualTo(gradients[0].toFloatArray());
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    @Test
    void otherShapesAreRefused() {
        View logits = View.allocate(DType.F32, 2, 3, 5);
        View ids = View.allocate(DType.I64, 2, 3);
        View mask = View.allocate(DType.U8, 2, 3);
        View perToken = View.allocate(DType.F32, 2, 3);
        View advantages = View.allocate(DType.F32, 2);
        View rows = View.allocate(DType.F32, 6, 5);
        View rowIds = View.allocate(DType.I64, 6);
        View perRow = View.allocate(DType.F32, 6);
        LogProbs call = LogProbs.of(rows, rowIds);
        call.forward(perRow);
        refused("logProbs: F32 (2, 3); wanted F32 of shape (6)", () -> call.forward(perToken));
        refused("mask: U8 (2, 3); wanted U8 of shape (6)", () -> call.mask(mask));
        refused("temperatures: F32 (2, 3); wanted F32 of shape (6)", () -> call.temperatures(perToken));
        refused("gradLogits: F32 (2, 3, 5); wanted F32 of shape (6, 5)", () -> call.backward(perRow, logits));
        refused(
                "wanted the tokens contiguous",
                () -> LogProbs.of(rows.narrow(0, 0, 3), rowIds.narrow(0, 0, 3).withStrides(2)));
        refused("logits: vocabulary: 0", () -> LogProbs.of(View.allocate(DType.F32, 3, 0), rowIds.narrow(0, 0, 3)));
        refused("advantages: F32 (2); wanted F32 of shape (6)", () -> FusedPolicyLoss.of(rows, rowIds, advantages));
        refused("completionIds: I64 (2, 3); wanted", () -> FusedPolicyLoss.of(rows, ids, perRow));
        FusedPolicyLoss fused = FusedPolicyLoss.of(rows, rowIds, perRow);
        refused("mask: U8 (2, 3); wanted U8 of shape (6)", () -> fused.mask(mask));
        refused("oldLogProbs: F32 (2, 3); wanted F32 of shape (6)", () -> fused.oldLogProbs(perToken));
        refused("entropy: F32 (2, 3); wanted F32 of shape (6)", () -> fused.entropy(perToken));
        refused("gradLogits: F32 (2, 3, 5); wanted F32 of shape (6, 5)", () -> fused.gradLogits(logits));
        PolicyLoss loss = PolicyLoss.of(perRow, perRow);
        refused("mask: U8 (2, 3); wanted U8 of shape (6)", () -> loss.mask(mask));
        refused("gradLogProbs: F32 (2, 3); wanted F32 of shape (6)", () -> loss.gradLogProbs(perToken));
        refused("advantages: null; wanted F32 of shape (6)", () -> PolicyLoss.of(perRow, null));
    }

    @Test
    void whatAsksForSequencesIsRefused() {
        View perRow = View.allocate(DType.F32, 6);
        PolicyLoss loss = PolicyLoss.of(perRow, perRow).samplingLogProbs(perRow);
        FusedPolicyLoss fused = FusedPolicyLoss.of(View.allocate(DType.F32, 6, 5), View.allocate(DType.I64, 6), perRow)
                .samplingLogProbs(perRow);
        PolicyLossOptions tokens = PolicyLossOptions.defaults();
        Map<String, PolicyLossOptions> coupled = Map.of(
                "reduction SEQUENCE_MEAN", PolicyLossOptions.grpo(),
                "reduction SEQUENCE_SUM", tokens.withReduction(Reduction.SEQUENCE_SUM),
                "ratioLevel SEQUENCE", tokens.withRatioLevel(RatioLevel.SEQUENCE),
                "ratioLevel SEQUENCE_TOKEN", tokens.withRatioLevel(RatioLevel.SEQUENCE_TOKEN),
                "objective Vespo", PolicyLossOptions.vespo(),
                "objective Gmpo", PolicyLossOptions.gmpo().withReduction(Reduction.TOKEN_MEAN),
                "offPolicyThreshold 0.5",
                        tokens.withTokenFilter(TokenFilter.none().withOffPolicyThreshold(0.5)),
                "samplerCorrection of level SEQUENCE",
                        tokens.withSamplerCorrection(SamplerCorrection.truncate(SamplerCorrection.Level.SEQUENCE, 2)));
        coupled.forEach((name, options) -> {
            refused("options: " + name + " with packed rows", () -> loss.compute(options));
            refused("options: " + name + " with packed rows", () -> fused.compute(options));
        });
    }

    @Provide
    Arbitrary<Backend> hostBackends() {
        return Arbitraries.of(HostBackends.ALL);
    }

    @Provide
    Arbitrary<DType> logitTypes() {
        return Arbitraries.of(DType.F32, DType.BF16, DType.F16);
    }
}
