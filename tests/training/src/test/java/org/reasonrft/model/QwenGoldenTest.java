package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.reasonrft.model.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.Goldens;
import org.reasonrft.torch.Torch;

/** The model against what transformers computes from the same checkpoint. */
class QwenGoldenTest {
    private static final Map<Goldens, QwenModel> MODELS = new EnumMap<>(Goldens.class);

    @BeforeAll
    static void load() throws IOException {
        for (Goldens checkpoint : Goldens.values()) {
            QwenModel model = QwenModel.load(checkpoint.directory());
            model.requireGradients(name -> true);
            MODELS.put(checkpoint, model);
        }
    }

    @AfterAll
    static void close() {
        MODELS.values().forEach(QwenModel::close);
    }

    @ParameterizedTest
    @MethodSource("org.reasonrft.Goldens#cases")
    void positionsAndLogits(Goldens.Case recorded) {
        try (PointerScope scope = new PointerScope()) {
            Tensor ids = recorded.tensor("input_ids");
            QwenConfig config = MODELS.get(recorded.checkpoint()).config();
            RopeIndex rope = RopeIndex.of(
                    Torch.longs(ids),
                    recorded.grids(),
                    config.tokens().image(),
                    2,
                    config.vision().frameInterval(1));
            assertThat(rope.delta()).isEqualTo(recorded.meta().get("rope_delta").asLong());
            long[] positions = Torch.longs(recorded.tensor("position_ids"));
            for (int axis = 0; axis < 3; axis++) {
                for (int t = 0; t < ids.size(1); t++) {
                    assertThat(rope.positions()[axis][t]).isEqualTo(positions[axis * (int) ids.size(1) + t]);
                }
            }
            assertClose(logits(recorded), recorded.tensor("logits"), 1e-4);
        }
    }

    @ParameterizedTest
    @MethodSource("org.reasonrft.Goldens#cases")
    void pictureEmbeddings(Goldens.Case recorded) {
        try (PointerScope scope = new PointerScope()) {
            if (!recorded.grids().isEmpty()) {
                assertClose(images(MODELS.get(recorded.checkpoint()), recorded), recorded.tensor("image_embeds"), 1e-4);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("org.reasonrft.Goldens#cases")
    void lossAndGradientOfEveryParameter(Goldens.Case recorded) {
        try (PointerScope scope = new PointerScope()) {
            Tensor ids = recorded.tensor("input_ids").select(0, 0);
            long last = ids.size(0) - 1;
            Tensor loss =
                    torch.cross_entropy_loss(logits(recorded).select(0, 0).narrow(0, 0, last), ids.narrow(0, 1, last));
            loss.backward();
            assertThat((double) loss.item_float())
                    .isCloseTo(recorded.meta().get("loss").asDouble(), within(1e-5));
            Map<String, Double> wanted = new HashMap<>();
            for (Map.Entry<String, JsonNode> norm :
                    recorded.meta().get("grad_norms").properties()) {
                wanted.put(norm.getKey(), norm.getValue().asDouble());
            }
            MODELS.get(recorded.checkpoint()).parameters().forEach((name, parameter) -> {
                Tensor gradient = parameter.grad();
                Double norm = wanted.remove(name);
                // Without a picture no gradient reaches the vision tower; another case may have left zeros.
                double actual = gradient.defined() ? gradient.norm().item_float() : 0;
                assertThat(actual).as(name).isCloseTo(norm == null ? 0 : norm, within(norm == null ? 0 : 1e-3 * norm));
                if (gradient.defined()) {
                    gradient.zero_();
                }
            });
            assertThat(wanted)
                    .as("recorded gradients of parameters that the model lacks")
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void leftPaddedBatch(Goldens checkpoint) {
        QwenModel model = MODELS.get(checkpoint);
        try (PointerScope scope = new PointerScope()) {
            Tensor ids = checkpoint.tensor("padded.input_ids");
            Tensor mask = checkpoint.tensor("padded.attention_mask").to(ScalarType.Bool);
            long[] visible = Torch.longs(mask);
            int length = (int) ids.size(1);
            long[] positions = new long[3 * visible.length];
            for (int row = 0; row < 2; row++) {
                long next = 0;
                for (int t = 0; t < length; t++) {
                    if (visible[row * length + t] != 0) {
                        for (int axis = 0; axis < 3; axis++) {
                            positions[(axis * 2 + row) * length + t] = next;
                        }
                        next++;
                    }
                }
            }
            assertThat(visible).contains(0);
            Tensor hidden = model.prefill(model.embed(ids), Torch.tensor(positions, 3, 2, length), mask)
                    .hidden();
            Tensor kept = mask.unsqueeze(2);
            assertClose(
                    model.logits(hidden).masked_select(kept),
                    checkpoint.tensor("padded.logits").masked_select(kept),
                    1e-4);
        }
    }

    /** bfloat16 keeps 8 bits; the head's logits are of size 10. */
    @ParameterizedTest
    @EnumSource
    void bfloat16StaysNear(Goldens checkpoint) throws IOException {
        Goldens.Case recorded = checkpoint.named("one_image");
        try (PointerScope scope = new PointerScope();
                Device device = new Device("cpu");
                QwenModel half = QwenModel.load(checkpoint.directory(), ScalarType.BFloat16, device)) {
            Tensor logits = logits(half, recorded);
            assertThat(Torch.dtype(logits)).isSameAs(ScalarType.BFloat16);
            double error =
                    TensorAssertions.rootMeanSquare(logits.to(ScalarType.Float).sub(recorded.tensor("logits")));
            assertThat(error / TensorAssertions.rootMeanSquare(recorded.tensor("logits")))
                    .isLessThan(0.05);
        }
    }

    private static Tensor logits(Goldens.Case recorded) {
        return logits(MODELS.get(recorded.checkpoint()), recorded);
    }

    /** Logits of a recorded question. */
    static Tensor logits(QwenModel model, Goldens.Case recorded) {
        Tensor images = recorded.grids().isEmpty() ? null : images(model, recorded);
        Tensor embeddings = model.embed(recorded.tensor("input_ids"), images);
        return model.logits(
                model.prefill(embeddings, recorded.tensor("position_ids"), null).hidden());
    }

    private static Tensor images(QwenModel model, Goldens.Case recorded) {
        List<long[]> grids = recorded.grids();
        return model.imageEmbeddings(recorded.tensor("pixel_values"), grids.toArray(long[][]::new));
    }
}
