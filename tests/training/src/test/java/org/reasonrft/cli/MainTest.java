package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.data.DataException;
import org.reasonrft.run.ConfigException;
import org.reasonrft.run.RunException;

final class MainTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private void assertOneErrorLine(String... parts) {
        assertThat(err.toString().lines())
                .singleElement()
                .satisfies(line -> assertThat(line).contains(parts));
    }

    @Test
    void helpAndVersionSucceedOnStandardOutput() {
        assertThat(run("--help")).isEqualTo(Main.OK);
        assertThat(out.toString()).contains("generate-data").contains("--verbose");
        assertThat(run("--version")).isEqualTo(Main.OK);
        assertThat(out.toString()).contains("reason-rft ");
        assertThat(run("generate-data", "--help")).isEqualTo(Main.OK);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void wrongOptionsAreOneLineAndStatusTwo() {
        assertThat(run("generate-data", "--outptu", "x")).isEqualTo(Main.USAGE);
        assertOneErrorLine(
                "reason-rft generate-data: unknown option or argument '--outptu'; did you mean --output?", "--help");
        err.getBuffer().setLength(0);
        assertThat(run("generate-data", "--output", "x", "--train", "many")).isEqualTo(Main.USAGE);
        assertOneErrorLine("reason-rft generate-data: ", "--train", "many");
    }

    @Test
    void missingCommandIsOneLineAndStatusTwo() {
        assertThat(run()).isEqualTo(Main.USAGE);
        assertOneErrorLine("reason-rft: missing command", "generate-data");
    }

    @Test
    void misspeltCommandGetsASuggestion() {
        assertThat(run("generate-date")).isEqualTo(Main.USAGE);
        assertOneErrorLine("reason-rft: ", "generate-date", "did you mean generate-data?");
    }

    @Test
    void generatesTheSplitsThatWereAskedFor() throws IOException {
        Path data = folder.resolve("data");
        assertThat(run("generate-data", "--output", data.toString(), "--train", "3", "--test", "2", "--shift", "0"))
                .isEqualTo(Main.OK);
        assertThat(out.toString())
                .contains("3 samples in " + data.resolve("train.json"))
                .contains("2 samples in " + data.resolve("test.json"))
                .doesNotContain("shift");
        assertThat(data.resolve("shift.json")).doesNotExist();
    }

    @Test
    void folderWithContentIsAFailureInOneLine() throws IOException {
        Files.writeString(folder.resolve("mine"), "x");
        assertThat(run("generate-data", "--output", folder.toString(), "--train", "1"))
                .isEqualTo(Main.FAILURE);
        assertOneErrorLine("reason-rft generate-data: ", folder.toString());
    }

    @Test
    void verboseMayComeBeforeOrAfterTheCommandAndShowsTheStack() throws IOException {
        Files.writeString(folder.resolve("mine"), "x");
        for (String[] arguments : new String[][] {
            {"--verbose", "generate-data", "--output", folder.toString()},
            {"generate-data", "--output", folder.toString(), "--verbose"}
        }) {
            err.getBuffer().setLength(0);
            assertThat(run(arguments)).isEqualTo(Main.FAILURE);
            assertThat(err.toString()).contains("\tat org.reasonrft.");
        }
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(
                        new IllegalArgumentException("temperature: got -1"), "reason-rft x: temperature: got -1", 1),
                Arguments.of(new ConfigException("a.yaml: unknown key z"), "reason-rft x: a.yaml: unknown key z", 2),
                Arguments.of(new DataException("a.json: record 3"), "reason-rft x: a.json: record 3", 1),
                Arguments.of(
                        RunException.of("write", Path.of("a"), new AccessDeniedException("a")),
                        "reason-rft x: cannot write a: permission denied",
                        1),
                Arguments.of(
                        new UncheckedIOException(new NoSuchFileException("m.json")),
                        "reason-rft x: m.json: no such file or folder",
                        1),
                Arguments.of(new IOException("No space left on device"), "reason-rft x: No space left on device", 1),
                Arguments.of(
                        new OutOfMemoryError("Java heap space"),
                        "reason-rft x: out of memory: Java heap space; lower the batch sizes or raise -Xmx",
                        1),
                Arguments.of(
                        new UnsatisfiedLinkError("no reasonrft in java.library.path"),
                        "reason-rft x: a native library or class cannot be loaded: no reasonrft in java.library.path",
                        1));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void everyFailureIsOneLine(Throwable failure, String line, int status) {
        ErrorLine errors = new ErrorLine(new PrintWriter(err, true), () -> false);
        assertThat(errors.report("reason-rft x", failure)).isEqualTo(status);
        assertThat(err.toString().lines()).containsExactly(line);
    }

    @Test
    void unexpectedFailuresSayWhereAndHowToLearnMore() {
        ErrorLine errors = new ErrorLine(new PrintWriter(err, true), () -> false);
        errors.report(
                "reason-rft x",
                new RuntimeException("shape '[2, 3]' is invalid\nException raised from view at ...\nframe #0"));
        assertOneErrorLine("RuntimeException: shape '[2, 3]' is invalid");
        err.getBuffer().setLength(0);
        errors.report("reason-rft x", new NullPointerException());
        assertOneErrorLine("NullPointerException: no message (at org.reasonrft.cli.MainTest", "--verbose shows more");
    }
}
