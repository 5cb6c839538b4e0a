package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.model.Safetensors;
import org.reasonrft.torch.Torch;

class AdamWTest {
    private static final AdamW.Options OPTIONS = new AdamW.Options(0.9, 0.999, 1e-8, 0.1);

    @TempDir
    private Path folder;

    @Test
    void agreesWithLibtorch() {
        try (PointerScope scope = new PointerScope()) {
            Tensor ours = Torch.tensor(new float[] {1, -2, 3, 0.5f, -0.25f, 8}, 2, 3);
            Tensor theirs = ours.clone().set_requires_grad(true);
            AdamWOptions options = new AdamWOptions(0.05);
            options.weight_decay().put(0.1);
            try (AdamW optimizer = new AdamW(Map.of("weight", ours), OPTIONS);
                    org.bytedeco.pytorch.AdamW reference =
                            new org.bytedeco.pytorch.AdamW(new TensorVector(theirs), options)) {
                for (int step = 0; step < 20; step++) {
                    loss(ours).backward();
                    optimizer.step(0.05, 1);
                    optimizer.zeroGradients();
                    reference.zero_grad();
                    loss(theirs).backward();
                    reference.step();
                }
                float[] expected = Torch.floats(theirs);
                float[] actual = Torch.floats(ours);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
                }
            }
        }
    }

    /** bfloat16 parameters follow the float32 run: their master weights take steps that they themselves could not. */
    @Test
    void halfPrecisionFollowsItsMasterWeights() throws IOException {
        try (PointerScope scope = new PointerScope()) {
            Tensor exact = Torch.tensor(new float[] {1, -2, 3, 0.5f, -0.25f, 8}, 2, 3);
            Tensor half = exact.to(ScalarType.BFloat16);
            Tensor bias = Torch.tensor(new float[] {2}, 1);
            Tensor halfBias = bias.to(ScalarType.BFloat16);
            try (AdamW reference = new AdamW(ordered(exact, bias), OPTIONS);
                    AdamW optimizer = new AdamW(ordered(half, halfBias), OPTIONS)) {
                for (int step = 0; step < 50; step++) {
                    // A gradient that both types hold; 1e-4 is far below the spacing of bfloat16 at 1.
                    exact.sum().add(bias.sum()).backward();
                    half.sum().add(halfBias.sum()).backward();
                    optimizer.collectGradients();
                    assertThat(half.grad().defined()).isFalse();
                    assertThat(optimizer.gradientNorm()).isEqualTo(reference.gradientNorm());
                    reference.step(1e-4, 1);
                    optimizer.step(1e-4, 1);
                    reference.zeroGradients();
                    optimizer.zeroGradients();
                }
                Tensor master = optimizer.state().get("master_weights");
                assertThat(Torch.floats(master.narrow(0, 0, 6))).containsExactly(Torch.floats(exact));
                assertThat(Torch.floats(master.narrow(0, 6, 1))).containsExactly(Torch.floats(bias));
                assertThat(Torch.floats(half)).containsExactly(Torch.floats(exact.to(ScalarType.BFloat16)));
                assertThat(Torch.floats(half)[3]).isNotEqualTo(0.5f);

                Tensor fresh = Torch.tensor(new float[6], 2, 3).to(ScalarType.BFloat16);
                try (AdamW again = new AdamW(ordered(fresh, bias.to(ScalarType.BFloat16)), OPTIONS)) {
                    restore(again, optimizer.state(), optimizer.steps());
                    assertThat(Torch.floats(fresh)).containsExactly(Torch.floats(half));
                }
            }
            assertThatThrownBy(() -> new AdamW(ordered(exact, halfBias), OPTIONS))
                    .hasMessageContaining("bias is BFloat16[1]");
        }
    }

    private void restore(AdamW optimizer, Map<String, Tensor> state, long steps) throws IOException {
        Path file = folder.resolve("optimizer.safetensors");
        Safetensors.write(file, state, Map.of());
        try (Safetensors saved = Safetensors.open(file)) {
            optimizer.restore(saved, steps);
        }
    }

    private static Map<String, Tensor> ordered(Tensor weight, Tensor bias) {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        parameters.put("weight", weight);
        parameters.put("bias", bias);
        return parameters;
    }

    @Test
    void doesNotDecayVectors() {
        try (PointerScope scope = new PointerScope()) {
            Tensor matrix = Torch.tensor(new float[] {1}, 1, 1);
            Tensor bias = Torch.tensor(new float[] {1}, 1);
            Map<String, Tensor> parameters = new LinkedHashMap<>();
            parameters.put("weight", matrix);
            parameters.put("bias", bias);
            try (AdamW optimizer = new AdamW(parameters, OPTIONS)) {
                optimizer.step(0.5, 1); // no gradient: only the decay acts
                assertThat(Torch.floats(matrix)[0]).isCloseTo(0.95f, within(1e-6f));
                assertThat(Torch.floats(bias)[0]).isEqualTo(1f);
            }
        }
    }

    @Test
    void normIsThatOfAllGradientsAndScalingClips() {
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = Torch.tensor(new float[] {3, 4}, 2);
            try (AdamW optimizer = new AdamW(Map.of("weight", weight), OPTIONS)) {
                weight.mul(weight).sum().backward(); // gradient 2 w
                assertThat(optimizer.gradientNorm()).isCloseTo(10, within(1e-5));
                optimizer.step(0, 0.1);
                assertThat(optimizer.gradientNorm()).isCloseTo(1, within(1e-5));
            }
        }
    }

    @Test
    void refusesToTrainNothingAndAStateOfAnotherModel() {
        assertThatThrownBy(() -> new AdamW(Map.of(), OPTIONS)).hasMessageContaining("every parameter is frozen");
        try (PointerScope scope = new PointerScope()) {
            Tensor weight = Torch.tensor(new float[] {3, 4}, 2);
            try (AdamW optimizer = new AdamW(Map.of("weight", weight), OPTIONS)) {
                Map<String, Tensor> other = Map.of(
                        "first_moment", Torch.tensor(new float[3], 3), "second_moment", Torch.tensor(new float[3], 3));
                assertThatThrownBy(() -> restore(optimizer, other, 1))
                        .hasMessageContaining("has 3 elements, the model trains 2");
            }
        }
    }

    private static Tensor loss(Tensor weight) {
        return weight.mul(weight).sum().add(weight.sin().sum());
    }
}
