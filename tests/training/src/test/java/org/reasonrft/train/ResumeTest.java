package org.reasonrft.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that was stopped or killed and resumed leaves the same bytes as one that was not. */
class ResumeTest {
    @TempDir
    Path folder;

    private Fixture fixture;

    @BeforeEach
    void makeFixture() throws IOException {
        fixture = Fixture.in(folder);
    }

    /** A trainer's run into a folder. */
    interface Run {
        TrainingResult into(Path output, boolean resume, BooleanSupplier stop) throws IOException;
    }

    /** Six steps at once and one by one, in folders beneath the given one. */
    static void assertResumes(Path folder, Run run) throws IOException {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        run.into(whole, false, () -> false);
        for (int i = 0; i < 6; i++) {
            TrainingResult result = run.into(parts, i > 0, stopAtNextStep());
            assertThat(result.steps()).isEqualTo(i + 1);
            assertThat(result.complete()).isEqualTo(i == 5);
        }
        assertSameRun(whole, parts);
    }

    @Test
    void supervisedRunStoppedAtEveryStepEndsInTheSameBytes() throws IOException {
        assertResumes(folder, (output, resume, stop) -> new SftTrainer(fixture.sft(output)).run(resume, stop));
    }

    @Test
    void grpoRunStoppedAtEveryStepEndsInTheSameBytes() throws IOException {
        String[] options = {"num_iterations=2", "batch_size=4", "save_steps=1"};
        assertResumes(
                folder, (output, resume, stop) -> new GrpoTrainer(fixture.grpo(output, options)).run(resume, stop));
    }

    @Test
    void stepsAfterTheLastCheckpointAreDoneAgain() throws IOException {
        Path whole = folder.resolve("whole");
        TrainingResult result = new GrpoTrainer(fixture.grpo(whole)).run(false, () -> false);
        assertThat(result.complete()).isTrue();
        // What a kill between step 5 and the checkpoint of step 6 leaves: logs ahead of the newest checkpoint.
        Path killed = folder.resolve("killed");
        copy(whole, killed);
        deleteTree(killed.resolve("checkpoints/step-000006"));
        Files.writeString(
                killed.resolve("metrics.jsonl"), Files.readString(whole.resolve("metrics.jsonl")) + "{\"step\":7,\"lo");
        new GrpoTrainer(fixture.grpo(killed)).run(true, () -> false);
        assertSameRun(whole, killed);
    }

    @Test
    void refusesToContinueARunOfTheOtherPhase() throws IOException {
        Path run = folder.resolve("run");
        new SftTrainer(fixture.sft(run, "max_steps=1")).run(false, () -> false);
        assertThatThrownBy(() -> new GrpoTrainer(fixture.grpo(run)).run(true, () -> false))
                .hasMessageContaining("is of phase 'sft', cannot be continued by grpo");
    }

    /** Lets exactly one step pass: the loop asks once before each. */
    private static BooleanSupplier stopAtNextStep() {
        AtomicInteger questions = new AtomicInteger();
        return () -> questions.getAndIncrement() > 0;
    }

    private static void assertSameRun(Path expected, Path actual) throws IOException {
        for (String file : List.of("metrics.jsonl", "samples.jsonl")) {
            assertThat(actual.resolve(file)).as(file).hasSameTextualContentAs(expected.resolve(file));
        }
        assertThat(files(actual.resolve("checkpoints/step-000006")))
                .isEqualTo(files(expected.resolve("checkpoints/step-000006")));
        for (String file : files(expected.resolve("checkpoints/step-000006"))) {
            assertThat(actual.resolve("checkpoints/step-000006").resolve(file))
                    .as(file)
                    .hasSameBinaryContentAs(
                            expected.resolve("checkpoints/step-000006").resolve(file));
        }
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> root.relativize(f).toString())
                    .sorted()
                    .toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
