package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Test;
import org.reasonrft.torch.Torch;

class AdamWTest {
    private static final AdamW.Options OPTIONS = new AdamW.Options(0.9, 0.999, 1e-8, 0.1);

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
                assertThatThrownBy(() -> optimizer.restore(other, 1))
                        .hasMessageContaining("has 3 elements, the model trains 2");
            }
        }
    }

    private static Tensor loss(Tensor weight) {
        return weight.mul(weight).sum().add(weight.sin().sum());
    }
}
