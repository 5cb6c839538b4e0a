package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGKILL at ten random moments, each time resumed: metrics and last checkpoint are those of an undisturbed run, bit for bit. */
@Tag("slow")
class KillTest {
    private static final int KILLS = 10;
    /** Long enough that ten kills fall into it, each after some steps and between two checkpoints. */
    private static final int STEPS = 400;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"sft", "grpo"})
    void resumesToTheSameBytes(String phase) throws Exception {
        Fixture.in(folder);
        Path whole = folder.resolve("whole");
        assertThat(start(phase, whole, false).waitFor()).isZero();
        SplittableRandom random = new SplittableRandom(20);
        Path killed = folder.resolve("killed");
        int kills = 0;
        boolean resume = false;
        while (kills < KILLS) {
            Process process = start(phase, killed, resume);
            long before = lines(killed);
            // From here to where another tenth of the run is done, whatever the process is doing then.
            long wanted = before + 1 + random.nextInt(STEPS / KILLS - 1);
            while (process.isAlive() && lines(killed) < wanted) {
                Thread.sleep(1);
            }
            Thread.sleep(random.nextInt(25));
            assertThat(process.isAlive())
                    .as("finished before kill %d: %s", kills, log())
                    .isTrue();
            process.destroyForcibly().waitFor();
            kills++;
            resume = Files.exists(killed.resolve("config.yaml"));
        }
        assertThat(start(phase, killed, resume).waitFor()).as(log()).isZero();
        assertSame(whole, killed, "metrics.jsonl");
        assertSame(whole, killed, "samples.jsonl");
        String last = String.format("checkpoints/step-%06d", STEPS);
        for (String file : files(whole.resolve(last))) {
            assertSame(whole, killed, last + "/" + file);
        }
        assertThat(files(killed.resolve(last))).isEqualTo(files(whole.resolve(last)));
    }

    private Process start(String phase, Path output, boolean resume) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.reasonrft.cli.Main",
                phase,
                "--output",
                output.toString()));
        if (resume) {
            command.add("--resume");
        } else {
            command.addAll(List.of(
                    "--model",
                    folder.resolve("model").toString(),
                    "--data",
                    folder.resolve("data/train.json").toString(),
                    "--set",
                    "prompt=short",
                    "--set",
                    "max_steps=" + STEPS,
                    "--set",
                    "batch_size=4",
                    "--set",
                    "save_steps=7",
                    "--set",
                    "evaluation.data.test=" + folder.resolve("data/test.json"),
                    "--set",
                    "evaluation.steps=5",
                    "--set",
                    "max_completion_length=" + (phase.equals("sft") ? 96 : 10),
                    "--set",
                    "threads=1"));
            if (phase.equals("grpo")) {
                command.addAll(List.of(
                        "--set", "num_generations=4",
                        "--set", "generation_batch_size=8",
                        "--set", "num_iterations=2",
                        "--set", "rewards=[text_length]",
                        "--set", "log_completions=3"));
            }
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
                .start();
    }

    private String log() throws IOException {
        String log = Files.readString(folder.resolve("log"));
        return log.substring(Math.max(0, log.length() - 2000));
    }

    private static long lines(Path run) throws IOException {
        Path metrics = run.resolve("metrics.jsonl");
        if (!Files.exists(metrics)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(metrics)) {
            return lines.count();
        }
    }

    private static void assertSame(Path expected, Path actual, String file) {
        assertThat(actual.resolve(file)).as(file).hasSameBinaryContentAs(expected.resolve(file));
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> root.relativize(f).toString())
                    .sorted()
                    .toList();
        }
    }
}
