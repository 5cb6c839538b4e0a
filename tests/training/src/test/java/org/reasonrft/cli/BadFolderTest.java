package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.kernels.Kernels;
import org.reasonrft.run.RunFolder;
import org.reasonrft.train.Fixture;

/** Checkpoints that are damaged, runs that cannot be continued and places that cannot be written. */
final class BadFolderTest {
    @TempDir
    static Path shared;

    private static Fixture fixture;
    /** A supervised run of two steps. */
    private static Path finished;

    @TempDir
    Path folder;

    private Path output;

    @BeforeAll
    static void makeModelDataAndRun() throws IOException {
        fixture = Fixture.in(shared);
        finished = shared.resolve("finished");
        StringWriter err = new StringWriter();
        int status = Main.run(
                new PrintWriter(new StringWriter()),
                new PrintWriter(err, true),
                command("sft", fixture.model(), finished));
        assertThat(status).as(err.toString()).isEqualTo(Main.OK);
    }

    @BeforeEach
    void namePlaces() {
        output = folder.resolve("out");
    }

    private static String[] command(String command, Path model, Path output, String... more) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(
                switch (command) {
                    case "sft", "grpo" -> {
                        List<String> training = new ArrayList<>(List.of(
                                "--model",
                                model.toString(),
                                "--data",
                                fixture.trainingData().toString()));
                        training.addAll(Refusal.settings("threads=1 prompt=short max_steps=2 save_steps=1"));
                        training.addAll(Refusal.settings(
                                command.equals("sft")
                                        ? "batch_size=2"
                                        : "num_generations=2 generation_batch_size=2 max_completion_length=4"));
                        yield training;
                    }
                    case "eval" ->
                        List.of(
                                "--model",
                                model.toString(),
                                "--data",
                                fixture.testData().toString(),
                                "--max-completion-length",
                                "4",
                                "--threads",
                                "1");
                    case "generate-data" -> List.of("--train", "2", "--test", "0", "--shift", "0");
                    case "report" -> List.of(finished.toString());
                    default -> List.of();
                });
        arguments.addAll(List.of("--output", output.toString()));
        arguments.addAll(Arrays.asList(more));
        return arguments.toArray(String[]::new);
    }

    static Stream<Arguments> models() {
        String config = "config.json";
        String weights = "model.safetensors";
        String processor = "preprocessor_config.json";
        return Stream.of(
                arguments("config.json", "no such file or folder", Damage.delete(config)),
                arguments("config.json", "no valid JSON", Damage.write(config, "{\"model_type\":")),
                arguments("config.json", "expected a JSON object", Damage.write(config, "")),
                arguments("config.json", "not UTF-8 text", Damage.write(config, "\u00ff")),
                arguments(
                        "config.json",
                        "model_type must be one of [qwen2, qwen2_vl, qwen2_5_vl], got \"llama\"",
                        Damage.replace(config, "qwen2_vl", "llama")),
                arguments(
                        "config.json",
                        "num_attention_heads = 3 must divide",
                        Damage.replace(config, "num_attention_heads\" : 2", "num_attention_heads\" : 3")),
                arguments(
                        "model.safetensors",
                        "has shape [",
                        Damage.replace(config, "intermediate_size\" : 48", "intermediate_size\" : 50")),
                arguments(
                        "model.safetensors",
                        "has shape [",
                        Damage.replace(config, "intermediate_size\" : 48", "intermediate_size\" : 2000000000")),
                arguments(
                        "model",
                        "missing [model.layers.2.",
                        Damage.replace(config, "num_hidden_layers\" : 2", "num_hidden_layers\" : 3")),
                arguments(
                        "model",
                        "has 2000000000 layers",
                        Damage.replace(config, "num_hidden_layers\" : 2", "num_hidden_layers\" : 2000000000")),
                arguments(
                        "model",
                        "unknown [model.layers.1.",
                        Damage.replace(config, "num_hidden_layers\" : 2", "num_hidden_layers\" : 1")),
                arguments("model", "neither model.safetensors nor", Damage.delete(weights)),
                arguments("model.safetensors", "(truncated?)", Damage.truncate(weights, 4)),
                arguments("model.safetensors", "too few for a header", Damage.write(weights, "")),
                arguments(
                        "model.safetensors", "header length 9223372036854775807", Damage.headerLength(Long.MAX_VALUE)),
                arguments("model.safetensors", "the header is no valid JSON", Damage.headerLength(64)),
                arguments("tokenizer.json", "no such file or folder", Damage.delete("tokenizer.json")),
                arguments("tokenizer.json", "no valid JSON", Damage.write("tokenizer.json", "{")),
                arguments("tokenizer.json", "no valid JSON", Damage.write("tokenizer.json", "\u00ff")),
                arguments("tokenizer.json", "no tokenizer with a vocabulary", Damage.write("tokenizer.json", "{}")),
                arguments(
                        "tokenizer.json",
                        "not accepted by the tokenizer",
                        Damage.write("tokenizer.json", "{\"model\":{\"type\":\"x\",\"vocab\":{}}}")),
                arguments(
                        "tokenizer.json",
                        "no special token \"<|im_end|>\"",
                        Damage.replace("tokenizer.json", "<|im_end|>", "<|end|>")),
                arguments("model", "no chat template", Damage.delete("tokenizer_config.json")),
                arguments("tokenizer_config.json", "no valid JSON", Damage.write("tokenizer_config.json", "{")),
                arguments("preprocessor_config.json", "no such file or folder", Damage.delete(processor)),
                arguments("preprocessor_config.json", "no valid JSON", Damage.write(processor, "[")),
                arguments("preprocessor_config.json", "image_mean is missing", Damage.write(processor, "{}")),
                arguments(
                        "preprocessor_config.json",
                        "image_std must be positive",
                        Damage.replace(processor, "0.26862954", "0.0")),
                arguments(
                        "preprocessor_config.json",
                        "are 14, 2, 2, the model has 8, 2, 2",
                        Damage.replace(processor, "patch_size\" : 8", "patch_size\" : 14")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource
    void models(String named, String part, Damage damage) throws IOException {
        Path model = Damage.copy(fixture.model(), folder.resolve("model"));
        damage.to(model);
        for (String command : List.of("sft", "grpo", "eval")) {
            output = folder.resolve(command);
            assertThat(Refusal.of(Main.FAILURE, output, command(command, model, output)))
                    .contains(
                            named.equals("model")
                                    ? model.toString()
                                    : model.resolve(named).toString())
                    .contains(part);
            assertThat(output.resolve("config.yaml")).doesNotExist();
        }
    }

    @Test
    void modelThatIsNoFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThat(Refusal.of(Main.FAILURE, output, command("sft", file, output)))
                .contains(file.toString());
        assertThat(Refusal.of(Main.USAGE, output, command("grpo", folder.resolve("none"), output)))
                .contains("--model: " + folder.resolve("none") + " does not exist");
        assertThat(Refusal.of(Main.USAGE, output, command("eval", file, output)))
                .contains("--model: " + file + " is no folder");
        assertThat(output).doesNotExist();
    }

    static Stream<Arguments> runs() {
        String state = "checkpoints/step-000002/training/state.json";
        String optimizer = "checkpoints/step-000002/training/optimizer.safetensors";
        return Stream.of(
                arguments("sft", "config.yaml: no such file", "", Damage.delete("config.yaml")),
                arguments("sft", "config.yaml, line 1: not valid YAML", "", Damage.write("config.yaml", "[")),
                arguments("grpo", "config.yaml: unknown key", "", Damage.none()),
                arguments("sft", "state.json: no such file", "", Damage.delete(state)),
                arguments("sft", "state.json: no valid JSON", "", Damage.write(state, "{\"phase\"")),
                arguments(
                        "sft",
                        "is of phase 'grpo', cannot be continued by sft",
                        "",
                        Damage.replace(state, "sft", "grpo")),
                arguments("sft", "optimizer.safetensors: ", "", Damage.truncate(optimizer, 4)),
                arguments("sft", "optimizer.safetensors: no such file", "", Damage.delete(optimizer)),
                arguments(
                        "sft",
                        "model.safetensors: ",
                        "",
                        Damage.truncate("checkpoints/step-000002/model.safetensors", 4)),
                arguments("sft", "threads: got 2, but ", "threads=2", Damage.none()),
                arguments("sft", "step-000002: optimizer state", "freeze_vision=false", Damage.none()),
                arguments("sft", "max_steps: got 1, but ", "max_steps=1", Damage.none()),
                arguments(
                        "sft",
                        "metrics.jsonl, line 1: not a JSON object",
                        "",
                        Damage.write("metrics.jsonl", "nothing\n")),
                arguments(
                        "sft",
                        "timing.jsonl, line 1: no whole number \"step\"",
                        "",
                        Damage.write("timing.jsonl", "{}\n")));
    }

    @ParameterizedTest(name = "{0} {2}: {1}")
    @MethodSource
    void runs(String command, String part, String assignments, Damage damage) throws IOException {
        Damage.copy(finished, output);
        damage.to(output);
        List<String> arguments = new ArrayList<>(List.of(command, "--resume", "--output", output.toString()));
        arguments.addAll(Refusal.settings("max_steps=3 " + assignments));
        int status = part.startsWith("config.yaml") ? Main.USAGE : Main.FAILURE;
        assertThat(Refusal.of(status, output, arguments.toArray(String[]::new)))
                .contains(part)
                .contains(output.toString());
    }

    @Test
    void runThatIsNotThere() throws IOException {
        assertThat(Refusal.of(Main.USAGE, output, "sft", "--resume", "--output", output.toString()))
                .contains(output.resolve("config.yaml") + ": no such file");
        assertThat(Refusal.of(
                        Main.FAILURE,
                        output,
                        command(
                                "grpo",
                                fixture.model(),
                                output,
                                "--resume",
                                "--config",
                                "small/reason-rft-grpo",
                                "--set",
                                "skip_samples=0")))
                .contains("cannot resume " + output + ": no such folder");
        assertThat(output).doesNotExist();
        assertThat(Refusal.of(Main.FAILURE, output, "report", folder.toString()))
                .contains("cannot read " + folder.resolve("config.yaml"));
        assertThat(Refusal.of(Main.FAILURE, output, "report", "/")).contains("cannot read /config.yaml");
    }

    @Test
    void reportOfDamagedFiles() throws IOException {
        Damage.copy(finished, output);
        for (String content : List.of("x\n{}\n", "\u00ff\n{}\n")) {
            Damage.write("metrics.jsonl", content).to(output);
            assertThat(Refusal.of(Main.FAILURE, output, "report", output.toString()))
                    .contains("cannot read " + output.resolve("metrics.jsonl"));
        }
        Path evaluation = folder.resolve("summary.json");
        for (String content : List.of("", "{", "null", "[]", "{}", "{\"splits\":[],\"models\":[{}]}", "\u00ff")) {
            Damage.write("summary.json", content).to(folder);
            assertThat(Refusal.of(
                            Main.FAILURE,
                            output,
                            command("report", null, output, "--evaluation", evaluation.toString())))
                    .contains("cannot read evaluation summary " + evaluation + ": ");
        }
    }

    static Stream<String> writers() {
        return Stream.of("sft", "grpo", "eval", "generate-data", "create-model", "quickstart");
    }

    @ParameterizedTest
    @MethodSource("writers")
    void placesThatHoldSomethingElse(String command) throws IOException {
        Path mine = Files.writeString(Files.createDirectory(output).resolve("thesis.tex"), "x");
        assertThat(Refusal.of(Main.FAILURE, output, command(command, fixture.model(), output)))
                .contains(output.toString());
        assertThat(mine).hasContent("x");
        assertThat(Refusal.of(Main.FAILURE, mine, command(command, fixture.model(), mine)))
                .contains(mine.toString());
        assertThat(mine).hasContent("x");
    }

    @ParameterizedTest
    @MethodSource("writers")
    void placesWhereNoFolderCanBeMade(String command) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        Path below = file.resolve("below/out");
        assertThat(Refusal.of(Main.FAILURE, below, command(command, fixture.model(), below)))
                .contains(file.toString());
        Path process = Path.of("/proc/reason-rft/out");
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no /proc here, so its case is left out");
        assertThat(Refusal.of(Main.FAILURE, process, command(command, fixture.model(), process)))
                .contains("/proc/reason-rft");
    }

    @ParameterizedTest
    @MethodSource("writers")
    void placesThatMayNotBeWritten(String command) throws IOException {
        Path locked = Files.createDirectory(
                folder.resolve("locked"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        assumeTrue(!Files.isWritable(locked), "this user may write everywhere, so permissions cannot be tested");
        Path below = locked.resolve("out");
        assertThat(Refusal.of(Main.FAILURE, below, command(command, fixture.model(), below)))
                .contains(below.toString())
                .contains("permission denied");
    }

    @Test
    void reportThatCannotBeWritten() throws IOException {
        Path nowhere = folder.resolve("none/report.html");
        assertThat(Refusal.of(Main.FAILURE, folder, command("report", null, nowhere)))
                .contains("cannot write " + nowhere + ": no such file or folder");
        Path taken = Files.createDirectory(folder.resolve("taken"));
        assertThat(Refusal.of(Main.FAILURE, folder, command("report", null, taken)))
                .contains("cannot write " + taken);
        assertThat(Refusal.of(Main.FAILURE, folder, command("report", null, Path.of("/"))))
                .contains("cannot write /");
    }

    @Test
    void folderInUse() throws Exception {
        try (RunFolder open = RunFolder.create(output)) {
            assertThat(Refusal.of(Main.FAILURE, output, command("sft", fixture.model(), output)))
                    .contains("run folder " + output + " is already open");
        }
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        output.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("holding");
            assertThat(Refusal.of(Main.FAILURE, output, command("grpo", fixture.model(), output)))
                    .contains("run folder " + output + " is in use by another process (pid " + other.pid() + ")");
        } finally {
            other.destroyForcibly();
        }
    }

    /** Holds a run folder in a process of its own. */
    static final class Holder {
        public static void main(String[] arguments) throws IOException {
            try (RunFolder folder = RunFolder.create(Path.of(arguments[0]))) {
                System.out.println("holding");
                System.in.read();
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void deviceIsFullWhileLogging() throws IOException {
        Damage.copy(finished, output);
        Path metrics = output.resolve("metrics.jsonl");
        Files.delete(metrics);
        Files.createSymbolicLink(metrics, Path.of("/dev/full"));
        assertThat(Refusal.of(
                        Main.FAILURE, output, "sft", "--resume", "--output", output.toString(), "--max-steps", "4"))
                .contains("cannot write " + metrics + ": No space left on device");
        Files.delete(metrics);
    }

    /** A limit on the size of files fails the write of the weights in the middle, as a full device does; the child shows the real streams. */
    @ParameterizedTest
    @MethodSource("writersOfLargeFiles")
    @EnabledOnOs(OS.LINUX)
    void deviceIsFullWhileWritingACheckpoint(String command, String part) throws Exception {
        Kernels.cpuTier(); // unpacks the natives, which are larger than the child may write
        List<String> shell = new ArrayList<>(List.of(
                "sh",
                "-c",
                "ulimit -f 64; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        if (Runtime.version().feature() >= 24) { // which warns on standard error about native libraries otherwise
            shell.add(shell.indexOf("-cp"), "--enable-native-access=ALL-UNNAMED");
        }
        shell.addAll(List.of(command(command, fixture.model(), output)));
        Path err = folder.resolve("err");
        Process child = new ProcessBuilder(shell)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile())
                .start();
        assertThat(child.waitFor()).as(Files.readString(err)).isEqualTo(Main.FAILURE);
        Refusal.assertOneLine(command, Files.readString(err));
        assertThat(err).content().contains(part.replace("O", output.toString())).contains("File too large");
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.map(Path::toString))
                    .noneMatch(file -> file.contains("safetensors") || file.contains("writing"));
        }
    }

    static Stream<Arguments> writersOfLargeFiles() {
        return Stream.of(
                arguments("sft", "cannot write O/checkpoints/step-000001"),
                arguments("create-model", "cannot write O"));
    }
}
