package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.reasonrft.model.TensorAssertions.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.Torch;

/** Adapters on a tiny model; {@link RoundTripTest} compares with PEFT. */
class LoraTest {
    private static final LoraConfig CONFIG = new LoraConfig(3, 6, LoraConfig.DECODER_TARGETS, 0, false);

    @TempDir
    Path folder;

    private QwenModel base;

    @BeforeEach
    void make() {
        base = TinyModel.create(5);
    }

    @AfterEach
    void close() {
        base.close();
    }

    @Test
    void aFreshAdapterChangesNothing() {
        try (PointerScope scope = new PointerScope();
                LoraAdapter adapter = LoraAdapter.create(base, CONFIG, module -> true, 1)) {
            assertThat(torch.equal(logits(adapter.model()), logits(base))).isTrue();
            assertThat(adapter.parameters()).hasSize(2 * 2 * 7);
            assertThat(adapter.model().parameters()).isEqualTo(base.parameters());
            Tensor a = adapter.parameters().get("model.layers.1.mlp.down_proj.lora_A.weight");
            assertThat(a.shape()).containsExactly(3, 20);
            float[] values = Torch.floats(a);
            double bound = 1 / Math.sqrt(20);
            assertThat(values).hasSize(60).doesNotContain(0f);
            double sum = 0;
            for (float value : values) {
                assertThat(Math.abs(value)).isLessThan((float) bound);
                sum += value * value;
            }
            // Variance of a uniform distribution: bound^2 / 3.
            assertThat(sum / 60).isCloseTo(bound * bound / 3, within(bound * bound / 6));
        }
    }

    /**
     * The gradient, and every path of the decoder and the tower, against the same change made to the weights
     * themselves.
     */
    @Test
    void isTheModelWithTheUpdateAdded() throws IOException {
        LoraConfig everything = new LoraConfig(
                2,
                3,
                Stream.concat(
                                LoraConfig.DECODER_TARGETS.stream(),
                                Stream.of("attn.qkv", "attn.proj", "fc1", "fc2", "merger.mlp.0", "merger.mlp.2"))
                        .toList(),
                0,
                true);
        try (PointerScope scope = new PointerScope();
                LoraAdapter adapter = LoraAdapter.create(base, everything, module -> true, 2)) {
            fill(adapter);
            QwenModel adapted = adapter.model();
            Tensor before = logits(adapted);
            Tensor step = generationStep(adapted);
            Tensor pictures = pictures(adapted);
            assertThat(torch.equal(before, logits(base))).isFalse();
            assertThat(torch.equal(pictures, pictures(base))).isFalse();
            double scale = 3 / Math.sqrt(2);
            assertThat(everything.scale()).isEqualTo(scale);
            base.save(folder.resolve("base"));
            try (QwenModel changed = QwenModel.load(folder.resolve("base"));
                    NoGradGuard noGrad = new NoGradGuard()) {
                adapter.parameters().forEach((name, a) -> {
                    if (name.endsWith(LoraAdapter.A)) {
                        String module = name.substring(0, name.length() - LoraAdapter.A.length());
                        Tensor b = adapter.parameters().get(module + LoraAdapter.B);
                        changed.parameters().get(module + ".weight").add_(b.matmul(a), new Scalar(scale));
                    }
                });
                assertClose(before, logits(changed), 2e-4);
                assertClose(step, generationStep(changed), 2e-4);
                assertClose(pictures, pictures(changed), 2e-4);
            }
        }
    }

    /** Gradients reach A and B, as finite differences say, and nothing else. */
    @Test
    void onlyTheAdapterCollectsGradients() {
        try (PointerScope scope = new PointerScope();
                LoraAdapter adapter = LoraAdapter.create(base, CONFIG, module -> true, 3)) {
            fill(adapter);
            base.requireGradients(name -> false);
            adapter.parameters().values().forEach(parameter -> parameter.set_requires_grad(true));
            Tensor loss = loss(adapter.model());
            loss.backward();
            base.parameters()
                    .forEach((name, parameter) ->
                            assertThat(parameter.grad().defined()).as(name).isFalse());
            try (NoGradGuard noGrad = new NoGradGuard()) {
                for (String name : List.of(
                        "model.layers.0.self_attn.v_proj.lora_A.weight",
                        "model.layers.0.mlp.up_proj.lora_B.weight",
                        "model.layers.1.self_attn.o_proj.lora_B.weight")) {
                    Tensor parameter = adapter.parameters().get(name);
                    Tensor element = parameter.view(-1).narrow(0, 5, 1);
                    double step = 1e-2;
                    element.add_(new Scalar(step));
                    double above = loss(adapter.model()).item_double();
                    element.sub_(new Scalar(2 * step));
                    double below = loss(adapter.model()).item_double();
                    element.add_(new Scalar(step));
                    assertThat(parameter.grad().view(-1).narrow(0, 5, 1).item_double())
                            .as(name)
                            .isCloseTo((above - below) / (2 * step), within(2e-3));
                }
            }
        }
    }

    @Test
    void dropoutRepeatsUnderAKeyAndKeepsTheMean() {
        LoraConfig dropping = new LoraConfig(3, 6, List.of("o_proj"), 0.4, false);
        try (PointerScope scope = new PointerScope();
                LoraAdapter adapter = LoraAdapter.create(base, dropping, module -> true, 3)) {
            fill(adapter);
            Tensor without = logits(adapter.model());
            adapter.dropUnder(8);
            Tensor first = logits(adapter.model());
            Tensor second = logits(adapter.model());
            adapter.dropUnder(8);
            Tensor again = logits(adapter.model());
            adapter.dropUnder(9);
            Tensor other = logits(adapter.model());
            assertThat(torch.equal(first, again)).isTrue();
            assertThat(torch.equal(first, second)).isFalse();
            assertThat(torch.equal(first, other)).isFalse();
            adapter.dropNothing();
            assertThat(torch.equal(logits(adapter.model()), without)).isTrue();

            LoraAdapter.Layer layer = adapter.of("model.layers.0.self_attn.o_proj");
            Tensor x = torch.ones(new long[] {1, 48});
            Tensor mean = Torch.zeros(1, 48);
            int draws = 2000;
            for (int i = 0; i < draws; i++) {
                adapter.dropUnder(i);
                try (PointerScope each = new PointerScope()) {
                    mean.add_(layer.apply(x));
                }
            }
            adapter.dropNothing();
            Tensor exact = layer.apply(x);
            double error = TensorAssertions.rootMeanSquare(
                    mean.div(new Scalar((double) draws)).sub(exact));
            assertThat(error).isLessThan(0.05 * TensorAssertions.rootMeanSquare(exact));
        }
    }

    /** The layer is bfloat16, its adapter float32. */
    @Test
    void adaptsHalfPrecision() throws IOException {
        base.save(folder.resolve("half"), ScalarType.BFloat16, Long.MAX_VALUE);
        try (PointerScope scope = new PointerScope();
                QwenModel half = QwenModel.loadAsStored(folder.resolve("half"), new Device("cpu"));
                LoraAdapter adapter = LoraAdapter.create(half, CONFIG, module -> true, 3);
                LoraAdapter reference = LoraAdapter.create(base, CONFIG, module -> true, 3)) {
            fill(adapter);
            fill(reference);
            Tensor logits = logits(adapter.model());
            assertThat(Torch.dtype(logits)).isSameAs(ScalarType.BFloat16);
            adapter.parameters()
                    .values()
                    .forEach(parameter -> assertThat(Torch.dtype(parameter)).isSameAs(ScalarType.Float));
            Tensor wanted = logits(reference.model());
            assertThat(TensorAssertions.rootMeanSquare(
                            logits.to(ScalarType.Float).sub(wanted)))
                    .isLessThan(0.05 * TensorAssertions.rootMeanSquare(wanted));
        }
    }

    @Test
    void writesTargetsThatMeanTheAdaptedLayers() throws IOException {
        LoraConfig oneName = new LoraConfig(2, 4, List.of("down_proj", "q_proj"), 0.5, true);
        try (LoraAdapter all = LoraAdapter.create(base, oneName, module -> true, 1);
                LoraAdapter one = LoraAdapter.create(base, oneName, module -> module.contains(".1."), 1)) {
            all.save(folder.resolve("all"), "some/base");
            one.save(folder.resolve("one"), "some/base");
            assertThat(PeftFiles.readConfig(folder.resolve("all"))).isEqualTo(oneName);
            assertThat(PeftFiles.readConfig(folder.resolve("one")).targets())
                    .containsExactly(
                            "model.language_model.layers.1.mlp.down_proj",
                            "model.language_model.layers.1.self_attn.q_proj");
            assertThat(folder.resolve("all/adapter_config.json")).content().contains("\"some/base\"");
        }
    }

    /** Names as before transformers nested the towers, and without PEFT's prefix. */
    @Test
    void readsOlderNames() throws IOException {
        try (PointerScope scope = new PointerScope();
                LoraAdapter adapter = LoraAdapter.create(base, CONFIG, module -> true, 1)) {
            fill(adapter);
            adapter.save(folder, "");
            Map<String, Tensor> renamed = new LinkedHashMap<>();
            adapter.parameters()
                    .forEach((name, tensor) ->
                            renamed.put(name.contains(".0.") ? "base_model.model." + name : name, tensor));
            Safetensors.write(folder.resolve(PeftFiles.WEIGHTS), renamed, Map.of());
            try (LoraAdapter again = LoraAdapter.load(base, folder)) {
                assertThat(torch.equal(logits(again.model()), logits(adapter.model())))
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"r\" : 3; \"r\" : 4; wanted [4, 20]",
                "\"r\" : 3; \"r\" : 0; rank must be at least 1, got 0",
                "\"r\" : 3; \"s\" : 3; r is missing",
                "\"lora_alpha\" : 6; \"lora_alpha\" : -1; alpha must be positive",
                "\"lora_alpha\" : 6; \"lora_alpha\" : \"6\"; lora_alpha must be a number",
                "\"LORA\"; \"IA3\"; peft_type must be \"LORA\", got \"IA3\"",
                "\"bias\" : \"none\"; \"bias\" : \"all\"; bias must be \"none\", got \"all\"",
                "\"fan_in_fan_out\" : false; \"use_dora\" : true; use_dora = true is not supported",
                "\"fan_in_fan_out\" : false; \"rank_pattern\" : {\"x\": 2}; rank_pattern = {\"x\":2} is not supported",
                "\"lora_dropout\" : 0.0; \"lora_dropout\" : 1; dropout must lie in [0, 1), got 1.0",
                "\"fan_in_fan_out\" : false; \"r\" : 3; no valid JSON: Duplicate"
            })
    void refusesOtherConfigurations(String text, String by, String message) throws IOException {
        try (LoraAdapter adapter = LoraAdapter.create(base, CONFIG, module -> true, 1)) {
            adapter.save(folder, "");
        }
        Path file = folder.resolve("adapter_config.json");
        String content = Files.readString(file);
        assertThat(content).contains(text);
        Files.writeString(file, content.replace(text, by));
        assertThatThrownBy(() -> LoraAdapter.load(base, folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(folder.resolve("adapter_").toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesTensorsThatDoNotFit() throws IOException {
        try (PointerScope scope = new PointerScope();
                LoraAdapter adapter = LoraAdapter.create(base, CONFIG, module -> true, 1)) {
            adapter.save(folder, "");
            String module = "model.layers.0.mlp.up_proj";
            Tensor a = adapter.parameters().get(module + LoraAdapter.A);
            Tensor b = adapter.parameters().get(module + LoraAdapter.B);
            assertRefused("without its lora_B", Map.of(module + LoraAdapter.A, a));
            assertRefused("is neither a lora_A nor a lora_B", Map.of(module + ".weight", a));
            assertRefused("\"x.y.lora_A.weight\" belongs to no linear layer", Map.of("x.y.lora_A.weight", a));
            assertRefused("belongs to no linear layer", Map.of("model.embed_tokens.lora_A.weight", a));
            assertRefused(
                    "has shape [3, 47], wanted [3, 48]",
                    Map.of(module + LoraAdapter.A, Torch.zeros(3, 47), module + LoraAdapter.B, b));
            assertRefused(
                    "has dtype I64", Map.of(module + LoraAdapter.A, a.to(ScalarType.Long), module + LoraAdapter.B, b));
            assertRefused(
                    "are the same", Map.of(module + LoraAdapter.A, a, "base_model.model." + module + LoraAdapter.A, a));
            assertRefused("holds no tensor", Map.of());
        }
        Files.delete(folder.resolve(PeftFiles.WEIGHTS));
        Files.writeString(folder.resolve("adapter_model.bin"), "");
        assertThatThrownBy(() -> LoraAdapter.load(base, folder)).hasMessageContaining("a pickle, is not read");
    }

    private void assertRefused(String message, Map<String, Tensor> tensors) throws IOException {
        Safetensors.write(folder.resolve(PeftFiles.WEIGHTS), tensors, Map.of());
        assertThatThrownBy(() -> LoraAdapter.load(base, folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(folder.resolve(PeftFiles.WEIGHTS).toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesTargetsThatNameNothing() {
        LoraConfig unknown = new LoraConfig(2, 2, List.of("q_proj", "lm_head"), 0, false);
        assertThatThrownBy(() -> LoraAdapter.create(base, unknown, module -> true, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is named \"lm_head\"");
        assertThatThrownBy(() -> LoraAdapter.create(base, CONFIG, module -> false, 1))
                .hasMessageContaining("leave no layer to adapt");
        assertThatThrownBy(() -> new LoraConfig(2, 2, List.of(), 0, false)).hasMessageContaining("targets");
        try (LoraAdapter adapter = LoraAdapter.create(base, CONFIG, module -> true, 1)) {
            assertThatThrownBy(() -> LoraAdapter.create(adapter.model(), CONFIG, module -> true, 1))
                    .hasMessageContaining("an adapter is on the model already");
            assertThatThrownBy(() -> adapter.model().save(folder)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Gives B, which starts as 0, and A values of a size that shows. */
    private static void fill(LoraAdapter adapter) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            adapter.parameters().forEach((name, parameter) -> {
                float[] values = TinyModel.uniform(CounterRandom.combine(4, name), Math.toIntExact(parameter.numel()));
                parameter.copy_(Torch.tensor(values, parameter.shape()).mul(new Scalar(0.3)));
            });
        }
    }

    private static Tensor hidden(QwenModel model) {
        Tensor ids = Torch.tensor(TinyModel.ids(3, 14), 2, 7);
        return model.prefill(model.embed(ids), TinyModel.positions(0, 2, 7), null)
                .hidden();
    }

    private static Tensor logits(QwenModel model) {
        return model.logits(hidden(model));
    }

    private static Tensor loss(QwenModel model) {
        return hidden(model).sin().mean();
    }

    private static Tensor pictures(QwenModel model) {
        float[] pixels = TinyModel.uniform(6, 16 * 24);
        return model.imageEmbeddings(Torch.tensor(pixels, 16, 24), new long[][] {{1, 4, 4}});
    }

    /** One token behind three, by the products of generation. */
    private static Tensor generationStep(QwenModel model) {
        Tensor ids = Torch.tensor(TinyModel.ids(3, 8), 2, 4);
        KeyValues prompt = model.prefill(model.embed(ids.narrow(1, 0, 3)), TinyModel.positions(0, 2, 3), null)
                .keyValues();
        try (KeyValueCache cache = new KeyValueCache(prompt, 8)) {
            return model.logits(
                    model.decode(model.embed(ids.narrow(1, 3, 1)), TinyModel.positions(3, 2, 1), null, cache));
        }
    }
}
