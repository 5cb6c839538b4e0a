package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.reasonrft.model.TensorAssertions.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.torch.LiveObjects;
import org.reasonrft.torch.Torch;

class QwenModelTest {
    @Test
    void initialisesFromTheSeedAlone() {
        try (PointerScope scope = new PointerScope();
                QwenModel a = QwenModel.initialise(TinyModel.config(), 7);
                QwenModel b = QwenModel.initialise(TinyModel.config(), 7);
                QwenModel c = QwenModel.initialise(TinyModel.config(), 8)) {
            a.parameters().forEach((name, parameter) -> {
                assertClose(parameter, b.parameters().get(name), 0);
                float[] values = Torch.floats(parameter);
                if (parameter.dim() > 1) {
                    assertThat(values).isNotEqualTo(Torch.floats(c.parameters().get(name)));
                    double size = TensorAssertions.rootMeanSquare(parameter);
                    double wanted = name.contains("embed_tokens")
                            ? 0.02
                            : 1 / Math.sqrt((double) values.length / parameter.size(0));
                    assertThat(size).as(name).isCloseTo(wanted, within(wanted * 4 / Math.sqrt(2.0 * values.length)));
                } else {
                    assertThat(values).as(name).containsOnly(name.endsWith("weight") ? 1 : 0);
                }
            });
        }
    }

    @Test
    void savesFreshModels(@TempDir Path directory) throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(4)) {
            model.save(directory.resolve("a"));
            try (QwenModel read = QwenModel.load(directory.resolve("a"))) {
                assertThat(read.config()).isEqualTo(model.config());
                assertThat(read.parameters()).containsKey("lm_head.weight");
                read.save(directory.resolve("b"));
            }
            assertThat(Files.mismatch(
                            directory.resolve("a/model.safetensors"), directory.resolve("b/model.safetensors")))
                    .isEqualTo(-1);
        }
    }

    /** Projections share memory with the fused matrices: a change of a parameter must show on both paths. */
    @Test
    void generationSeesEveryChangeOfAParameter() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(5)) {
            Tensor ids = Torch.tensor(TinyModel.ids(1, 4), 1, 4);
            for (String name : model.parameters().keySet()) {
                if (name.startsWith("visual.")) {
                    continue;
                }
                Tensor before = lastLogitsByCache(model, ids);
                try (NoGradGuard noGrad = new NoGradGuard()) {
                    model.parameters().get(name).mul_(new Scalar(1.25)).add_(new Scalar(0.01));
                }
                Tensor after = lastLogitsByCache(model, ids);
                // Attention ignores a constant that is added to the scores of all keys.
                if (!name.endsWith("k_proj.bias")) {
                    assertThat(TensorAssertions.rootMeanSquare(after.sub(before)))
                            .as(name)
                            .isGreaterThan(1e-4);
                }
                assertClose(after, logits(model, ids).narrow(1, 3, 1), 1e-4);
            }
        }
    }

    /** The ratio of new to old probabilities starts at exactly 1. */
    @Test
    void passesWithAndWithoutGradientAgreeToTheBit() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(5)) {
            model.requireGradients(name -> true);
            Tensor ids = Torch.tensor(TinyModel.ids(1, 24), 6, 4);
            Tensor with = logits(model, ids);
            assertThat(with.requires_grad()).isTrue();
            try (NoGradGuard noGrad = new NoGradGuard()) {
                assertClose(logits(model, ids), with, 0);
            }
        }
    }

    @Test
    void onlyChosenParametersCollectGradients() {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(6)) {
            model.requireGradients(name -> name.startsWith("model.layers.1."));
            logits(model, Torch.tensor(TinyModel.ids(1, 4), 1, 4)).sum().backward();
            model.parameters()
                    .forEach((name, parameter) -> assertThat(parameter.grad().defined())
                            .as(name)
                            .isEqualTo(name.startsWith("model.layers.1.")));
        }
    }

    /** Neither objects nor memory grow from step to step, pictures and cache included. */
    @Test
    void stepsLeaveNothingBehind() {
        try (QwenModel model = TinyModel.create(2)) {
            model.requireGradients(name -> true);
            for (int i = 0; i < 50; i++) {
                step(model);
            }
            long objects = LiveObjects.settled();
            long resident = Torch.residentBytes();
            for (int i = 0; i < 300; i++) {
                step(model);
            }
            assertThat(Torch.liveObjects()).isEqualTo(objects);
            // Leaked graphs of 300 steps would be 300 MB and more. The Java heap of this machine, which other tests
            // share,
            // grows by tens; MemoryTest looks closer, over a thousand steps of the trainers.
            assertThat(Torch.residentBytes() - resident).isLessThan(96L << 20);
        }
    }

    private static void step(QwenModel model) {
        try (PointerScope scope = new PointerScope()) {
            long[] ids = TinyModel.ids(1, 8 * 64);
            for (int row = 0; row < 8; row++) {
                Arrays.fill(ids, row * 64 + 3, row * 64 + 7, TinyModel.IMAGE);
            }
            long[][] grids = new long[8][];
            Arrays.fill(grids, new long[] {1, 4, 4});
            Tensor pixels = Torch.tensor(TinyModel.uniform(3, 8 * 16 * 24), 8 * 16, 24);
            Tensor embeddings = model.embed(Torch.tensor(ids, 8, 64), model.imageEmbeddings(pixels, grids));
            QwenModel.Decoded prompts = model.prefill(embeddings, TinyModel.positions(0, 8, 64), null);
            Tensor next = model.embed(Torch.tensor(TinyModel.ids(2, 32), 16, 2));
            Tensor hidden = model.decode(
                            next,
                            TinyModel.positions(64, 16, 2),
                            null,
                            prompts.keyValues().repeatInterleave(2))
                    .hidden();
            model.logits(hidden).logsumexp(2).sum().backward();
            try (KeyValueCache cache = new KeyValueCache(prompts.keyValues().repeatInterleave(2), 66)) {
                model.decode(next.narrow(1, 0, 1), TinyModel.positions(64, 16, 1), null, cache);
                cache.keepRows(new long[] {3, 4});
            }
            model.parameters()
                    .values()
                    .forEach(parameter -> parameter.mutable_grad().zero_());
        }
    }

    private static Tensor lastLogitsByCache(QwenModel model, Tensor ids) {
        KeyValues prompt = model.prefill(model.embed(ids.narrow(1, 0, 3)), TinyModel.positions(0, 1, 3), null)
                .keyValues();
        try (KeyValueCache cache = new KeyValueCache(prompt, 4)) {
            return model.logits(
                    model.decode(model.embed(ids.narrow(1, 3, 1)), TinyModel.positions(3, 1, 1), null, cache));
        }
    }

    private static Tensor logits(QwenModel model, Tensor ids) {
        int rows = (int) ids.size(0);
        int tokens = (int) ids.size(1);
        return model.logits(model.prefill(model.embed(ids), TinyModel.positions(0, rows, tokens), null)
                .hidden());
    }
}
