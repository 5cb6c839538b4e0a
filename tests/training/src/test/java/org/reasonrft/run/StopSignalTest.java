package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StopSignalTest {
    @TempDir
    Path folder;

    /** A training loop: says when it runs, writes a checkpoint when it is told to stop. */
    static final class Loop {
        public static void main(String[] arguments) throws Exception {
            try (StopSignal stop = StopSignal.install(Duration.ofMillis(Long.parseLong(arguments[1])))) {
                System.out.println("running");
                while (!stop.requested()) {
                    Thread.sleep(5);
                }
                Thread.sleep(Long.parseLong(arguments[2]));
                Files.writeString(Path.of(arguments[0]), "checkpoint");
            }
        }
    }

    private int terminate(long graceMillis, long checkpointMillis) throws Exception {
        Process process = ChildProcess.start(
                Loop.class,
                folder.resolve("checkpoint").toString(),
                Long.toString(graceMillis),
                Long.toString(checkpointMillis));
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).isEqualTo("running");
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void terminatedLoopWritesItsCheckpointAndEndsWithTheStatusOfTheSignal() throws Exception {
        assertThat(terminate(20_000, 300)).isEqualTo(143);
        assertThat(folder.resolve("checkpoint")).hasContent("checkpoint");
    }

    @Test
    void waitingEndsWithTheGracePeriod() throws Exception {
        assertThat(terminate(200, 25_000)).isEqualTo(143);
        assertThat(folder.resolve("checkpoint")).doesNotExist();
    }

    @Test
    void nothingIsRequestedUntilItIs() {
        try (StopSignal stop = StopSignal.install(Duration.ofSeconds(1))) {
            assertThat(stop.requested()).isFalse();
        }
        try (StopSignal stop = StopSignal.manual()) {
            stop.request();
            assertThat(stop.requested()).isTrue();
        }
        assertThatThrownBy(() -> StopSignal.install(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}
