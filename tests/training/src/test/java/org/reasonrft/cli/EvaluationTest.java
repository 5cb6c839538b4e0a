package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.train.Fixture;

/** Folders of {@code eval}: what they hold, how they are resumed, and what a signal leaves of them. */
final class EvaluationTest {
    private static final List<String> RESULTS = List.of(
            "config.yaml",
            "predictions-test.jsonl",
            "predictions-train.jsonl",
            "report.html",
            "summary.csv",
            "summary.json");

    @TempDir
    static Path shared;

    private static Fixture fixture;
    /** An evaluation that nothing disturbed. */
    private static Path whole;

    @TempDir
    Path folder;

    private Path output;

    @BeforeAll
    static void evaluateUndisturbed() throws IOException {
        fixture = Fixture.in(shared);
        whole = shared.resolve("whole");
        run(Main.OK, begin(whole));
    }

    @BeforeEach
    void name() {
        output = folder.resolve("out");
    }

    /** @param more options with their values; they replace those of the same name */
    private static String[] begin(Path output, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "eval",
                "--model",
                fixture.model().toString(),
                "--data",
                fixture.testData().toString(),
                "--data",
                fixture.trainingData().toString(),
                "--output",
                output.toString(),
                "--prompt",
                "short",
                "--samples",
                "4",
                "--temperature",
                "1",
                "--pass-at",
                "1,2,4",
                "--max-completion-length",
                "160",
                "--batch-size",
                "8",
                "--threads",
                "1"));
        for (int i = 0; i < more.length; i += 2) {
            int known = arguments.indexOf(more[i]);
            if (known < 0) {
                arguments.addAll(List.of(more[i], more[i + 1]));
            } else {
                arguments.set(known + 1, more[i + 1]);
            }
        }
        return arguments.toArray(String[]::new);
    }

    private static String run(int status, String... arguments) {
        StringWriter text = new StringWriter();
        PrintWriter printer = new PrintWriter(text, true);
        assertThat(Main.run(printer, printer, arguments)).as(text.toString()).isEqualTo(status);
        return text.toString();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(".lock"))
                    .sorted()
                    .toList();
        }
    }

    private static long lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.count();
        }
    }

    /** What an evaluation leaves that was killed while it wrote the n-th answer of the second split. */
    private void leaveOff(int answered) throws IOException {
        Files.createDirectories(output);
        for (String name : List.of("config.yaml", "predictions-test.jsonl")) {
            Files.copy(whole.resolve(name), output.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> lines = Files.readAllLines(whole.resolve("predictions-train.jsonl"));
        Files.writeString(
                output.resolve("predictions-train.jsonl"),
                String.join("\n", lines.subList(0, answered)) + "\n"
                        + lines.get(answered).substring(0, 50));
    }

    private void assertSameResults() throws IOException {
        assertThat(files(output)).isEqualTo(RESULTS);
        for (String name : RESULTS) {
            assertThat(output.resolve(name)).as(name).hasSameBinaryContentAs(whole.resolve(name));
        }
    }

    @Test
    void folderHoldsAnswersSummaryTableAndPage() throws IOException {
        assertThat(files(whole)).isEqualTo(RESULTS);
        assertThat(lines(whole.resolve("predictions-train.jsonl"))).isEqualTo(24);
        assertThat(whole.resolve("summary.csv"))
                .content()
                .contains(
                        ",all,all,24,pass@4,",
                        ",all,all,24,maj@4,",
                        ",type,counting,",
                        ",splits,unweighted average,30,");
        assertThat(whole.resolve("report.html"))
                .content()
                .contains("By level, type and form", "Averages over splits", "Answers: train", "All 24 questions")
                .doesNotContain("<script");
    }

    @Test
    void resumedAfterAKillHasTheBytesOfAnUndisturbedOne() throws IOException {
        leaveOff(10);
        run(Main.OK, "eval", "--resume", "--output", output.toString(), "--threads", "1", "--batch-size", "12");
        assertSameResults();
        // Once more there is nothing to do, and nothing changes.
        run(Main.OK, "eval", "--resume", "--output", output.toString(), "--threads", "1");
        assertSameResults();
    }

    /** The model and the data may lie elsewhere. */
    @Test
    void resumesWithCopies() throws IOException {
        leaveOff(3);
        Path model = folder.resolve("model");
        Files.createDirectory(model);
        try (Stream<Path> files = Files.list(fixture.model())) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        run(Main.OK, "eval", "--resume", "--output", output.toString(), "--model", model.toString());
        assertThat(output.resolve("predictions-train.jsonl"))
                .hasSameBinaryContentAs(whole.resolve("predictions-train.jsonl"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--temperature 0.5 | --temperature is 0.5, but it was begun with 1.0",
                "--samples 5 | --samples is 5, but it was begun with 4",
                "--seed 3 | --seed is 3, but it was begun with 0",
                "--top-k 7 | --top-k is 7, but it was begun with 0",
                "--max-samples 2 | --max-samples is 2, but it was begun with 0",
                "--max-completion-length 9 | --max-completion-length is 9, but it was begun with 160",
                "--max-pixels 900 | --max-pixels is 900, but it was begun with that of the checkpoint",
                "--scorer accuracy | --scorer is accuracy, but it was begun with that of the task",
                "--prompt bare | the text of prompt bare is not the one that it was begun with (short)",
                "--data DATA | the splits are [train], but it was begun with [test, train]",
                "--data train=TEST --data test=TEST | questions or pictures of split train in",
                "--model OTHER | OTHER is not the one that it was begun with",
            })
    void refusesToGoOnWithSomethingElse(String options, String part) throws IOException {
        leaveOff(5);
        Path other = folder.resolve("other");
        BaseModel.extractTo(other);
        List<String> arguments = new ArrayList<>(List.of("eval", "--resume", "--output", output.toString()));
        for (String option : options.split(" ")) {
            arguments.add(option.replace("OTHER", other.toString())
                    .replace("DATA", fixture.trainingData().toString())
                    .replace("TEST", fixture.testData().toString()));
        }
        byte[] before = Files.readAllBytes(output.resolve("predictions-train.jsonl"));
        assertThat(Refusal.of(Main.FAILURE, output, arguments.toArray(String[]::new)))
                .contains("cannot resume " + output)
                .contains(part.replace("OTHER", other.toString()));
        assertThat(output.resolve("predictions-train.jsonl")).hasBinaryContent(before);
    }

    @Test
    void refusesToGoOnWhereNothingWasBegunOrAnswersChanged() throws IOException {
        assertThat(Refusal.of(Main.FAILURE, output, "eval", "--resume", "--output", output.toString()))
                .contains("no evaluation was begun there");
        assertThat(Refusal.of(Main.USAGE, output, "eval", "--resume")).contains("--resume: needs --output");
        leaveOff(5);
        Path file = output.resolve("predictions-train.jsonl");
        Files.writeString(file, Files.readString(file).replaceFirst("train-000002", "train-000009"));
        assertThat(Refusal.of(Main.FAILURE, output, "eval", "--resume", "--output", output.toString()))
                .contains("line 3 of the predictions")
                .contains("train-000009");
        assertThat(Refusal.of(Main.FAILURE, output, begin(output))).contains(output + " is not empty");
    }

    /** SIGTERM in the middle of a batch: it leaves between two tokens, without a crash of the virtual machine. */
    @Test
    void signalLeavesAFolderThatCanBeResumed() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:ErrorFile=" + folder.resolve("crash.log"),
                "-cp",
                System.getProperty("java.class.path"),
                "org.reasonrft.cli.Main"));
        command.addAll(List.of(begin(output)));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Path predictions = output.resolve("predictions-train.jsonl");
        while (process.isAlive() && lines(predictions) < 4) {
            Thread.sleep(1);
        }
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(said).isEqualTo(143);
        assertThat(said).contains("stopped; continue with: reason-rft eval --resume --output " + output);
        assertThat(folder.resolve("crash.log")).doesNotExist();
        assertThat(lines(predictions)).isBetween(4L, 23L);
        assertThat(files(output)).doesNotContain("summary.json", "report.html");
        run(Main.OK, "eval", "--resume", "--output", output.toString(), "--threads", "1");
        assertSameResults();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--samples 0 | --samples: got 0, wanted 1 or more",
                "--samples 4 --temperature 0 | --samples: got 4 with --temperature 0",
                "--pass-at 5 | --pass-at: got 5, wanted 1 to the number of --samples, 4",
                "--pass-at 0 | --pass-at: got 0",
                "--max-pixels 0 | --max-pixels: got 0, wanted 1 or more",
                "--min-pixels 20 --max-pixels 10 | --min-pixels: got 20, wanted no more than --max-pixels, 10",
                "--report-questions -1 | --report-questions: got -1",
                "--scorer best | --scorer",
                "--decoding beam | --decoding",
            })
    void options(String options, String part) throws IOException {
        assertThat(Refusal.of(Main.USAGE, output, begin(output, options.split(" "))))
                .contains(part);
        assertThat(output).doesNotExist();
    }

    @Test
    void questionsTooLongForTheModelAreNamed() throws IOException {
        assertThat(Refusal.of(Main.FAILURE, output, begin(output, "--max-completion-length", "4090")))
                .contains("question test-000000: got a prompt of ")
                .contains("of them for pictures")
                .contains("has only 4096 positions");
    }

    /** The settings of the published evaluation, each of which an option overrides. */
    @Test
    void publishedDecoding() throws IOException {
        run(
                Main.OK,
                "eval",
                "--model",
                fixture.model().toString(),
                "--data",
                fixture.testData().toString(),
                "--output",
                output.toString(),
                "--decoding",
                "published",
                "--max-completion-length",
                "3",
                "--max-samples",
                "2");
        assertThat(output.resolve("config.yaml"))
                .content()
                .contains("max_completion_length: 3", "temperature: 0.1", "top_k: 50", "top_p: 0.9")
                .contains("min_pixels: 3136", "max_pixels: 480000");
    }
}
