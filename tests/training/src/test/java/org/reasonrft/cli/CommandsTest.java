package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.report.EvaluationSummary;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.StopSignal;
import org.reasonrft.torch.Torch;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.SftConfig;

/** The commands from end to end, on a model that has learnt nothing and for as few steps as show that they work together. */
final class CommandsTest {
    @TempDir
    static Path folder;

    private static Path model;
    private static Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void makeModelAndData() {
        model = folder.resolve("fresh");
        data = folder.resolve("data");
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        assertThat(Main.run(nowhere, nowhere, "create-model", "--output", model.toString()))
                .isEqualTo(Main.OK);
        assertThat(Main.run(
                        nowhere,
                        nowhere,
                        "generate-data",
                        "--output",
                        data.toString(),
                        "--train",
                        "12",
                        "--test",
                        "4",
                        "--shift",
                        "3"))
                .isEqualTo(Main.OK);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private String[] sft(Path output, int steps, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "sft",
                "--config",
                "small/reason-rft-sft",
                "--model",
                model.toString(),
                "--data",
                data.resolve("train.json").toString(),
                "--output",
                output.toString(),
                "--max-steps",
                Integer.toString(steps),
                "--set",
                "threads=1",
                "--set",
                "batch_size=2",
                "--set",
                "evaluation.data.test=" + data.resolve("test.json"),
                "--set",
                "evaluation.steps=0",
                "--set",
                "save_steps=2",
                "--set",
                "optimizer.schedule=constant"));
        arguments.addAll(Arrays.asList(more));
        return arguments.toArray(String[]::new);
    }

    @Test
    void supervisedRunLeavesLogsCheckpointAndReport() throws IOException {
        Path run = folder.resolve("sft");
        assertThat(run(sft(run, 3))).as(err.toString()).isEqualTo(Main.OK);
        assertThat(out.toString())
                .contains("test: accuracy")
                .contains("model:  " + run.resolve("checkpoints/step-000003"));
        assertThat(Files.readAllLines(run.resolve("metrics.jsonl")))
                .hasSize(3)
                .last()
                .asString()
                .contains("\"eval/test/accuracy\":");
        assertThat(run.resolve("report.html")).content().contains("3 steps");
        assertThat(ConfigReader.of(SftConfig.class)
                        .file(run.resolve("config.yaml"))
                        .resolve()
                        .batchSize())
                .isEqualTo(2);

        assertThat(run(sft(run, 3))).as("a second start in the same folder").isEqualTo(Main.FAILURE);
        assertThat(err.toString()).startsWith("reason-rft sft: output folder " + run + " is not empty");
    }

    @Test
    void resumedRunHasTheBytesOfAnUndisturbedOne() throws IOException {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        assertThat(run(sft(whole, 4))).isEqualTo(Main.OK);
        assertThat(run(sft(parts, 2))).isEqualTo(Main.OK);
        assertThat(run("sft", "--resume", "--output", parts.toString(), "--max-steps", "4"))
                .as(err.toString())
                .isEqualTo(Main.OK);
        // The first part evaluated after its last step, which the whole run passed without a halt.
        List<String> expected = Files.readAllLines(whole.resolve("metrics.jsonl"));
        List<String> resumed = Files.readAllLines(parts.resolve("metrics.jsonl"));
        assertThat(resumed).hasSize(4);
        assertThat(resumed.subList(2, 4)).isEqualTo(expected.subList(2, 4));
        assertThat(parts.resolve("checkpoints/step-000004/model.safetensors"))
                .hasSameBinaryContentAs(whole.resolve("checkpoints/step-000004/model.safetensors"));
    }

    @Test
    void adaptersAreMerged() throws IOException {
        Path run = folder.resolve("lora");
        assertThat(run(sft(run, 2, "--set", "lora.rank=4", "--set", "save_steps=2")))
                .as(err.toString())
                .isEqualTo(Main.OK);
        Path adapter = run.resolve("checkpoints/step-000002");
        Path merged = folder.resolve("merged");
        String[] merge = {"merge", "--model", adapter.toString(), "--output", merged.toString()};
        assertThat(run(merge)).as(err.toString()).isEqualTo(Main.OK);
        assertThat(out.toString()).isEqualTo("model: " + merged + System.lineSeparator());
        try (ModelDirectory expected = ModelDirectory.load(adapter);
                ModelDirectory actual = ModelDirectory.load(merged)) {
            expected.mergeAdapter();
            actual.model()
                    .parameters()
                    .forEach((name, parameter) -> assertThat(Torch.floats(parameter))
                            .as(name)
                            .isEqualTo(
                                    Torch.floats(expected.model().parameters().get(name))));
        }
        assertThat(run(merge)).isEqualTo(Main.FAILURE);
        assertThat(err.toString()).contains(merged + ": it exists already");
        assertThat(run(
                        "merge",
                        "--model",
                        merged.toString(),
                        "--output",
                        folder.resolve("x").toString()))
                .isEqualTo(Main.USAGE);
        assertThat(err.toString()).contains("has no adapter_config.json");
    }

    @Test
    void modelsAreStoredInTheTypeAskedFor() throws IOException {
        Path half = folder.resolve("half");
        assertThat(run("create-model", "--output", half.toString(), "--dtype", "bfloat16", "--size", "million"))
                .as(err.toString())
                .isEqualTo(Main.OK);
        assertThat(Files.size(half.resolve("model.safetensors")))
                .isBetween(
                        Files.size(model.resolve("model.safetensors")) * 9 / 20,
                        Files.size(model.resolve("model.safetensors")) * 11 / 20);
        assertThat(half.resolve("config.json")).content().contains("bfloat16");
    }

    /** The recipe names a prompt that asks by the form of the answer; a run uses it as any other. */
    @Test
    void promptThatDependsOnTheAnswer() throws IOException {
        Path run = folder.resolve("geometry");
        Path geometry = Files.writeString(
                data.resolve("geometry.json"),
                "[{\"id\": \"a\", \"problem\": \"Which? (A) 1 (B) 2\", \"answer\": \"B\", \"cot\": \"2\"},"
                        + "{\"id\": \"b\", \"problem\": \"How long?\", \"answer\": \"2.5\", \"cot\": \"5/2\"}]");
        String[] train = sft(run, 1, "--set", "prompt=structure-perception", "--set", "max_completion_length=200");
        train[Arrays.asList(train).indexOf("--data") + 1] = geometry.toString();
        assertThat(run(train)).as(err.toString()).isEqualTo(Main.OK);
        assertThat(run.resolve("config.yaml")).content().contains("prompt: structure-perception");
        train[Arrays.asList(train).indexOf("prompt=structure-perception")] = "prompt=structure-deception";
        train[Arrays.asList(train).indexOf("--output") + 1] =
                folder.resolve("none").toString();
        assertThat(run(train)).isEqualTo(Main.FAILURE);
        assertThat(err.toString()).contains("prompt template 'structure-deception': no such resource");
    }

    @Test
    void badRecordsEndTheRunOrAreReported() throws IOException {
        Path damaged = data.resolve("damaged.json");
        Files.writeString(
                damaged,
                Files.readString(data.resolve("train.json"))
                        .replaceFirst("\\[", "[{\"id\": \"bad\", \"problem\": \"p\"},"));
        String complaint = damaged + ": record 0 (id 'bad'): field 'answer': missing";
        Path run = folder.resolve("damaged-run");
        String[] train = sft(run, 1);
        train[Arrays.asList(train).indexOf("--data") + 1] = damaged.toString();
        String[] skipping = Arrays.copyOf(train, train.length + 2);
        skipping[train.length] = "--on-bad-record";
        skipping[train.length + 1] = "skip";

        assertThat(run(train)).isEqualTo(Main.FAILURE);
        assertThat(err.toString()).contains(complaint);
        assertThat(run(skipping)).as(err.toString()).isEqualTo(Main.OK);
        assertThat(err.toString())
                .contains(damaged + ": 1 of 13 records skipped:")
                .contains("  " + complaint);
        assertThat(run.resolve("config.yaml")).content().contains("on_bad_record: skip");

        String[] answer = {
            "eval", "--model", model.toString(), "--data", damaged.toString(), "--max-completion-length", "2"
        };
        assertThat(run(answer)).isEqualTo(Main.FAILURE);
        String[] answerSkipping = Arrays.copyOf(answer, answer.length + 1);
        answerSkipping[answer.length] = "--on-bad-record=skip";
        assertThat(run(answerSkipping)).as(err.toString()).isEqualTo(Main.OK);
        assertThat(err.toString()).contains("1 of 13 records skipped:");
        assertThat(out.toString()).contains("damaged: accuracy").contains("of 12,");
        assertThat(run("eval", "--model", model.toString(), "--data", damaged.toString(), "--on-bad-record=ignore"))
                .isEqualTo(Main.USAGE);
    }

    @Test
    void grpoThenEvaluationThenReport() throws IOException {
        Path run = folder.resolve("grpo");
        assertThat(run(
                        "grpo",
                        "--config",
                        "small/reason-rft-grpo",
                        "--model",
                        model.toString(),
                        "--data",
                        data.resolve("train.json").toString(),
                        "--output",
                        run.toString(),
                        "--max-steps",
                        "2",
                        "--set",
                        "threads=1",
                        "--set",
                        "skip_samples=0",
                        "--set",
                        "generation_batch_size=4",
                        "--set",
                        "num_generations=2",
                        "--set",
                        "max_completion_length=6",
                        "--set",
                        "log_completions=1"))
                .as(err.toString())
                .isEqualTo(Main.OK);
        assertThat(Files.readAllLines(run.resolve("samples.jsonl"))).isNotEmpty();
        assertThat(run.resolve("report.html")).content().contains("Samples: ").contains("data:image/png;base64,");

        Path evaluation = folder.resolve("evaluation");
        assertThat(run(
                        "eval",
                        "--model",
                        run.resolve("checkpoints/step-000002").toString(),
                        "--data",
                        "a=" + data.resolve("test.json"),
                        "--data",
                        data.resolve("shift.json").toString(),
                        "--output",
                        evaluation.toString(),
                        "--max-completion-length",
                        "6",
                        "--max-samples",
                        "3",
                        "--threads",
                        "1"))
                .as(err.toString())
                .isEqualTo(Main.OK);
        assertThat(out.toString()).contains("a: accuracy").contains("shift: accuracy");
        assertThat(Files.readAllLines(evaluation.resolve("predictions-a.jsonl")))
                .hasSize(3)
                .first()
                .asString()
                .contains("\"completions\":[{\"text\":");
        assertThat(evaluation.resolve("report.html")).content().contains("Answers: a", "data:image/png;base64,");
        assertThat(Files.readAllLines(evaluation.resolve("summary.csv")))
                .first()
                .isEqualTo("model,split,scorer,samples,dimension,group,questions,measure,value,low,high");
        assertThat(EvaluationSummary.read(evaluation.resolve("summary.json")).splits())
                .extracting(EvaluationSummary.Split::name)
                .containsExactly("a", "shift");

        Path report = folder.resolve("both.html");
        assertThat(run(
                        "report",
                        run.toString(),
                        "--evaluation",
                        evaluation.resolve("summary.json").toString(),
                        "--output",
                        report.toString(),
                        "--title",
                        "A title"))
                .as(err.toString())
                .isEqualTo(Main.OK);
        assertThat(report).content().contains("<h1>A title</h1>").contains("Results");
    }

    @Test
    void resolvedConfigurationIsPrintedWithoutAnyWork() {
        Path output = folder.resolve("none");
        assertThat(run(
                        "grpo",
                        "--config",
                        "reason-rft-grpo",
                        "--model",
                        model.toString(),
                        "--data",
                        data.resolve("train.json").toString(),
                        "--output",
                        output.toString(),
                        "--learning-rate",
                        "2e-6",
                        "--print-config"))
                .as(err.toString())
                .isEqualTo(Main.OK);
        assertThat(ConfigReader.of(GrpoConfig.class)
                        .yaml("printed", out.toString())
                        .resolve()
                        .optimizer()
                        .learningRate())
                .isEqualTo(2e-6);
        assertThat(output).doesNotExist();
    }

    /** A recipe that is not on the list would be left out without a word. */
    @Test
    void everyRecipeOfTheSourcesIsShipped() throws IOException {
        Path sources = Path.of("../../java/training/src/main/resources/org/reasonrft/recipes");
        try (Stream<Path> files = Files.walk(sources)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> sources.relativize(file).toString().replace(".yaml", "")))
                    .containsExactlyInAnyOrderElementsOf(Recipes.SHIPPED);
        }
    }

    @Test
    void everyShippedRecipeIsAConfiguration() {
        for (String recipe : Recipes.SHIPPED) {
            String command = recipe.endsWith("grpo") || recipe.endsWith("zero") ? "grpo" : "sft";
            assertThat(run(
                            command,
                            "--config",
                            recipe,
                            "--model",
                            model.toString(),
                            "--data",
                            data.resolve("train.json").toString(),
                            "--output",
                            "x",
                            "--print-config"))
                    .as("%s: %s", recipe, err)
                    .isEqualTo(Main.OK);
        }
    }

    @Test
    void mistakesAreOneLineBeforeAnyWork() {
        String train = data.resolve("train.json").toString();
        assertMistake("model: is required", "sft");
        assertMistake("--model: nope does not exist", "sft", "--model", "nope", "--data", train, "--output", "x");
        assertMistake(
                "--learning-rate: got the text 'fast', wanted a number",
                "grpo",
                "--model",
                model.toString(),
                "--data",
                train,
                "--output",
                "x",
                "--learning-rate",
                "fast");
        assertMistake("no shipped recipe of that name", "sft", "--config", "nope");
        assertMistake("did you mean num_generations?", "grpo", "--set", "num_generation=4");
        assertMistake("--resume needs --output", "grpo", "--resume");
        assertMistake("--batch-size: got 0", "eval", "--model", model.toString(), "--data", train, "--batch-size", "0");
        assertMistake(
                "two splits are named train", "eval", "--model", model.toString(), "--data", train, "--data", train);
    }

    @Test
    void quickstartRunsAllStagesStopsWhenAskedAndGoesOn() throws IOException {
        Path output = folder.resolve("quickstart");
        Quickstart.Size size = new Quickstart.Size(40, 0.6, 40, 6, 0.006);
        try (StopSignal stop = StopSignal.manual()) {
            stop.request();
            assertThat(new Quickstart(output, model, size, 0, 1, stop, new PrintWriter(out, true)).run(false))
                    .isFalse();
        }
        assertThat(output.resolve("grpo"))
                .as("a stage behind the one that was stopped")
                .doesNotExist();
        try (StopSignal stop = StopSignal.manual()) {
            assertThat(new Quickstart(output, model, size, 0, 1, stop, new PrintWriter(out, true)).run(true))
                    .isTrue();
        }
        assertThat(out.toString())
                .contains("What was learnt", "Phase 2: GRPO", "report: " + output.resolve("report.html"));
        EvaluationSummary summary = EvaluationSummary.read(output.resolve("evaluation.json"));
        assertThat(summary.models())
                .extracting(EvaluationSummary.Model::name)
                .containsExactly("base", "sft", "grpo", "control");
        assertThat(summary.splits())
                .extracting(EvaluationSummary.Split::samples)
                .containsExactly(6, 6);
        assertThat(output.resolve("report.html")).content().contains("Accuracy over training time", "SFT-only control");
    }

    private void assertMistake(String part, String... arguments) {
        assertThat(run(arguments)).isEqualTo(Main.USAGE);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("reason-rft " + arguments[0] + ": ")
                .contains(part);
    }
}
