package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.io.AtomicDirectory;

final class CheckpointsTest {
    @TempDir
    Path folder;

    private static AtomicDirectory.Writer holding(String text) {
        return path -> {
            Files.createDirectories(path.resolve("inner"));
            Files.writeString(path.resolve("inner/weights"), text);
        };
    }

    private Checkpoints checkpoints() {
        return Checkpoints.in(folder.resolve("checkpoints"));
    }

    @Test
    void noneBeforeTheFirst() {
        assertThat(checkpoints().latest()).isEmpty();
    }

    @Test
    void latestIsTheHighestStepNotTheLastWritten() {
        checkpoints().publish(1_000_000, holding("a"));
        checkpoints().publish(999_999, holding("b"));
        assertThat(checkpoints().latest())
                .get()
                .extracting(Checkpoints.Checkpoint::step)
                .isEqualTo(1_000_000L);
        assertThat(checkpoints().all())
                .extracting(c -> c.path().getFileName().toString())
                .containsExactly("step-999999", "step-1000000");
    }

    @Test
    void failedWriterLeavesNothing() {
        assertThatThrownBy(() -> checkpoints().publish(1, path -> {
                    Files.writeString(path.resolve("half"), "x");
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("step-000001")
                .hasMessageContaining("No space left on device");
        assertThat(folder.resolve("checkpoints")).isEmptyDirectory();
    }

    @Test
    void halfWrittenCheckpointOfAKilledProcessIsNotSeenAndIsCleanedUp() throws IOException {
        checkpoints().publish(1, holding("a"));
        Path killed = Files.createDirectories(folder.resolve("checkpoints/.step-000002.writing"));
        Files.writeString(killed.resolve("half"), "x");
        assertThat(checkpoints().latest())
                .get()
                .extracting(Checkpoints.Checkpoint::step)
                .isEqualTo(1L);
        AtomicDirectory.recover(folder.resolve("checkpoints"));
        assertThat(killed).doesNotExist();
        assertThat(folder.resolve("checkpoints/step-000001/inner/weights")).hasContent("a");
    }

    @Test
    void replacementIsWholeAndAKillInItsMiddleIsUndone() throws IOException {
        checkpoints().publish(1, holding("old"));
        checkpoints().publish(1, holding("new"));
        assertThat(folder.resolve("checkpoints/step-000001/inner/weights")).hasContent("new");
        assertThat(checkpoints().all()).hasSize(1);

        Files.move(folder.resolve("checkpoints/step-000001"), folder.resolve("checkpoints/.step-000001.replaced"));
        AtomicDirectory.recover(folder.resolve("checkpoints"));
        assertThat(folder.resolve("checkpoints/step-000001/inner/weights")).hasContent("new");
        assertThat(folder.resolve("checkpoints/.step-000001.replaced")).doesNotExist();
    }

    @Test
    void publishingLooksOnlyAfterItsOwnLeftovers() throws IOException {
        Path other = Files.createDirectories(folder.resolve(".other.writing"));
        AtomicDirectory.publish(folder.resolve("model"), holding("m"));
        assertThat(other).exists();
    }

    @Test
    void keepsTheNewest() throws IOException {
        for (long step : new long[] {10, 30, 20, 40}) {
            checkpoints().publish(step, holding("x"));
        }
        checkpoints().keepLast(2);
        assertThat(checkpoints().all()).extracting(Checkpoints.Checkpoint::step).containsExactly(30L, 40L);
        assertThat(AtomicDirectory.children(folder.resolve("checkpoints"))).hasSize(2);
        assertThatThrownBy(() -> checkpoints().keepLast(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void deletionDoesNotFollowLinks() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "p");
        checkpoints().publish(1, path -> Files.createSymbolicLink(path.resolve("link"), precious));
        checkpoints().publish(2, holding("x"));
        checkpoints().keepLast(1);
        assertThat(precious).hasContent("p");
    }
}
