package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.kernels.FusedPolicyLoss;
import org.reasonrft.kernels.PolicyLossOptions;
import org.reasonrft.kernels.PolicyMetrics;
import org.reasonrft.kernels.View;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.rollout.PromptEncoder;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/**
 * The gradient that a kernel writes over the logits and libtorch carries on is that of the loss written in libtorch's
 * own operations, for every parameter, with a picture per prompt and prompts and completions of different lengths.
 */
class GradientSeamTest {
    private static final int GROUP = 2;
    private static final double TEMPERATURE = 0.9;
    private static final double BETA = 0.1;

    @TempDir
    Path folder;

    @Test
    void kernelGradientEqualsAutogradOfTheComposedLoss() throws Exception {
        Fixture fixture = Fixture.in(folder);
        try (ModelDirectory model = ModelDirectory.load(fixture.model());
                PointerScope scope = new PointerScope()) {
            model.model().requireGradients(name -> true);
            List<Prompt> prompts =
                    prompts(model, SampleReader.read(fixture.trainingData()).subList(0, 3));
            List<long[]> completions = List.of(
                    new long[] {40, 41, 42, 43, 44},
                    new long[] {50},
                    new long[] {60, 61, 62},
                    new long[] {70, 71},
                    new long[] {80, 81, 82, 83, 84},
                    new long[] {90, 91, 92, 93});
            CompletionRows rows = CompletionRows.of(completions, null);
            float[] advantages = {1.5f, -0.5f, 0.3f, -0.3f, -2, 0.7f};
            Tensor logProbs = composedLogProbs(model, prompts, rows).detach();
            Tensor old = logProbs.add(noise(rows, 1, 0.4));
            Tensor reference = logProbs.add(noise(rows, 2, 0.5));

            Tensor expectedLoss =
                    composedLoss(composedLogProbs(model, prompts, rows), old, reference, advantages, rows);
            expectedLoss.backward();
            Map<String, float[]> expected = takeGradients(model);

            Tensor logits = CompletionForward.logits(model.model(), prompts, GROUP, rows);
            View view = TensorViews.of(logits);
            PolicyMetrics metrics = FusedPolicyLoss.of(view, rows.idsView(), View.copyOf(advantages, advantages.length))
                    .mask(rows.mask())
                    .temperature(TEMPERATURE)
                    .oldLogProbs(TensorViews.of(old))
                    .refLogProbs(TensorViews.of(reference))
                    .gradLogits(view)
                    .compute(PolicyLossOptions.grpo().withKlCoefficient(BETA));
            CompletionForward.backward(logits, logits);
            Map<String, float[]> actual = takeGradients(model);

            assertThat(metrics.loss()).isCloseTo(expectedLoss.item_double(), within(1e-5));
            assertThat(metrics.clipFraction()).isGreaterThan(0); // the case would be too easy otherwise
            expected.forEach((name, gradient) -> {
                double scale = 0;
                for (float value : gradient) {
                    scale = Math.max(scale, Math.abs(value));
                }
                for (int i = 0; i < gradient.length; i++) {
                    assertThat(actual.get(name)[i]).as(name).isCloseTo(gradient[i], within((float)
                            (1e-4 * scale + 1e-8)));
                }
            });
        }
    }

    static List<Prompt> prompts(ModelDirectory model, List<Sample> samples) throws IOException {
        PromptEncoder encoder = new PromptEncoder(
                model.tokenizer(),
                model.template(),
                model.processor(),
                model.model().config(),
                0);
        List<Prompt> prompts = new ArrayList<>();
        String question = "Count.";
        for (Sample sample : samples) {
            prompts.add(encoder.encode(question, sample.images()));
            question += " Again."; // so that prompts differ in length and are padded
        }
        return prompts;
    }

    private static Tensor composedLogProbs(ModelDirectory model, List<Prompt> prompts, CompletionRows rows) {
        Tensor logits =
                CompletionForward.logits(model.model(), prompts, GROUP, rows).div(new Scalar(TEMPERATURE));
        return torch.log_softmax(logits, 2).gather(2, rows.ids().unsqueeze(2)).squeeze(2);
    }

    private static Tensor composedLoss(
            Tensor logProbs, Tensor old, Tensor reference, float[] advantages, CompletionRows rows) {
        Tensor ratio = logProbs.sub(old).exp();
        Tensor advantage = Torch.tensor(advantages, advantages.length, 1);
        Tensor clipped = ratio.clamp(
                new org.bytedeco.pytorch.ScalarOptional(new Scalar(0.8)),
                new org.bytedeco.pytorch.ScalarOptional(new Scalar(1.2)));
        Tensor policy = torch.min(ratio.mul(advantage), clipped.mul(advantage)).neg();
        Tensor difference = reference.sub(logProbs);
        Tensor kl = difference.exp().sub(difference).sub(new Scalar(1));
        Tensor loss = policy.add(kl.mul(new Scalar(BETA)));
        float[] mask = new float[(int) (rows.rows() * rows.tokens())];
        for (int row = 0; row < rows.rows(); row++) {
            for (int t = 0; t < rows.tokens(); t++) {
                mask[row * (int) rows.tokens() + t] = LENGTHS[row] > t ? 1f / LENGTHS[row] : 0;
            }
        }
        return loss.mul(Torch.tensor(mask, rows.rows(), rows.tokens())).sum().div(new Scalar((double) rows.rows()));
    }

    private static final int[] LENGTHS = {5, 1, 3, 2, 5, 4};

    private static Tensor noise(CompletionRows rows, long seed, double scale) {
        float[] values = new float[(int) (rows.rows() * rows.tokens())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * org.reasonrft.torch.CounterRandom.gaussian(seed, i));
        }
        return Torch.tensor(values, rows.rows(), rows.tokens());
    }

    private static Map<String, float[]> takeGradients(ModelDirectory model) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        model.model().parameters().forEach((name, parameter) -> {
            assertThat(parameter.grad().defined()).as(name).isTrue();
            gradients.put(name, Torch.floats(parameter.grad()));
            parameter.mutable_grad().zero_();
        });
        return gradients;
    }
}
