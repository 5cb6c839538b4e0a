package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleWriterTest {
    @TempDir
    Path folder;

    @Test
    void writesTheRecordForm() throws IOException {
        Path file = folder.resolve("records.json");
        Map<String, Object> extras = new LinkedHashMap<>();
        extras.put("type", "counting");
        extras.put("level", 2);
        SampleWriter.write(
                List.of(
                        new Sample("1", List.of(folder.resolve("images/a.png")), "How \"many\"?", "3", "é", extras),
                        new Sample("2", List.of(), "p", "a", null)),
                file);
        assertThat(file).content().isEqualTo("""
                [ {
                  "id": "1",
                  "image": "images/a.png",
                  "problem": "How \\"many\\"?",
                  "answer": "3",
                  "cot": "é",
                  "type": "counting",
                  "level": 2
                }, {
                  "id": "2",
                  "problem": "p",
                  "answer": "a"
                } ]
                """);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theReaderGetsBackWhatWasWritten() throws IOException {
        Path a = Files.write(folder.resolve("a.png"), new byte[] {1});
        Path b = Files.write(folder.resolve("b.png"), new byte[] {1});
        List<Sample> samples = List.of(
                new Sample(
                        "1",
                        List.of(a, b),
                        "line\nbreak",
                        "x",
                        "thought",
                        Map.of("list", List.of(1, 2), "nested", Map.of("k", "v"), "flag", true)),
                new Sample("2", List.of(b), "\ud83c\udf89", "<", null));
        Path file = folder.resolve("records.json");
        SampleWriter.write(samples, file);
        assertThat(SampleReader.read(file)).isEqualTo(samples);
    }

    @Test
    void writesPicturePathsRelativeToTheRoot() throws IOException {
        Path root = Files.createDirectories(folder.resolve("pictures"));
        Files.write(root.resolve("a.png"), new byte[] {1});
        List<Sample> samples = List.of(new Sample("1", List.of(root.resolve("a.png")), "p", "a", null));
        Path file = folder.resolve("records.json");
        SampleWriter.write(samples, file, root);
        assertThat(file).content().contains("\"image\": \"a.png\"");
        assertThat(SampleReader.read(file, root)).isEqualTo(samples);
    }

    @Test
    void refusesAnEmptyListAndAnAbsentFolder() {
        Path file = folder.resolve("records.json");
        assertThatThrownBy(() -> SampleWriter.write(List.of(), file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("samples");
        Path elsewhere = folder.resolve("none/records.json");
        assertThatThrownBy(() -> SampleWriter.write(List.of(new Sample("1", List.of(), "p", "a", null)), elsewhere))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(elsewhere.toString());
    }
}
