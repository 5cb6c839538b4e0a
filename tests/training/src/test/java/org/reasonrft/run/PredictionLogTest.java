package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictionLogTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("predictions-test.jsonl");
    }

    private static PredictionLine line(int index) {
        Map<String, Double> scores = new LinkedHashMap<>();
        scores.put("trance", 0.5);
        scores.put("accuracy", 1.0);
        PredictionLine.Completion completion =
                new PredictionLine.Completion("<answer>ä\n\u2028\"3\"</answer>", scores, false, true, 7, true);
        return new PredictionLine(
                index, "id " + index, "How many?", List.of("a.png"), "3", List.of(completion, completion));
    }

    private byte[] written(int lines) throws IOException {
        try (PredictionLog log = PredictionLog.open(file())) {
            assertThat(log.earlier()).isEmpty();
            for (int i = 0; i < lines; i++) {
                log.append(line(i));
            }
        }
        return Files.readAllBytes(file());
    }

    @Test
    void readsBackWhatWasWritten() throws IOException {
        written(3);
        try (PredictionLog log = PredictionLog.open(file())) {
            assertThat(log.earlier()).containsExactly(line(0), line(1), line(2));
            assertThat(log.earlier().get(0).completions().get(0).scores().keySet())
                    .containsExactly("trance", "accuracy");
        }
        assertThat(Files.readString(file()))
                .startsWith(
                        "{\"index\":0,\"id\":\"id 0\",\"problem\":\"How many?\",\"image\":[\"a.png\"],\"answer\":\"3\","
                                + "\"completions\":[{\"text\":\"<answer>");
    }

    /** Killed at any byte, it ends with the bytes of an undisturbed log. */
    @Test
    void goesOnBehindTheLastWholeLine() throws IOException {
        byte[] whole = written(3);
        for (int killedAt = 0; killedAt <= whole.length; killedAt++) {
            Files.write(file(), Arrays.copyOf(whole, killedAt));
            try (PredictionLog log = PredictionLog.open(file())) {
                for (int i = log.earlier().size(); i < 3; i++) {
                    log.append(line(i));
                }
            }
            assertThat(Files.readAllBytes(file()))
                    .as("killed at byte %d", killedAt)
                    .isEqualTo(whole);
        }
    }

    @Test
    void leavesNoFileBeforeThereIsALine() {
        PredictionLog.open(file()).close();
        assertThat(file()).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | line 1: not one of ours",
                "null | line 1: not one of ours: wanted question 0, got null",
                "{\"index\":1} | line 1: not one of ours: ",
                "{\"index\":0,\"id\":\"a\",\"problem\":\"p\",\"image\":[],\"answer\":\"a\",\"completions\":[]} | at least one completion",
                "{\"index\":0,\"step\":3} | line 1: not one of ours",
            })
    void refusesWhatSomethingElseWrote(String text, String part) throws IOException {
        Files.writeString(file(), text + "\n");
        assertThatThrownBy(() -> PredictionLog.open(file()))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining(part);
        assertThat(file()).hasContent(text + "\n");
    }

    @Test
    void questionsComeInOrder() throws IOException {
        byte[] two = written(2);
        Files.write(
                file(),
                (new String(two, java.nio.charset.StandardCharsets.UTF_8) + "\n")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThatThrownBy(() -> PredictionLog.open(file())).hasMessageContaining("line 3");
        Files.write(file(), Arrays.copyOfRange(two, two.length / 2, two.length));
        assertThatThrownBy(() -> PredictionLog.open(file()))
                .hasMessageContaining("line 1: not one of ours: wanted question 0, got 1");
    }
}
