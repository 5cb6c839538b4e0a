package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.torch.Torch;

/** Training adapters in place of parameters, and parameters in bfloat16. */
class LoraTrainingTest {
    private static final String LORA = "lora.rank=4";

    @TempDir
    Path folder;

    private Fixture fixture;

    @BeforeEach
    void makeFixture() throws IOException {
        fixture = Fixture.in(folder);
    }

    @Test
    void supervisedLossFallsAndOnlyTheAdapterIsWritten() throws IOException {
        Path run = folder.resolve("run");
        TrainingResult result = new SftTrainer(
                        fixture.sft(run, LORA, "freeze_vision=true", "optimizer.learning_rate=2e-2", "max_steps=12"))
                .run(false, () -> false);
        List<Double> losses = metric(run, "loss");
        assertThat(losses.get(losses.size() - 1)).isLessThan(losses.get(0) - 0.05);
        assertThat(result.checkpoint().resolve("adapter_model.safetensors")).exists();
        assertThat(result.checkpoint().resolve("tokenizer.json")).exists();
        assertThat(result.checkpoint().resolve("model.safetensors")).doesNotExist();
        try (PointerScope scope = new PointerScope();
                ModelDirectory adapted = ModelDirectory.load(result.checkpoint());
                ModelDirectory start = ModelDirectory.load(fixture.model())) {
            assertThat(adapted.adapter().config().rank()).isEqualTo(4);
            assertThat(adapted.adapter().parameters().keySet()).noneMatch(name -> name.startsWith("visual."));
            adapted.model()
                    .parameters()
                    .forEach((name, parameter) -> assertThat(Torch.floats(parameter))
                            .as(name)
                            .isEqualTo(Torch.floats(start.model().parameters().get(name))));
            Tensor b = adapted.adapter().parameters().get("model.layers.0.mlp.up_proj.lora_B.weight");
            assertThat(b.abs().sum().item_double()).isPositive();
            adapted.mergeAdapter();
            adapted.saveTo(folder.resolve("merged"));
        }
        assertThat(folder.resolve("merged/model.safetensors")).exists();
    }

    /** The reference of the KL term is the model beneath: before the first update the two agree, then they part. */
    @Test
    void grpoIsHeldToTheModelBeneath() throws IOException {
        Path run = folder.resolve("run");
        new GrpoTrainer(fixture.grpo(run, LORA, "beta=0.1", "optimizer.learning_rate=2e-2", "fuse_head=true"))
                .run(false, () -> false);
        List<Double> kl = metric(run, "kl");
        assertThat(kl.get(0)).isZero();
        assertThat(kl.get(5)).isPositive();
    }

    /** Dropout masks, too, are a function of seed and step. */
    @Test
    void resumesBitForBit() throws IOException {
        String[] options = {LORA, "lora.dropout=0.3", "num_iterations=2", "batch_size=4", "save_steps=1", "beta=0.1"};
        ResumeTest.assertResumes(
                folder, (output, resume, stop) -> new GrpoTrainer(fixture.grpo(output, options)).run(resume, stop));
    }

    @Test
    void resumesBitForBitInBfloat16() throws IOException {
        ResumeTest.assertResumes(
                folder,
                (output, resume, stop) -> new SftTrainer(
                                fixture.sft(output, "dtype=bfloat16", "save_steps=1", "micro_batch_size=2"))
                        .run(resume, stop));
    }

    /** Small steps are not lost to the rounding of the parameters. */
    @Test
    void bfloat16FollowsFloat32() throws IOException {
        String[] options = {"optimizer.learning_rate=2e-3", "max_steps=10", "micro_batch_size=2", "fuse_head=true"};
        new SftTrainer(fixture.sft(folder.resolve("float32"), options)).run(false, () -> false);
        options[3] = "dtype=bfloat16";
        new SftTrainer(fixture.sft(folder.resolve("bfloat16"), options)).run(false, () -> false);
        List<Double> exact = metric(folder.resolve("float32"), "loss");
        List<Double> half = metric(folder.resolve("bfloat16"), "loss");
        double fall = exact.get(0) - exact.get(9);
        assertThat(fall).isGreaterThan(0.1);
        assertThat(half.get(0) - half.get(9)).isBetween(0.8 * fall, 1.2 * fall);
        assertThat(Files.size(folder.resolve("bfloat16/checkpoints/step-000010/model.safetensors")))
                .isLessThan(Files.size(folder.resolve("float32/checkpoints/step-000010/model.safetensors")) * 6 / 10);
    }

    /** The course of a run is the same when activations are computed twice in place of kept. */
    @Test
    void gradientCheckpointing() throws IOException {
        for (String options : List.of("fuse_head=true", LORA)) {
            Path kept = folder.resolve("kept-" + options.length());
            Path twice = folder.resolve("twice-" + options.length());
            new SftTrainer(fixture.sft(kept, options)).run(false, () -> false);
            new SftTrainer(fixture.sft(twice, options, "gradient_checkpointing=true")).run(false, () -> false);
            assertSameCourse(kept, twice, "loss");
            new GrpoTrainer(fixture.grpo(kept.resolve("grpo"), options, "beta=0.1")).run(false, () -> false);
            new GrpoTrainer(fixture.grpo(twice.resolve("grpo"), options, "beta=0.1", "gradient_checkpointing=true"))
                    .run(false, () -> false);
            assertSameCourse(kept.resolve("grpo"), twice.resolve("grpo"), "grad_norm");
        }
    }

    private static void assertSameCourse(Path expected, Path actual, String name) throws IOException {
        List<Double> want = metric(expected, name);
        List<Double> got = metric(actual, name);
        assertThat(got).hasSameSizeAs(want).isNotEmpty();
        for (int i = 0; i < want.size(); i++) {
            assertThat(got.get(i))
                    .as(name + " " + i)
                    .isCloseTo(want.get(i), within(1e-3 * Math.abs(want.get(i)) + 1e-6));
        }
    }

    /** Phase 2 on the adapter of phase 1: that one becomes part of the model, which is the new reference. */
    @Test
    void anAdapterOnAnAdapter() throws IOException {
        Path first = new SftTrainer(fixture.sft(folder.resolve("sft"), LORA, "optimizer.learning_rate=2e-2"))
                .run(false, () -> false)
                .checkpoint();
        Path run = folder.resolve("grpo");
        Path second = new GrpoTrainer(fixture.grpo(run, LORA, "model=" + first, "beta=0.1", "max_steps=2"))
                .run(false, () -> false)
                .checkpoint();
        assertThat(metric(run, "kl").get(0)).isZero();
        assertThat(second.resolve("adapter_config.json")).content().contains(first.toString());
        ModelDirectory.load(second).close();
        Files.writeString(
                first.resolve("adapter_config.json"),
                Files.readString(first.resolve("adapter_config.json"))
                        .replace(fixture.model().toString(), second.toString()));
        assertThatThrownBy(() -> ModelDirectory.load(second)).hasMessageContaining("adapters stand on each other");
    }

    @Test
    void refusesToContinueAsSomethingElse() throws IOException {
        Path run = folder.resolve("run");
        new SftTrainer(fixture.sft(run, "max_steps=1")).run(false, () -> false);
        assertThatThrownBy(() -> new SftTrainer(fixture.sft(run, LORA)).run(true, () -> false))
                .hasMessageContaining("lora.rank: got 4, but the checkpoint in " + run + " has no adapter");
        assertThatThrownBy(() -> fixture.sft(folder.resolve("x"), LORA, "lora.targets=[]"))
                .hasMessageContaining("lora.targets must name at least one layer");
        assertThatThrownBy(() -> new SftTrainer(fixture.sft(folder.resolve("x"), LORA, "lora.targets=[head]"))
                        .run(false, () -> false))
                .hasMessageContaining("is named \"head\"");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    private static List<Double> metric(Path run, String name) throws IOException {
        List<Double> values = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode value = new ObjectMapper().readTree(line).get(name);
            if (value != null) {
                values.add(value.doubleValue());
            }
        }
        return values;
    }
}
