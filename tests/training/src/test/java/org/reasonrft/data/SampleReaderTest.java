package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.RealData;

class SampleReaderTest {
    @TempDir
    Path folder;

    @BeforeEach
    void makePictures() throws IOException {
        Files.createDirectories(folder.resolve("images"));
        for (String name : List.of("a.png", "b.png")) {
            Files.write(folder.resolve("images").resolve(name), new byte[] {1});
        }
    }

    @Test
    void readsAnArrayOfRecords() throws IOException {
        Path file = write("""
                [{"id": "q-1", "image": "images/a.png", "problem": "How many?", "answer": "3", "cot": "one two three"},
                 {"id": "q-2", "image": ["images/a.png", "images/b.png"], "problem": "What changed?",
                  "solution": "<answer> change_color(1, red)\\n</answer>", "level": 2, "type": "trance"},
                 {"id": 3, "image": [{"path": "images/b.png"}], "problem": "Which?", "answer": 4, "solution": "4"},
                 {"id": "text", "image": "", "problem": "1 + 1?", "answer": "2", "cot": null}]""");

        List<Sample> samples = SampleReader.read(file);

        Path a = folder.resolve("images/a.png");
        Path b = folder.resolve("images/b.png");
        assertThat(samples)
                .containsExactly(
                        new Sample("q-1", List.of(a), "How many?", "3", "one two three"),
                        new Sample(
                                "q-2",
                                List.of(a, b),
                                "What changed?",
                                "change_color(1, red)",
                                null,
                                Map.of("level", 2, "type", "trance")),
                        new Sample("3", List.of(b), "Which?", "4", null),
                        new Sample("text", List.of(), "1 + 1?", "2", null));
        assertThat(samples.get(1).extra("level")).contains("2");
        assertThat(samples.get(0).hasChainOfThought()).isTrue();
        assertThat(samples.get(3).hasChainOfThought()).isFalse();
    }

    @Test
    void readsOneRecordPerLine() throws IOException {
        Path file = write("""
                {"id": "1", "problem": "p", "answer": "a"}

                {"id": "2", "problem": "p", "answer": "b"}
                """);
        assertThat(SampleReader.read(file)).extracting(Sample::answer).containsExactly("a", "b");
    }

    @Test
    void resolvesPicturesAgainstTheGivenRoot() throws IOException {
        Path file = write("[{\"id\": \"1\", \"image\": \"a.png\", \"problem\": \"p\", \"answer\": \"a\"}]");
        assertThat(SampleReader.read(file, folder.resolve("images")).get(0).images())
                .containsExactly(folder.resolve("images").resolve("a.png"));
    }

    // Each case changes one thing in an otherwise good second record; the complaint has to name place and field.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{`id`: `x`, `problem`: `p`}                                      | (id 'x'): field 'answer': missing",
                "{`id`: `x`, `answer`: `1`}                                       | (id 'x'): field 'problem': missing",
                "{`id`: `x`, `problem`: ` `, `answer`: `1`}                       | (id 'x'): field 'problem': wanted text",
                "{`problem`: `p`, `answer`: `1`}                                  | field 'id': missing",
                "{`id`: {}, `problem`: `p`, `answer`: `1`}                        | field 'id': wanted text, got {}",
                "{`id`: `x`, `problem`: [`p`], `answer`: `1`}                     | (id 'x'): field 'problem': wanted text",
                "{`id`: `x`, `problem`: `p`, `answer`: `<answer> </answer>`}      | (id 'x'): field 'answer': wanted an answer",
                "{`id`: `x`, `problem`: `p`, `answer`: true}                      | (id 'x'): field 'answer': wanted text",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `solution`: `2`}      | (id 'x'): field 'solution': '2'",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `cot`: []}            | (id 'x'): field 'cot': wanted text, got []",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `image`: 7}           | (id 'x'): field 'image': wanted a path",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `image`: [`images/a.png`, null]} | (id 'x'): field 'image': wanted",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `image`: [{`url`: `u`}]} | (id 'x'): field 'image': wanted a path",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `image`: `images/c.png`} | (id 'x'): field 'image': no such file: ",
                "{`id`: `x`, `problem`: `p`, `answer`: `1`, `image`: `images`}    | (id 'x'): field 'image': no such file: ",
                "{`id`: `ok`, `problem`: `p`, `answer`: `1`}                      | (id 'ok'): field 'id': was used before",
                "42                                                               | wanted a JSON object, got 42",
            })
    void refusesAMalformedRecordByName(String record, String complaint) throws IOException {
        String first = "[{\"id\": \"ok\", \"problem\": \"p\", \"answer\": \"1\"},\n";
        Path file = write(first + record.replace('`', '"') + "]");
        assertThatThrownBy(() -> SampleReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": record 1")
                .hasMessageContaining(complaint)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void namesTheMissingPicture() throws IOException {
        Path file = write("[{\"id\": \"1\", \"image\": \"images/gone.png\", \"problem\": \"p\", \"answer\": \"a\"}]");
        assertThatThrownBy(() -> SampleReader.read(file))
                .hasMessageEndingWith("no such file: " + folder.resolve("images/gone.png"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "\n \n"})
    void refusesAnEmptyDataSet(String text) throws IOException {
        Path file = write(text);
        assertThatThrownBy(() -> SampleReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": data set is empty");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}",
                "[{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}, {\"id\": ",
                "[{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}, {\"id\" \"2\"}]",
                "{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}\n{\"id\": \"2\"",
            })
    void refusesBrokenJsonInOneLine(String text) throws IOException {
        Path file = write(text);
        assertThatThrownBy(() -> SampleReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": record 1: not valid JSON: ")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void refusesWhatFollowsTheArray() throws IOException {
        Path file = write("[{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}] 7");
        assertThatThrownBy(() -> SampleReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("follows the end");
    }

    @Test
    void namesAFileThatIsNotThere() {
        Path file = folder.resolve("none.json");
        assertThatThrownBy(() -> SampleReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + ": no such file");
    }

    /** Real records. */
    @Test
    void readsSuperClevr() {
        List<Sample> samples = SampleReader.read(RealData.require("super-clevr/visual-counting-ood.json"));
        assertThat(samples).hasSize(45).allSatisfy(sample -> {
            assertThat(sample.images()).hasSize(1);
            assertThat(sample.answer()).matches("\\d+");
            assertThat(AnswerForm.of(sample)).isEqualTo(AnswerForm.OPEN);
        });
    }

    @Test
    void readsGeometry3k() {
        List<Sample> samples = SampleReader.read(RealData.require("geometry3k/structure-perception-ood.json"));
        assertThat(samples).hasSize(24).allSatisfy(sample -> {
            assertThat(sample.images()).hasSize(1);
            assertThat(AnswerForm.of(sample)).isEqualTo(AnswerForm.CHOICE);
            assertThat(sample.extra("value")).isPresent();
        });
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("records.json"), text);
    }
}
