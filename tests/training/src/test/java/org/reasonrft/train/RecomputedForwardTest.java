package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.model.LoraAdapter;
import org.reasonrft.model.LoraConfig;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.model.QwenModel;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.torch.Torch;

/** Hidden states are those of the pass that keeps everything to the bit, gradients up to the order of sums. */
class RecomputedForwardTest {
    private static final List<long[]> COMPLETIONS = List.of(
            new long[] {40, 41, 42, 43, 44},
            new long[] {50},
            new long[] {60, 61, 62},
            new long[] {70, 71},
            new long[] {80, 81, 82, 83, 84},
            new long[] {90, 91, 92, 93});

    @TempDir
    Path folder;

    @Test
    void allParametersTowerIncluded() throws IOException {
        try (ModelDirectory directory = ModelDirectory.load(Fixture.in(folder).model())) {
            QwenModel model = directory.model();
            model.requireGradients(name -> true);
            assertSame(directory, model.parameters(), COMPLETIONS, () -> {});
        }
    }

    @Test
    void frozenTower() throws IOException {
        try (ModelDirectory directory = ModelDirectory.load(Fixture.in(folder).model())) {
            directory.model().requireGradients(name -> name.startsWith("model.layers."));
            assertSame(directory, directory.model().parameters(), COMPLETIONS, () -> {});
        }
    }

    @Test
    void completionsOfOneToken() throws IOException {
        try (ModelDirectory directory = ModelDirectory.load(Fixture.in(folder).model())) {
            directory.model().requireGradients(name -> true);
            List<long[]> single =
                    COMPLETIONS.stream().map(ids -> new long[] {ids[0]}).toList();
            assertSame(directory, directory.model().parameters(), single, () -> {});
        }
    }

    /** Masks are drawn twice, in another order of layers, and have to be the same. */
    @Test
    void adapterWithDropout() throws IOException {
        LoraConfig config =
                new LoraConfig(3, 6, List.of("q_proj", "v_proj", "down_proj", "attn.qkv", "merger.mlp.2"), 0.5, false);
        try (ModelDirectory directory = ModelDirectory.load(Fixture.in(folder).model())) {
            LoraAdapter adapter = LoraAdapter.create(directory.model(), config, module -> true, 3);
            directory.put(adapter);
            adapter.base().requireGradients(name -> false);
            try (PointerScope scope = new PointerScope()) {
                adapter.parameters().forEach((name, parameter) -> {
                    parameter.add_(org.bytedeco
                            .pytorch
                            .global
                            .torch
                            .ones_like(parameter)
                            .mul(new org.bytedeco.pytorch.Scalar(0.05)));
                    parameter.set_requires_grad(true);
                });
            }
            assertSame(directory, adapter.parameters(), COMPLETIONS, () -> adapter.dropUnder(9));
        }
    }

    private void assertSame(
            ModelDirectory directory, Map<String, Tensor> parameters, List<long[]> completions, Runnable before)
            throws IOException {
        try (PointerScope scope = new PointerScope()) {
            List<Prompt> prompts = prompts(directory);
            CompletionRows rows = CompletionRows.of(completions, null);
            before.run();
            Tensor expectedHidden = CompletionForward.hidden(directory.model(), prompts, 2, rows);
            Tensor seed = expectedHidden.detach().sin();
            CompletionForward.backward(expectedHidden, seed);
            Map<String, float[]> expected = takeGradients(parameters);

            before.run();
            RecomputedForward forward = new RecomputedForward(directory.model(), prompts, 2, rows);
            assertThat(Torch.floats(forward.hidden())).isEqualTo(Torch.floats(expectedHidden));
            CompletionForward.backward(forward.hidden(), seed);
            forward.backward();
            Map<String, float[]> actual = takeGradients(parameters);

            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            assertThat(expected).isNotEmpty();
            expected.forEach((name, gradient) -> {
                float[] got = actual.get(name);
                double norm = 0;
                double error = 0;
                for (int i = 0; i < got.length; i++) {
                    norm += gradient[i] * gradient[i];
                    error += Math.pow(got[i] - gradient[i], 2);
                }
                // Sums over prompts and completions may be added in another order.
                assertThat(Math.sqrt(error)).as(name).isLessThanOrEqualTo(1e-5 * Math.sqrt(norm) + 1e-9);
            });
        }
    }

    private List<Prompt> prompts(ModelDirectory directory) throws IOException {
        List<Sample> samples =
                SampleReader.read(folder.resolve("data/train.json")).subList(0, 3);
        return GradientSeamTest.prompts(directory, samples);
    }

    private static Map<String, float[]> takeGradients(Map<String, Tensor> parameters) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> {
            if (parameter.grad().defined()) {
                gradients.put(name, Torch.floats(parameter.grad()));
                parameter.mutable_grad().put(new Tensor());
            }
        });
        return gradients;
    }
}
