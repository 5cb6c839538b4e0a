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
import java.util.Set;
import java.util.stream.Stream;

/** What every failure looks like to whoever runs the program, and what it may leave on disk. */
final class Refusal {
    /** A run that died keeps these; none of them passes for a result. */
    private static final Set<String> LOGS =
            Set.of("config.yaml", "metrics.jsonl", "timing.jsonl", "samples.jsonl", ".lock");

    private Refusal() {}

    /**
     * Runs a command that has to fail: one line that names command and cause, nothing on standard output, and in {@code output} no file
     * beyond logs.
     *
     * @param output where the command was told to write; it need not exist
     * @return the line
     */
    static String of(int status, Path output, String... arguments) throws IOException {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<Path> before = results(output);
        int actual = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        assertThat(actual).as("%s%n%s", Arrays.toString(arguments), err).isEqualTo(status);
        assertThat(out.toString()).isEmpty();
        assertThat(results(output)).as("left behind").isEqualTo(before);
        assertOneLine(arguments[0], err.toString());
        return err.toString().strip();
    }

    static void assertOneLine(String command, String standardError) {
        assertThat(standardError.lines())
                .singleElement()
                .asString()
                .startsWith("reason-rft " + command + ": ")
                .doesNotContain("\tat ", "Exception", "Error:", "--verbose shows more");
    }

    /** Everything under a path that could be taken for a checkpoint, a data set, a report or a half of one. */
    private static List<Path> results(Path output) throws IOException {
        if (!Files.isDirectory(output)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(output)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !LOGS.contains(file.getFileName().toString()))
                    .filter(file -> !file.getParent().endsWith("tensorboard"))
                    .sorted()
                    .toList();
        }
    }

    /** {@code --set a --set b} for {@code "a b"}. */
    static List<String> settings(String assignments) {
        List<String> options = new ArrayList<>();
        if (!assignments.isEmpty()) {
            for (String assignment : assignments.split(" ")) {
                options.addAll(List.of("--set", assignment));
            }
        }
        return options;
    }
}
