package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

final class MetricsLogTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("metrics.jsonl");
    }

    private void write(long first, long last, long resumeAfter) {
        try (MetricsLog log = MetricsLog.openForResume(file(), resumeAfter)) {
            for (long step = first; step <= last; step++) {
                log.append(step, Map.of("loss", 1.0 / step, "reward", 0.1f * step, "tokens", 7 * step));
            }
        }
    }

    @Test
    void keysAreSortedAndNumbersPrintTheirShortestForm() throws IOException {
        Map<String, Number> values = new LinkedHashMap<>();
        values.put("z", 0.1f);
        values.put("learning_rate", 1e-6);
        values.put("count", 3);
        values.put("tokens", 1L << 40);
        values.put("nan", Double.NaN);
        values.put("infinite", Float.NEGATIVE_INFINITY);
        try (MetricsLog log = MetricsLog.open(file())) {
            log.append(0, values);
        }
        assertThat(Files.readString(file()))
                .isEqualTo("{\"step\":0,\"count\":3,\"infinite\":null,\"learning_rate\":1.0E-6,\"nan\":null,"
                        + "\"tokens\":1099511627776,\"z\":0.1}\n");
    }

    @Test
    void resumeAtAnyStepWithAnyTearLeavesTheBytesOfAnUndisturbedRun() throws IOException {
        write(1, 12, -1);
        byte[] undisturbed = Files.readAllBytes(file());
        for (int killedAt = 0; killedAt <= undisturbed.length; killedAt += 7) {
            byte[] torn = java.util.Arrays.copyOf(undisturbed, killedAt);
            long wholeLines = new String(torn, java.nio.charset.StandardCharsets.UTF_8)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            for (long checkpoint = -1; checkpoint <= wholeLines; checkpoint += 3) {
                Files.write(file(), torn);
                write(Math.max(1, checkpoint + 1), 12, checkpoint);
                assertThat(Files.readAllBytes(file()))
                        .as("killed at byte %d, resumed after step %d", killedAt, checkpoint)
                        .isEqualTo(undisturbed);
            }
        }
    }

    @Test
    void severalLinesOfOneStepSurviveTogether() throws IOException {
        try (MetricsLog log = MetricsLog.open(file())) {
            log.append(4, Map.of("loss", 1.0));
            log.append(4, Map.of("accuracy", 0.5));
            log.append(5, Map.of("loss", 0.9));
        }
        MetricsLog.openForResume(file(), 4).close();
        assertThat(Files.readAllLines(file()))
                .containsExactly("{\"step\":4,\"loss\":1.0}", "{\"step\":4,\"accuracy\":0.5}");
    }

    @Test
    void brokenLineInTheMiddleIsNotCutOffButReported() throws IOException {
        Files.writeString(file(), "{\"step\":1}\nsomething else\n{\"step\":2}\n");
        assertThatThrownBy(() -> MetricsLog.openForResume(file(), 2))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("metrics.jsonl, line 2");
        assertThat(Files.readAllLines(file())).hasSize(3);
    }

    @Test
    void existingLogIsNotStartedAgain() throws IOException {
        write(1, 2, -1);
        assertThatThrownBy(() -> MetricsLog.open(file()))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("metrics.jsonl");
        assertThat(Files.readAllLines(file())).hasSize(2);
    }

    @Test
    void stepsNeverFall() {
        try (MetricsLog log = MetricsLog.openForResume(file(), 9)) {
            assertThatThrownBy(() -> log.append(8, Map.of("loss", 1.0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("step is 8 after step 9");
        }
    }

    @Test
    void otherNumbersAreRefused() {
        try (MetricsLog log = MetricsLog.open(file())) {
            assertThatThrownBy(() -> log.append(1, Map.of("loss", new java.math.BigDecimal("1"))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("BigDecimal");
            assertThatThrownBy(() -> log.append(1, Map.of("step", 1))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(file()).isEmptyFile();
    }

    static boolean hasDevFull() {
        return Files.exists(Path.of("/dev/full"));
    }

    @Test
    @EnabledIf(value = "hasDevFull", disabledReason = "no /dev/full on this system")
    void fullDiskIsOneLineThatNamesTheFile() throws IOException {
        Files.createSymbolicLink(file(), Path.of("/dev/full"));
        try (MetricsLog log = MetricsLog.open(file())) {
            assertThatThrownBy(() -> log.append(1, Map.of("loss", 1.0)))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("cannot write " + file())
                    .hasMessageContaining("No space left")
                    .hasMessageNotContaining("\n");
        }
        Files.delete(file());
    }

    @Test
    void samplesAreResumedLikeMetricsAndEscaped() throws IOException {
        Path path = folder.resolve("samples.jsonl");
        SampledGroup sample = new SampledGroup(
                1,
                "how \"many\"?\n",
                List.of("a.png"),
                "4",
                List.of(new SampledGroup.Completion(
                        "<think>\u2028</think>", Map.of("format", 1.0, "accuracy", 0.0), 1, Double.NaN, 5)));
        try (SampleLog log = SampleLog.open(path)) {
            log.append(sample);
            log.append(new SampledGroup(2, "q", List.of(), "a", List.of()));
        }
        Files.writeString(path, "{\"step\":3,\"que", StandardOpenOption.APPEND);
        SampleLog.openForResume(path, 1).close();
        assertThat(Files.readString(path))
                .isEqualTo("{\"step\":1,\"question\":\"how \\\"many\\\"?\\n\",\"image\":[\"a.png\"],\"answer\":\"4\","
                        + "\"completions\":[{\"text\":\"<think>\u2028</think>\",\"rewards\":{\"accuracy\":0.0,\"format\":1.0},\"reward\":1.0,"
                        + "\"advantage\":null,\"tokens\":5}]}\n");
    }
}
