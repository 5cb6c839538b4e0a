package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every argument that can be wrong, refused by its name. */
class MisuseTest {

    private static final int B = 2;
    private static final int T = 3;
    private static final int V = 5;

    private final View logits = View.allocate(DType.F32, B, T, V);
    private final View ids = View.allocate(DType.I64, B, T);
    private final View mask = View.copyOf(new byte[] {1, 1, 1, 1, 1, 1}, B, T);
    private final View perToken = View.allocate(DType.F32, B, T);
    private final View otherPerToken = View.allocate(DType.F32, B, T);
    private final View advantages = View.copyOf(new float[] {1, -1}, B);

    private static void refused(String message, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }

    private LogProbs logProbs() {
        return LogProbs.of(logits, ids);
    }

    private FusedPolicyLoss fused() {
        return FusedPolicyLoss.of(logits, ids, advantages);
    }

    private PolicyLoss policyLoss() {
        return PolicyLoss.of(perToken, advantages);
    }

    @Test
    void logits() {
        refused("logits: null; wanted F32 or BF16 or F16 of shape (any, any, any)", () -> LogProbs.of(null, ids));
        refused("logits: I64 (2, 3)", () -> LogProbs.of(ids, ids));
        refused("tokenIds: I64 (2, 3); wanted I32 or I64 of shape (2)", () -> LogProbs.of(perToken, ids));
        refused("logits: F32 (2); wanted", () -> LogProbs.of(advantages, ids));
        refused("logits: F32 (2); wanted", () -> FusedPolicyLoss.of(advantages, ids, advantages));
        refused("logits: vocabulary: 0; wanted at least 1", () -> LogProbs.of(View.allocate(DType.F32, B, T, 0), ids));
        refused(
                "wanted the vocabulary contiguous",
                () -> LogProbs.of(View.allocate(DType.F32, B, T, V).withStrides(T * V, 1, T), ids));
        refused("logits: null", () -> FusedPolicyLoss.of(null, ids, advantages));
    }

    @Test
    void tokenIds() {
        refused("tokenIds: null", () -> LogProbs.of(logits, null));
        refused("tokenIds: F32 (2, 3); wanted I32 or I64 of shape (2, 3)", () -> LogProbs.of(logits, perToken));
        refused("tokenIds: I64 (2, 2)", () -> LogProbs.of(logits, ids.narrow(1, 0, 2)));
        refused("completionIds: null", () -> FusedPolicyLoss.of(logits, null, advantages));
        refused("wanted the tokens contiguous", () -> LogProbs.of(logits, ids.withStrides(1, 2)));
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void tokenIdsOutsideTheVocabulary(Backend backend) {
        for (int bad : new int[] {-1, V, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            View badIds = View.copyOf(new int[] {0, 1, 2, 3, bad, 4}, B, T);
            LogProbs call = LogProbs.of(logits, badIds).backend(backend);
            refused("token_ids", () -> call.forward(perToken));
            refused(String.valueOf(bad), () -> call.forward(perToken));
            refused("token_ids", () -> call.backward(otherPerToken, View.allocate(DType.F32, B, T, V)));
            refused(
                    "token_ids",
                    () -> FusedPolicyLoss.of(logits, badIds, advantages)
                            .backend(backend)
                            .gradLogits(logits)
                            .compute(PolicyLossOptions.grpo()));
            call.mask(View.copyOf(new byte[] {1, 1, 1, 1, 0, 1}, B, T)).forward(perToken);
        }
        View hugeIds = View.copyOf(new long[] {0, 1, 2, 3, 1L << 33, 4}, B, T);
        refused(
                "8589934592",
                () -> LogProbs.of(logits, hugeIds).backend(backend).forward(perToken));
    }

    @Test
    void aRefusedCallWritesNothing() {
        View untouched = View.copyOf(new float[] {7, 7, 7, 7, 7, 7}, B, T);
        View badIds = View.copyOf(new int[] {0, 1, 2, 3, 4, V}, B, T);
        for (Backend backend : HostBackends.ALL) {
            refused(
                    "token_ids",
                    () -> LogProbs.of(logits, badIds).backend(backend).forward(untouched));
            assertThat(untouched.toFloatArray()).containsOnly(7);
        }
    }

    @Test
    void mask() {
        refused("mask: F32 (2, 3); wanted U8 of shape (2, 3)", () -> logProbs().mask(perToken));
        refused("mask: U8 (2, 2) strides (3, 1)", () -> fused().mask(mask.narrow(1, 0, 2)));
        refused(
                "mask: U8 (2, 3) strides (1, 2); wanted a contiguous view",
                () -> policyLoss().mask(mask.withStrides(1, 2)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-300, 1e300})
    void temperature(double temperature) {
        refused("temperature: " + temperature, () -> logProbs().temperature(temperature));
        refused("temperature: " + temperature, () -> fused().temperature(temperature));
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void temperatures(Backend backend) {
        refused(
                "temperatures: F32 (2); wanted F32 of shape (2, 3)",
                () -> logProbs().temperatures(advantages));
        refused("temperatures: I64 (2, 3)", () -> fused().temperatures(ids));
        refused("wanted a contiguous view", () -> fused().temperatures(perToken.withStrides(1, 2)));
        for (float bad : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            View temperatures = View.copyOf(new float[] {1, 1, 1, 1, bad, 1}, B, T);
            LogProbs call = logProbs().backend(backend).temperatures(temperatures);
            refused("temperatures[1, 1] is ", () -> call.forward(perToken));
            refused("temperatures[1, 1] is ", () -> call.backward(perToken, logits));
            refused(
                    "rows.temperatures[1, 1] is ",
                    () -> fused().backend(backend).temperatures(temperatures).compute(PolicyLossOptions.dapo()));
            call.mask(View.copyOf(new byte[] {1, 1, 1, 1, 0, 1}, B, T)).forward(perToken);
        }
        logProbs().temperatures(perToken).temperatures(null).forward(otherPerToken);
    }

    @Test
    void threadsAndBackend() {
        refused("threads: -1; wanted 0 (the default) to 1024", () -> logProbs().threads(-1));
        refused("threads: 1025", () -> fused().threads(1025));
        refused("threads: -3", () -> policyLoss().threads(-3));
    }

    /** Memory that no device has: refused before anyone looks at it, with a device and without. */
    @Test
    void devices() {
        CudaStream stream = CudaStream.ofDefault(0);
        refused("device: -1; wanted at least 0", () -> CudaStream.ofDefault(-1));
        refused("stream: null", () -> View.ofDevice(new BytePointer(8), DType.F32, null, 2));
        View onDevice = View.ofDevice(new BytePointer(B * T * 4L), DType.F32, stream, B, T);
        assertThat(onDevice).hasToString("F32 (2, 3) on cuda:0");
        assertThat(onDevice.narrow(0, 0, 1).stream()).contains(stream);
        refused(
                "logProbs: F32 (2, 3) on cuda:0 in memory of cuda:0; wanted that of the processor, as of logits",
                () -> logProbs().forward(onDevice));
        refused(
                "gradLogProbs: F32 (2, 3) on cuda:0 in memory of cuda:0; wanted that of the processor",
                () -> policyLoss().gradLogProbs(onDevice).compute(PolicyLossOptions.grpo()));
        if (!Kernels.cuda().available()) {
            for (ThrowingCallable call : new ThrowingCallable[] {
                () -> logProbs().backend(Backend.CUDA).forward(perToken),
                () -> PolicyLoss.of(onDevice, View.ofDevice(new BytePointer(8), DType.F32, stream, B))
                        .compute(PolicyLossOptions.grpo()),
                onDevice::toFloatArray
            }) {
                assertThatExceptionOfType(UnsupportedOperationException.class)
                        .isThrownBy(call)
                        .withMessage("CUDA is unavailable: " + Kernels.cuda().reason());
            }
        } else {
            refused(
                    "backend: CUDA; wanted REFERENCE or CPU",
                    () -> logProbs().backend(Backend.CUDA).forward(perToken));
            refused(
                    "backend: CPU; wanted CUDA",
                    () -> PolicyLoss.of(onDevice, onDevice.narrow(1, 0, 1).reshape(B))
                            .backend(Backend.CPU)
                            .compute(PolicyLossOptions.grpo()));
        }
    }

    @Test
    void outputs() {
        refused("logProbs: null; wanted F32 of shape (2, 3)", () -> logProbs().forward(null));
        refused("logProbs: F32 (2)", () -> logProbs().forward(advantages));
        refused("entropy: I64 (2, 3)", () -> logProbs().entropy(ids));
        refused("logSumExp: F32 (2, 2)", () -> fused().logSumExp(perToken.narrow(1, 0, 2)));
        refused("logProbs: F32 (2)", () -> fused().logProbs(advantages));
        refused("entropy: F32 (2)", () -> fused().entropy(advantages));
        refused("gradLogProbs: F32 (2)", () -> policyLoss().gradLogProbs(advantages));
        refused("gradLogits: F32 (2, 3); wanted F32 of shape (2, 3, 5)", () -> fused().gradLogits(perToken));
        refused(
                "gradLogits: BF16 (2, 3, 5); wanted F32 of shape (2, 3, 5)",
                () -> logProbs().backward(perToken, View.allocate(DType.BF16, B, T, V)));
        refused("gradLogProbs: null", () -> logProbs().backward(null, logits));
        refused("gradEntropy: F32 (2)", () -> logProbs().gradEntropy(advantages));
    }

    @Test
    void readOnlyOutputs() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(B * T * V * Float.BYTES).order(ByteOrder.nativeOrder());
        ByteBuffer readOnly = bytes.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
        View input = View.of(readOnly.asFloatBuffer(), B, T, V);
        LogProbs.of(input, ids).forward(perToken);
        refused("gradLogits: F32 (2, 3, 5); wanted memory that may be written", () -> fused().gradLogits(input));
        refused("logProbs: F32 (2, 3)", () -> logProbs().forward(View.of(readOnly.asFloatBuffer(), B, T)));
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void overlaps(Backend backend) {
        FloatBuffer memory = ByteBuffer.allocateDirect(B * T * V * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        LogProbs call = LogProbs.of(View.of(memory, B, T, V), ids).backend(backend);
        refused("log_probs", () -> call.forward(View.of(memory, B, T)));
        refused("overlap", () -> call.forward(View.of(memory, B, T)));
        refused("overlap", () -> call.entropy(perToken).forward(perToken));
        refused(
                "overlap",
                () -> policyLoss().backend(backend).gradLogProbs(perToken).compute(PolicyLossOptions.grpo()));
        FloatBuffer shifted = ByteBuffer.allocateDirect((B * T * V + 1) * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        View first = View.of(shifted, B, T, V);
        View second = View.of(shifted.position(1), B, T, V);
        refused("overlap", () -> LogProbs.of(first, ids).backend(backend).backward(perToken, second));
    }

    @Test
    void policyTerms() {
        refused("logProbs: null; wanted F32 of shape (any, any)", () -> PolicyLoss.of(null, advantages));
        refused("advantages: null", () -> PolicyLoss.of(perToken, null));
        refused(
                "advantages: F32 (2, 3, 4); wanted F32 of shape (2)",
                () -> PolicyLoss.of(perToken, View.allocate(DType.F32, B, T, 4)));
        refused(
                "advantages: F32 (2, 1); wanted F32 of shape (2, 3)",
                () -> PolicyLoss.of(perToken, View.allocate(DType.F32, B, 1)));
        refused("samplingLogProbs: F32 (2)", () -> fused().samplingLogProbs(advantages));
        refused("entropy: F32 (2)", () -> policyLoss().entropy(advantages));
        PolicyLossOptions corrected = PolicyLossOptions.grpo()
                .withSamplerCorrection(SamplerCorrection.truncate(SamplerCorrection.Level.SEQUENCE, 3));
        refused(
                "samplingLogProbs: not set; wanted because samplerCorrection is TRUNCATE",
                () -> fused().compute(corrected));
        refused("samplingLogProbs: not set", () -> policyLoss().compute(corrected));
        PolicyLossOptions filtered =
                PolicyLossOptions.grpo().withTokenFilter(TokenFilter.none().withTopEntropyFraction(0.2));
        refused("entropy: not set", () -> policyLoss().compute(filtered));
        refused(
                "entropy: not set",
                () -> policyLoss().compute(PolicyLossOptions.grpo().withEntropyBonus(EntropyBonus.of(0.01))));
        refused("advantages: null", () -> FusedPolicyLoss.of(logits, ids, null));
        refused("oldLogProbs: F32 (2)", () -> fused().oldLogProbs(advantages));
        refused("refLogProbs: F32 (2)", () -> policyLoss().refLogProbs(advantages));
        refused("options: null", () -> fused().compute(null));
        refused("options: null", () -> policyLoss().compute(null));
        PolicyLossOptions withKl = PolicyLossOptions.grpo().withKlCoefficient(0.04);
        refused("refLogProbs: not set; wanted because klCoefficient is 0.04", () -> fused().compute(withKl));
        refused("refLogProbs: not set", () -> policyLoss().compute(withKl));
    }

    @Test
    void options() {
        PolicyLossOptions options = PolicyLossOptions.defaults();
        refused("epsilonLow: 1.5; wanted 0.0 to 1.0", () -> new PolicyObjective.Clip(1.5, 0.2));
        refused("epsilonLow: NaN", () -> new PolicyObjective.Clip(Double.NaN, 0.2));
        refused("epsilonHigh: -0.1; wanted a finite number >= 0.0", () -> new PolicyObjective.Clip(0.2, -0.1));
        PolicyObjective.Clip clip = new PolicyObjective.Clip(0.2, 0.25);
        refused("ratioCap: 1.25; wanted a finite number > 1.25", () -> clip.withRatioCap(1.25));
        refused("dualClip: 1.0; wanted a finite number > 1.0", () -> clip.withDualClip(1));
        refused("lowest: -1.0; wanted 0.0 to 1.0", () -> new PolicyObjective.Cispo(-1, 5));
        refused("highest: 0.5; wanted a finite number >= 1.0", () -> new PolicyObjective.Cispo(0, 0.5));
        refused("temperaturePositive: 0.0", () -> new PolicyObjective.Sapo(0, 1));
        refused("temperatureNegative: NaN", () -> new PolicyObjective.Sapo(1, Double.NaN));
        refused("kPositive: -1.0", () -> new PolicyObjective.Vespo(-1, 3, 3, 2));
        refused("lambdaPositive: 0.0", () -> new PolicyObjective.Vespo(2, 0, 3, 2));
        refused("kNegative: Infinity", () -> new PolicyObjective.Vespo(2, 3, Double.POSITIVE_INFINITY, 2));
        refused("lambdaNegative: -2.0", () -> new PolicyObjective.Vespo(2, 3, 3, -2));
        refused("epsilonLow: 2.0", () -> new PolicyObjective.Gmpo(2, 0.4));
        refused(
                "ratioLevel: SEQUENCE with Gmpo; wanted TOKEN",
                () -> PolicyLossOptions.gmpo().withRatioLevel(RatioLevel.SEQUENCE));
        refused("logRatioClamp: -20.0", () -> options.withLogRatioClamp(-20));
        refused("clamp: NaN", () -> KlPenalty.k3(0.1).withClamps(20, Double.NaN));
        refused("max: 0.0", () -> SamplerCorrection.truncate(SamplerCorrection.Level.TOKEN, 0));
        refused("min: 3.0; wanted 0.0 to 2.0", () -> SamplerCorrection.mask(SamplerCorrection.Level.TOKEN, 3, 2));
        refused("offPolicyThreshold: -1.0", () -> TokenFilter.none().withOffPolicyThreshold(-1));
        refused(
                "topEntropyFraction: 1.5; wanted 0.0 to 1.0",
                () -> TokenFilter.none().withTopEntropyFraction(1.5));
        refused("entropyThreshold: 1.0 with a topEntropyFraction", () -> new TokenFilter(0, 0.2, 1));
        refused("entropyCoefficient: -0.1", () -> EntropyBonus.of(-0.1));
        refused("entropyNormalizer: -1.0", () -> new EntropyBonus(0.1, EntropyBonus.Mean.TOKENS, -1));
        refused("klCoefficient: Infinity", () -> options.withKlCoefficient(Double.POSITIVE_INFINITY));
        refused("normalizer: -1.0", () -> options.withNormalizer(-1));
        refused("normalizer: 0 with FIXED_LENGTH", () -> options.withReduction(Reduction.FIXED_LENGTH));
        refused("maxCompletionLength: 0; wanted at least 1", () -> PolicyLossOptions.drGrpo(4, 0));
        refused("sequences: 0", () -> PolicyLossOptions.drGrpo(0, 4));
        assertThatNullPointerException()
                .isThrownBy(() -> options.withReduction(null))
                .withMessage("reduction");
    }

    @Test
    void groupAdvantages() {
        GroupAdvantages grpo = GroupAdvantages.grpo();
        refused("groupSize: 0; wanted at least 1", () -> grpo.compute(new float[4], 0));
        refused("groupSize: -1", () -> grpo.compute(new float[4], -1));
        refused("rewards: 5 of them; wanted a multiple of groupSize 2", () -> grpo.compute(new float[5], 2));
        refused("rewards: null", () -> grpo.compute(null, 2));
        refused("epsilon: -1.0", () -> grpo.withEpsilon(-1));
        refused("rewards", () -> grpo.compute(new float[] {1, Float.POSITIVE_INFINITY}, 2));
        View rewards = View.allocate(DType.F32, 2, 4);
        refused("rewards: F32 (2)", () -> grpo.compute(advantages, rewards, Backend.CPU));
        refused("advantages: F32 (2)", () -> grpo.compute(rewards, advantages, Backend.CPU));
        refused("overlap", () -> grpo.compute(rewards, rewards, Backend.CPU));
        refused("rewards: group size: 0", () -> grpo.compute(View.allocate(DType.F32, 2, 0), rewards, Backend.CPU));
        refused("rewards: null", () -> grpo.compute((Rewards) null));
        refused(
                "scale: GROUP_STD with baseline EACH_REWARD; wanted NONE",
                () -> grpo.withBaseline(GroupAdvantages.Baseline.EACH_REWARD));
        refused(
                "scale: BATCH_STD with baseline EACH_REWARD",
                () -> GroupAdvantages.gdpo().withScale(GroupAdvantages.Scale.BATCH_STD));
        assertThatNullPointerException().isThrownBy(() -> grpo.withScale(null)).withMessage("scale");
        assertThatNullPointerException()
                .isThrownBy(() -> grpo.withBaseline(null))
                .withMessage("baseline");
        assertThatNullPointerException()
                .isThrownBy(() -> grpo.withStdDivisor(null))
                .withMessage("stdDivisor");
    }

    @Test
    void rewards() {
        GroupAdvantages grpo = GroupAdvantages.grpo();
        Rewards four = Rewards.of(new float[4]);
        refused("rewards: neither groupSize nor groupIds set", () -> grpo.compute(four));
        refused("rewards: null", () -> Rewards.of((float[]) null));
        refused("rewards: null; wanted F32 of shape (any)", () -> Rewards.of((View) null));
        refused("rewards: I64 (2, 3)", () -> Rewards.of(ids));
        refused("rewards: F32 (2); wanted F32 of shape (any, any)", () -> Rewards.perFunction(advantages));
        refused("rewards: F32 (2)", () -> Rewards.perCompletion(advantages));
        refused("rewards: reward functions: 0", () -> Rewards.perFunction(View.allocate(DType.F32, 0, 4)));
        refused("weights: [1.0]; wanted one for each of 2", () -> Rewards.perFunction(perToken, 1));
        refused("weights: [1.0, 2.0]; wanted one for each of 3", () -> Rewards.perCompletion(perToken, 1, 2));
        refused("weights: null", () -> Rewards.perFunction(perToken, (double[]) null));
        refused("weights[1]: NaN", () -> Rewards.perFunction(perToken, 1, Double.NaN));
        refused("weights[0]: 1.0E39", () -> Rewards.perFunction(perToken, 1e39, 1));
        refused("wanted strides that keep elements apart", () -> Rewards.of(advantages.withStrides(0)));
        refused("wanted strides that keep elements apart", () -> Rewards.perFunction(perToken.withStrides(0, 1)));
        refused("rewards: 4 of them; wanted a multiple of groupSize 3", () -> four.groupSize(3));
        refused("groupSize: 0", () -> four.groupSize(0));
        refused("groupIds: 3 of them; wanted one for each of 4 rewards", () -> four.groupIds(1, 2, 3));
        refused("groupIds: null", () -> four.groupIds((View) null));
        refused("groupIds: F32 (2); wanted I64 of shape (4)", () -> four.groupIds(advantages));
        refused("lengths: null", () -> four.lengths((long[]) null));
        refused("lengths: I64 (2, 3)", () -> four.lengths(ids));
        Rewards grouped = Rewards.of(new float[4]).groupSize(2);
        refused(
                "lengths: not set; wanted because of LENGTH_WEIGHTED",
                () -> GroupAdvantages.opo().compute(grouped));
        refused(
                "lengths: not set; wanted because of TOKEN_WHITENING",
                () -> GroupAdvantages.reinforcePlusPlus().compute(grouped));
        refused("advantages: F32 (2); wanted F32 of shape (4)", () -> grpo.compute(grouped, advantages, Backend.CPU));
        for (Backend backend : HostBackends.ALL) {
            refused(
                    "lengths[2] is -1",
                    () -> GroupAdvantages.opo()
                            .compute(Rewards.of(new float[4]).groupSize(2).lengths(0, 1, -1, 5), backend));
            refused(
                    "rewards[1, 0] is inf",
                    () -> grpo.compute(
                            Rewards.of(new float[] {1, 2, Float.POSITIVE_INFINITY, 4})
                                    .groupSize(2),
                            backend));
        }
    }
}
