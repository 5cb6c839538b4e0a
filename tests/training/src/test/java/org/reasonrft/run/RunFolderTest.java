package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunFolderTest {
    @TempDir
    Path folder;

    record Config(int steps) {}

    @Test
    void logsGoToTheirFilesAndAreContinued() throws IOException {
        Path path = folder.resolve("runs/a");
        try (RunFolder run = RunFolder.create(path);
                RunLog log = run.openLog(-1)) {
            run.writeConfig(new Config(4));
            for (long step = 1; step <= 3; step++) {
                log.metrics(step, Map.of("loss", 1.0 / step));
                log.timing(step, Map.of("seconds", 0.5));
                log.sample(new SampledGroup(step, "q", List.of(), "a", List.of()));
            }
            log.sync();
        }
        try (RunFolder run = RunFolder.resume(path);
                RunLog log = run.openLog(2)) {
            assertThat(run.resumed()).isTrue();
            log.metrics(3, Map.of("loss", 9.0));
        }
        assertThat(path.resolve("config.yaml")).hasContent("steps: 4");
        assertThat(Files.readAllLines(path.resolve("metrics.jsonl")))
                .hasSize(3)
                .last()
                .isEqualTo("{\"step\":3,\"loss\":9.0}");
        assertThat(Files.readAllLines(path.resolve("timing.jsonl"))).hasSize(2);
        assertThat(Files.readAllLines(path.resolve("samples.jsonl"))).hasSize(2);
        assertThat(path.resolve("tensorboard")).isNotEmptyDirectory();
    }

    @Test
    void folderWithContentIsRefusedAndUntouched() throws IOException {
        Files.writeString(folder.resolve("thesis.tex"), "x");
        assertThatThrownBy(() -> RunFolder.create(folder))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("not empty")
                .hasMessageContaining("thesis.tex");
        assertThat(folder.resolve("thesis.tex")).hasContent("x");
        // The refused attempt must have given its lock back, and an empty folder is welcome.
        Files.delete(folder.resolve("thesis.tex"));
        RunFolder.create(folder).close();
        RunFolder.create(folder).close();
    }

    @Test
    void placeThatCannotHoldAFolderIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> RunFolder.create(file.resolve("run")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("cannot create " + file.resolve("run"));
        assertThatThrownBy(() -> RunFolder.create(file))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void onlyRunsAreResumed() throws IOException {
        assertThatThrownBy(() -> RunFolder.resume(folder.resolve("none")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("no such folder");
        assertThatThrownBy(() -> RunFolder.resume(folder))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("config.yaml");
    }

    @Test
    void resumingRemovesWhatAKilledWriterLeft() throws IOException {
        try (RunFolder run = RunFolder.create(folder)) {
            run.writeConfig(new Config(1));
        }
        Path left = Files.createDirectories(folder.resolve("checkpoints/.step-000007.writing"));
        Files.writeString(left.resolve("x"), "x");
        RunFolder.resume(folder).close();
        assertThat(left).doesNotExist();
    }

    @Test
    void sameProcessCannotOpenItTwice() {
        try (RunFolder first = RunFolder.create(folder)) {
            assertThatThrownBy(() -> RunFolder.create(folder.resolve("../" + folder.getFileName())))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("already open");
        }
        RunFolder.create(folder).close();
    }

    @Test
    void anotherProcessIsTurnedAwayAndToldWhoHoldsIt() throws Exception {
        Process other;
        try (RunFolder run = RunFolder.create(folder)) {
            run.writeConfig(new Config(1));
            other = ChildProcess.start(Opener.class, folder.toString());
            assertThat(new String(other.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains("in use by another process (pid "
                            + ProcessHandle.current().pid() + ")");
        }
        other = ChildProcess.start(Opener.class, folder.toString());
        assertThat(new String(other.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("opened");
    }

    /** Opens the run folder in a process of its own. */
    static final class Opener {
        public static void main(String[] arguments) {
            try (RunFolder run = RunFolder.resume(Path.of(arguments[0]))) {
                System.out.println("opened");
            } catch (RunException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
