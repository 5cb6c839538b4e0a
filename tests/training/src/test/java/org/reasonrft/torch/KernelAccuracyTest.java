package org.reasonrft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.kernels.LogProbs;
import org.reasonrft.kernels.PolicyLoss;
import org.reasonrft.kernels.PolicyLossOptions;

/**
 * The kernels' error is at most that of libtorch in float32. Both are measured against the same formulas by libtorch in
 * float64 on the same inputs: 16-bit logits are widened first, so that what counts is the log-probs of exactly those logits.
 *
 * <p>Largest and mean error count. Where a result is as good as correctly rounded, which of two is the better one is luck:
 * a quarter beyond the error of the exact number rounded to the type of the result is always let pass.
 */
class KernelAccuracyTest {

    private static final double BEYOND_ROUNDING = 1.25;
    private static final double[] TEMPERATURES = {0.6, 1, 1.3};

    /** What rows of logits look like. */
    private enum Logits {
        /** Standard deviation 1: an untrained head, entropy near its maximum. */
        FLAT,
        /** Standard deviation 3: as language models have them. */
        USUAL,
        /** Standard deviation 30: a few tokens have all the probability. */
        STEEP,
        /** One token far above the others, in half of the rows the one that is asked for: 1 - p cancels. */
        DOMINANT,
        /** Around +-1e4, where neighbouring float32 numbers are 1e-3 apart. */
        HUGE;

        Tensor rows(long rows, long vocabulary, Tensor ids) {
            Tensor noise = torch.randn(rows, vocabulary);
            return switch (this) {
                case FLAT -> noise;
                case USUAL -> noise.mul(new Scalar(3.0));
                case STEEP -> noise.mul(new Scalar(30.0));
                case DOMINANT -> {
                    Tensor tokens = randomIds(rows, vocabulary);
                    tokens.narrow(0, 0, rows / 2).copy_(ids.narrow(0, 0, rows / 2));
                    yield noise.mul(new Scalar(3.0)).scatter_(1, tokens.unsqueeze(1), new Scalar(24.0));
                }
                case HUGE ->
                    noise.mul(new Scalar(3.0))
                            .add(torch.randn(rows, vocabulary).sign().mul(new Scalar(1e4)));
            };
        }
    }

    /** Results of rows of logits: what {@link LogProbs} gives. */
    private record RowResults(Tensor logProbs, Tensor entropy, Tensor logSumExp, Tensor gradLogits) {

        /** By libtorch operations in a type, as trainers compose them, and autograd. */
        static RowResults composed(ScalarType type, RowInputs in) {
            Tensor leaf = in.logits.toType(type).detach().clone().set_requires_grad(true);
            Tensor scaled = leaf.div(new Scalar(in.temperature));
            Tensor all = torch.log_softmax(scaled, -1);
            Tensor logProbs = torch.gather(all, -1, in.ids.unsqueeze(-1)).squeeze(-1);
            Tensor entropy = all.exp().mul(all).sum(new long[] {-1}).neg();
            Tensor logSumExp = torch.logsumexp(scaled, -1);
            logProbs.mul(in.gradLogProbs.toType(type))
                    .add(entropy.mul(in.gradEntropy.toType(type)))
                    .sum()
                    .backward();
            return new RowResults(logProbs.detach(), entropy.detach(), logSumExp.detach(), leaf.grad());
        }

        static RowResults ofKernel(RowInputs in) {
            long rows = in.ids.numel();
            RowResults out = new RowResults(
                    Torch.zeros(rows), Torch.zeros(rows), Torch.zeros(rows), torch.zeros_like(in.logits));
            LogProbs call = LogProbs.of(TensorViews.of(in.logits), TensorViews.of(in.ids))
                    .temperature(in.temperature)
                    .entropy(TensorViews.of(out.entropy))
                    .logSumExp(TensorViews.of(out.logSumExp))
                    .gradEntropy(TensorViews.of(in.gradEntropy));
            call.forward(TensorViews.of(out.logProbs));
            call.backward(TensorViews.of(in.gradLogProbs), TensorViews.of(out.gradLogits));
            return out;
        }
    }

    private record RowInputs(Tensor logits, Tensor ids, double temperature, Tensor gradLogProbs, Tensor gradEntropy) {

        static RowInputs random(Logits kind, ScalarType type, long rows, long vocabulary, double temperature) {
            Tensor ids = randomIds(rows, vocabulary);
            Tensor logits = kind.rows(rows, vocabulary, ids).toType(type);
            // Kernels and float32 operations take the temperature in float32; so does the truth.
            return new RowInputs(logits, ids, (float) temperature, torch.randn(rows), torch.randn(rows));
        }
    }

    @BeforeAll
    static void load() {
        Torch.load();
        Torch.seed(20);
    }

    static Stream<Arguments> rows() {
        List<Arguments> all = new ArrayList<>();
        for (ScalarType type : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16, ScalarType.Half}) {
            all.add(Arguments.of(type, 1000, 512));
            all.add(Arguments.of(type, 32003, 32));
            all.add(Arguments.of(type, 151936, 8));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} logits, vocabulary {1}")
    @MethodSource("rows")
    void logProbs(ScalarType type, long vocabulary, long rows) {
        for (Logits kind : Logits.values()) {
            for (double temperature : TEMPERATURES) {
                try (PointerScope scope = new PointerScope()) {
                    RowInputs in = RowInputs.random(kind, type, rows, vocabulary, temperature);
                    RowResults truth = RowResults.composed(ScalarType.Double, in);
                    RowResults peer = RowResults.composed(ScalarType.Float, in);
                    RowResults ours = RowResults.ofKernel(in);
                    String what = " of " + kind + " logits at temperature " + temperature;
                    assertAtMost("log-probs" + what, ours.logProbs, peer.logProbs, truth.logProbs);
                    assertAtMost("entropies" + what, ours.entropy, peer.entropy, truth.entropy);
                    assertAtMost("log-sum-exps" + what, ours.logSumExp, peer.logSumExp, truth.logSumExp);
                    assertAtMost("gradient" + what, ours.gradLogits, peer.gradLogits.toType(type), truth.gradLogits);
                }
            }
        }
    }

    /** Losses with the operations that trainers compose them of. */
    private enum Loss {
        CLIP_WITH_KL(PolicyLossOptions.dapo().withKlCoefficient(0.04)) {
            @Override
            Tensor tokens(Tensor logProbs, Tensor old, Tensor ref, Tensor advantages) {
                Tensor ratio = logProbs.sub(old).exp();
                Tensor distance = ref.sub(logProbs);
                Tensor kl = distance.exp().sub(distance).sub(new Scalar(1));
                return torch.minimum(
                                ratio.mul(advantages), clamp(ratio, 0.8, 1.28).mul(advantages))
                        .neg()
                        .add(kl.mul(new Scalar(0.04)));
            }
        },
        SEQUENCE_RATIO(PolicyLossOptions.gspo()) {
            @Override
            Tensor tokens(Tensor logProbs, Tensor old, Tensor ref, Tensor advantages) {
                Tensor ratio =
                        logProbs.sub(old).mean(new long[] {1}, true, null).exp();
                return torch.minimum(
                                ratio.mul(advantages),
                                clamp(ratio, 1 - 3e-4, 1 + 4e-4).mul(advantages))
                        .neg();
            }
        },
        CISPO(PolicyLossOptions.cispo()) {
            @Override
            Tensor tokens(Tensor logProbs, Tensor old, Tensor ref, Tensor advantages) {
                Tensor weight = clamp(logProbs.sub(old).exp(), 0, 5).detach();
                return weight.mul(advantages).mul(logProbs).neg();
            }
        };

        private final PolicyLossOptions options;

        Loss(PolicyLossOptions options) {
            this.options = options;
        }

        /** Losses of tokens (B, T), or of sequences (B, 1). */
        abstract Tensor tokens(Tensor logProbs, Tensor old, Tensor ref, Tensor advantages);

        static Tensor clamp(Tensor ratio, double low, double high) {
            return torch.clamp(ratio, new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void policyLoss(Loss loss) {
        for (double drift : new double[] {0.02, 0.3, 8}) { // standard deviation of log-ratios
            try (PointerScope scope = new PointerScope()) {
                // One number a call is luck: many calls.
                int calls = 24;
                Tensor[] losses = new Tensor[3];
                Tensor[] gradients = new Tensor[3];
                for (int way = 0; way < 3; way++) {
                    losses[way] = torch.zeros(new long[] {calls}, Torch.options(ScalarType.Double));
                    gradients[way] = torch.zeros(new long[] {calls, 6, 500}, Torch.options(ScalarType.Double));
                }
                for (int call = 0; call < calls; call++) {
                    Tensor logProbs = torch.randn(6, 500).abs().mul(new Scalar(-2.0));
                    Tensor old = logProbs.add(torch.randn(6, 500).mul(new Scalar(drift)));
                    Tensor ref = logProbs.add(torch.randn(6, 500).mul(new Scalar(drift)));
                    Tensor advantages = torch.randn(6);
                    Tensor gradient = Torch.zeros(6, 500);
                    double ours = PolicyLoss.of(TensorViews.of(logProbs), TensorViews.of(advantages))
                            .oldLogProbs(TensorViews.of(old))
                            .refLogProbs(TensorViews.of(ref))
                            .gradLogProbs(TensorViews.of(gradient))
                            .compute(loss.options)
                            .loss();
                    losses[0].select(0, call).fill_(new Scalar(ours));
                    gradients[0].select(0, call).copy_(gradient);
                    ScalarType[] types = {null, ScalarType.Float, ScalarType.Double};
                    for (int way = 1; way < 3; way++) {
                        Tensor leaf =
                                logProbs.toType(types[way]).detach().clone().set_requires_grad(true);
                        Tensor composed = loss.tokens(
                                        leaf,
                                        old.toType(types[way]),
                                        ref.toType(types[way]),
                                        advantages.toType(types[way]).unsqueeze(1))
                                .mean();
                        composed.backward();
                        losses[way].select(0, call).copy_(composed.detach());
                        gradients[way].select(0, call).copy_(leaf.grad());
                    }
                }
                String what = " of " + loss + " at drift " + drift;
                assertAtMost("losses" + what, losses[0], losses[1], losses[2]);
                assertAtMost("gradients" + what, gradients[0].toType(ScalarType.Float), gradients[1], gradients[2]);
            }
        }
    }

    /** The bar is one: results that are worse than float32 arithmetic are refused, by the largest error and by the mean. */
    @Test
    void worseResultsAreRefused() {
        try (PointerScope scope = new PointerScope()) {
            RowInputs in = RowInputs.random(Logits.USUAL, ScalarType.BFloat16, 64, 1000, 0.6);
            Tensor truth = RowResults.composed(ScalarType.Double, in).logProbs;
            Tensor peer = RowResults.composed(ScalarType.Float, in).logProbs;
            assertAtMost("itself", peer, peer, truth);
            Tensor inLogitsType = RowResults.composed(ScalarType.BFloat16, in).logProbs;
            assertRefused("largest", inLogitsType.toType(ScalarType.Float), peer, truth);
            Tensor oneWrong = peer.clone();
            oneWrong.select(0, 5).mul_(new Scalar(1 + 0x1p-20));
            assertRefused("largest", oneWrong, peer, truth);
            assertRefused("mean", truth.mul(new Scalar(1 + 0x1p-21)).toType(ScalarType.Float), oneWrong, truth);
            oneWrong.select(0, 5).fill_(new Scalar(Double.NaN));
            assertRefused("largest", oneWrong, peer, truth);
        }
    }

    private static void assertRefused(String which, Tensor ours, Tensor peer, Tensor truth) {
        assertThatThrownBy(() -> assertAtMost("worse ones", ours, peer, truth))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(which + " error of worse ones");
    }

    /** The largest and the mean error of {@code ours} are at most those of {@code peer}. */
    private static void assertAtMost(String what, Tensor ours, Tensor peer, Tensor truth) {
        Tensor error = error(ours, truth);
        Tensor bar = error(peer, truth);
        Tensor rounding = error(truth.toType(Torch.dtype(ours)), truth);
        assertThat(error.max().item_double())
                .as("largest error of " + what)
                .isLessThanOrEqualTo(Math.max(
                        bar.max().item_double(),
                        BEYOND_ROUNDING * rounding.max().item_double()));
        assertThat(error.mean().item_double())
                .as("mean error of " + what)
                .isLessThanOrEqualTo(Math.max(
                        bar.mean().item_double(),
                        BEYOND_ROUNDING * rounding.mean().item_double()));
    }

    private static Tensor error(Tensor of, Tensor truth) {
        return of.toType(ScalarType.Double).sub(truth).abs();
    }

    private static Tensor randomIds(long rows, long vocabulary) {
        return torch.randint(vocabulary, new long[] {rows}).toType(ScalarType.Long);
    }
}
