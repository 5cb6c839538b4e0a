package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.train.Fixture;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.SftConfig;

/** The variants of Reason-RFT, stage after stage. */
class TrainCommandTest {
    @TempDir
    private static Path folder;

    private static Fixture fixture;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void makeModelAndData() throws IOException {
        fixture = Fixture.in(folder);
    }

    private int train(Path output, String variant, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--task",
                "visual-counting",
                "--variant",
                variant,
                "--model",
                fixture.model().toString(),
                "--data",
                fixture.trainingData().toString(),
                "--output",
                output.toString(),
                "--threads",
                "1"));
        arguments.addAll(List.of(more));
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
    }

    @Test
    void phasesFollowOneAnother() throws IOException {
        Path output = folder.resolve("both");
        String[] small = {
            "--set",
            "reason-rft-sft:batch_size=2",
            "--set",
            "max_steps=2",
            "--set",
            "reason-rft-grpo:skip_samples=0",
            "--set",
            "reason-rft-grpo:max_completion_length=4",
            "--set",
            "reason-rft-grpo:num_generations=2",
            "--set",
            "reason-rft-grpo:generation_batch_size=4",
            "--set",
            "reason-rft-grpo:micro_batch_size=4"
        };
        assertThat(train(output, "reason-rft", small)).as(err.toString()).isEqualTo(Main.OK);
        Path last = output.resolve("reason-rft-grpo/checkpoints/step-000002");
        assertThat(out.toString()).isEqualTo("model:  " + last + System.lineSeparator());
        GrpoConfig grpo = ConfigReader.of(GrpoConfig.class)
                .file(output.resolve("reason-rft-grpo/config.yaml"))
                .resolve();
        assertThat(grpo.model()).isEqualTo(output.resolve("reason-rft-sft/checkpoints/step-000002"));
        assertThat(grpo.numGenerations()).isEqualTo(2);
        byte[] metrics = Files.readAllBytes(output.resolve("reason-rft-grpo/metrics.jsonl"));

        assertThat(train(output, "reason-rft", small)).isEqualTo(Main.FAILURE);
        assertThat(err.toString()).contains(output + " is not empty");
        String[] resumed = new String[small.length + 1];
        System.arraycopy(small, 0, resumed, 0, small.length);
        resumed[small.length] = "--resume";
        assertThat(train(output, "reason-rft", resumed)).as(err.toString()).isEqualTo(Main.OK);
        assertThat(output.resolve("reason-rft-grpo/metrics.jsonl")).hasBinaryContent(metrics);
    }

    @ParameterizedTest
    @CsvSource({
        "ANS_SFT, VISUAL_COUNTING, bare",
        "ANS_SFT, STRUCTURE_PERCEPTION, bare",
        "ANS_SFT, SPATIAL_TRANSFORMATION, spatial-transformation-answer",
        "COT_SFT, VISUAL_COUNTING, visual-counting",
        "COT_SFT, STRUCTURE_PERCEPTION, structure-perception",
        "COT_SFT, SPATIAL_TRANSFORMATION, spatial-transformation",
        "ZERO, VISUAL_COUNTING, visual-counting",
        "ZERO, STRUCTURE_PERCEPTION, structure-perception",
        "ZERO, SPATIAL_TRANSFORMATION, spatial-transformation",
        "REASON_RFT, VISUAL_COUNTING, visual-counting",
        "REASON_RFT, STRUCTURE_PERCEPTION, structure-perception",
        "REASON_RFT, SPATIAL_TRANSFORMATION, spatial-transformation"
    })
    void recipesAreThoseOfThePaper(Variant variant, ReasonRftTask task, String prompt) {
        for (Variant.Stage stage : variant.stages()) {
            if (stage.supervised()) {
                SftConfig config = resolved(SftConfig.class, stage, task);
                assertThat(config.prompt()).isEqualTo(prompt);
                assertThat(config.maxSamples()).isEqualTo(variant == Variant.REASON_RFT ? 1600 : 0);
                assertThat(config.target())
                        .isEqualTo(
                                variant == Variant.ANS_SFT
                                        ? SftConfig.Target.ANSWER
                                        : SftConfig.Target.CHAIN_OF_THOUGHT);
                assertThat(config.optimizer().learningRate()).isEqualTo(1e-5);
                assertThat(config.freezeVision()).isTrue();
            } else {
                GrpoConfig config = resolved(GrpoConfig.class, stage, task);
                boolean few = task == ReasonRftTask.STRUCTURE_PERCEPTION;
                assertThat(config.prompt()).isEqualTo(prompt);
                assertThat(config.epochs()).isEqualTo(few ? 5 : 1);
                assertThat(config.skipSamples()).isEqualTo(variant == Variant.ZERO || few ? 0 : 1600);
                assertThat(config.rewards())
                        .containsExactly(
                                task == ReasonRftTask.SPATIAL_TRANSFORMATION ? "trance_exact" : "accuracy", "format");
                assertThat(config.optimizer().learningRate()).isEqualTo(1e-6);
                assertThat(config.beta()).isEqualTo(0.04f);
            }
        }
    }

    private static <T extends Record> T resolved(Class<T> type, Variant.Stage stage, ReasonRftTask task) {
        return Variant.Scale.PUBLISHED
                .add(ConfigReader.of(type), stage, task)
                .set("--model", "model", fixture.model().toString())
                .set("--data", "data", fixture.trainingData().toString())
                .set("--output", "output", folder.resolve("unused").toString())
                .resolve();
    }
}
