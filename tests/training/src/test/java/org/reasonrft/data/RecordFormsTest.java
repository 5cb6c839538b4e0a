package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms in which Reason-RFT's data is published, and what is done about records that cannot be used. */
class RecordFormsTest {
    @TempDir
    Path folder;

    @BeforeEach
    void makePictures() throws IOException {
        Files.createDirectories(folder.resolve("images/train_images"));
        for (String name : List.of("a.png", "b.png")) {
            Files.write(folder.resolve("images/train_images").resolve(name), new byte[] {1});
        }
    }

    /** Meta data, reinforcement learning, evaluation. */
    @Test
    void questions() throws IOException {
        Path file = write("""
                [{"id": "m", "image": "train_images/a.png", "problem": "How many?", "answer": "3", "cot": "one, two, three"},
                 {"id": "r", "image": ["train_images/a.png", "train_images/b.png"], "problem": "What changed?",
                  "solution": "<answer>change_color(1,'red')</answer>"},
                 {"id": "geomath-7", "image": [{"path": "train_images/a.png"}], "problem": "How long?", "solution": "3", "answer": "3"},
                 {"id": "e", "image": "train_images/b.png", "problem": "prompt and question", "problem_no_prompt": "question",
                  "answer": "B"}]""");
        List<Sample> samples = SampleReader.read(file, folder.resolve("images"));
        assertThat(samples).extracting(Sample::answer).containsExactly("3", "change_color(1,'red')", "3", "B");
        assertThat(samples).extracting(sample -> sample.images().size()).containsExactly(1, 2, 1, 1);
        assertThat(samples).extracting(Sample::hasChainOfThought).containsExactly(true, false, false, false);
        assertThat(samples)
                .extracting(AnswerForm::of)
                .containsExactly(AnswerForm.OPEN, AnswerForm.OPEN, AnswerForm.OPEN, AnswerForm.CHOICE);
        assertThat(samples.get(3).extra("problem_no_prompt")).contains("question");
    }

    @Test
    void conversations() throws IOException {
        Path file = write("""
                [{"id": "c", "image": "train_images/a.png", "messages": [
                   {"role": "user", "content": "<image>How many? Think first."},
                   {"role": "assistant", "content": "<think>\\none, two\\n</think>\\n<answer>\\n2\\n</answer>"}]},
                 {"id": "t", "images": ["train_images/a.png", "train_images/b.png"], "type": "trance", "messages": [
                   {"role": "system", "content": "You are a helpful assistant."},
                   {"role": "user", "content": "<image>\\n<image>\\nWhat changed?"},
                   {"role": "assistant", "content": "change_color(1,'red')"}]},
                 {"id": "n", "messages": [
                   {"role": "user", "content": "1 + 1?"},
                   {"role": "assistant", "content": "<answer>2</answer>"}]}]""");
        Path a = folder.resolve("images/train_images/a.png");
        Path b = folder.resolve("images/train_images/b.png");
        assertThat(SampleReader.read(file, folder.resolve("images")))
                .containsExactly(
                        new Sample("c", List.of(a), "How many? Think first.", "2", "one, two"),
                        new Sample(
                                "t",
                                List.of(a, b),
                                "What changed?",
                                "change_color(1,'red')",
                                null,
                                Map.of("type", "trance")),
                        new Sample("n", List.of(), "1 + 1?", "2", null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                          | field 'messages': wanted a turn of the user and one",
                "7                                           | field 'messages': wanted a turn of the user and one",
                "[U]                                         | field 'messages': wanted a turn of the user and one",
                "[U,A,U]                                     | field 'messages': wanted a turn of the user and one",
                "[A,U]                                       | field 'messages[0]': wanted a text of the user",
                "[U,U]                                       | field 'messages[1]': wanted a text of the assistant",
                "[U,{~role~:~assistant~}]                    | field 'messages[1]': wanted a text of the assistant",
                "[U,{~role~:~assistant~,~content~:~ ~}]      | field 'messages': wanted an answer, got ' '",
                "[{~role~:~user~,~content~:~<image>~},A]     | field 'messages': has 1 <image> for 0 pictures",
                "[{~role~:~user~,~content~:~ ~},A]           | field 'messages': the user says nothing",
            })
    void badConversations(String messages, String complaint) throws IOException {
        String turns = messages.replace("U", "{~role~:~user~,~content~:~1 + 1?~}")
                .replace("A", "{~role~:~assistant~,~content~:~2~}")
                .replace('~', '"');
        Path file = write("[{\"id\": \"x\", \"messages\": " + turns + "}]");
        assertThatThrownBy(() -> SampleReader.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + ": record 0 (id 'x'): " + complaint);
    }

    @Test
    void twoListsOfPicturesMustAgree() throws IOException {
        Path same = write("""
                [{"id": "1", "image": "a.png", "images": "a.png", "problem": "p", "answer": "a"}]""");
        Path root = folder.resolve("images/train_images");
        assertThat(SampleReader.read(same, root).get(0).images()).hasSize(1);
        Path other = write("""
                [{"id": "1", "image": "a.png", "images": ["b.png"], "problem": "p", "answer": "a"}]""");
        assertThatThrownBy(() -> SampleReader.read(other, root))
                .hasMessageContaining("field 'images': is there beside");
    }

    private static final String MIXED = """
            {"id": "1", "problem": "p", "answer": "a"}
            {"id": "2", "problem": "p"}
            not json
            {"id": "3", "problem": "p", "answer": "c"} {"id": "4"}

            {"id": "1", "problem": "again", "answer": "a"}
            [1]
            {"id": "2", "problem": "p", "answer": "b"}
            {"id": "5", "image": "gone.png", "problem": "p", "answer": "b"}
            """;

    @Test
    void badRecordsAreLeftOutAndReported() throws IOException {
        Path file = write(MIXED);
        SampleSet set = SampleReader.read(file, null, BadRecords.SKIP);
        // The id of a record that was left out may be used by a good one.
        assertThat(set.samples()).extracting(Sample::id).containsExactly("1", "2");
        ReadSummary summary = set.summary();
        assertThat(summary.read()).isEqualTo(2);
        assertThat(summary.skipped()).isEqualTo(6);
        assertThat(summary.complaints())
                .hasSize(6)
                .allSatisfy(complaint ->
                        assertThat(complaint).startsWith(file + ": record ").doesNotContain("\n"));
        assertThat(summary.complaints().get(0))
                .endsWith("record 1 (id '2'): field 'answer': missing (neither 'answer' nor 'solution' is there)");
        assertThat(summary.complaints().get(1))
                .contains("record 2: not valid JSON")
                .contains("(line 3, column ");
        assertThat(summary.complaints().get(2))
                .contains("record 3: not valid JSON")
                .contains("(line 4, column ");
        assertThat(summary.complaints().get(3)).contains("record 4 (id '1'): field 'id': was used before, by record 0");
        assertThat(summary.complaints().get(4)).contains("record 5: wanted a JSON object, got [1]");
        assertThat(summary.complaints().get(5)).contains("record 7 (id '5'): field 'image': no such file");
        assertThat(summary.toString())
                .startsWith(file + ": 2 of 8 records, 6 skipped, the first: " + file + ": record 1");
    }

    @Test
    void theFirstBadRecordEndsTheReadingUnlessItIsToBeSkipped() throws IOException {
        Path file = write(MIXED);
        assertThatThrownBy(() -> SampleReader.read(file)).hasMessageContaining("record 1 (id '2'): field 'answer'");
    }

    @Test
    void badRecordsOfAnArray() throws IOException {
        Path file = write("[{\"id\": \"1\"}, 7, {\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}]");
        SampleSet set = SampleReader.read(file, null, BadRecords.SKIP);
        assertThat(set.samples()).hasSize(1);
        assertThat(set.summary().skipped()).isEqualTo(2);
        Path broken = write("[{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}, {\"id\": ]");
        assertThatThrownBy(() -> SampleReader.read(broken, null, BadRecords.SKIP))
                .hasMessageContaining("record 1: not valid JSON");
    }

    @Test
    void aFileOfBadRecordsIsNoDataSet() throws IOException {
        Path file = write("{\"id\": \"1\"}\n{\"id\": \"2\"}\n");
        assertThatThrownBy(() -> SampleReader.read(file, null, BadRecords.SKIP))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("0 of 2 records, 2 skipped, the first: ")
                .hasMessageContaining("field 'problem': missing");
    }

    @Test
    void onlyTheFirstComplaintsAreKept() throws IOException {
        Path file = write("{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}\n" + "x\n".repeat(1000));
        ReadSummary summary = SampleReader.read(file, null, BadRecords.SKIP).summary();
        assertThat(summary.skipped()).isEqualTo(1000);
        assertThat(summary.complaints()).hasSize(20);
    }

    @Test
    void aByteOrderMarkIsNoRecord() throws IOException {
        String record = "{\"id\": \"1\", \"problem\": \"p\", \"answer\": \"a\"}";
        assertThat(SampleReader.read(write("\ufeff" + record))).hasSize(1);
        assertThat(SampleReader.read(write("\ufeff[" + record + "]"))).hasSize(1);
        Path late = write("\n\n" + record + "\nx");
        assertThatThrownBy(() -> SampleReader.read(late))
                .hasMessageContaining("record 1: not valid JSON")
                .hasMessageContaining("(line 4, ");
    }

    @Test
    void theFirstSixteenHundredAndTheRest() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 1700; i++) {
            lines.append("{\"id\": ").append(i).append(", \"problem\": \"p\", \"answer\": \"a\"}\n");
        }
        SampleSet set = SampleReader.read(write(lines.toString()), null, BadRecords.FAIL);
        assertThat(set.part(0, 1600))
                .hasSize(1600)
                .last()
                .extracting(Sample::id)
                .isEqualTo("1599");
        assertThat(set.part(1600, 0))
                .hasSize(100)
                .first()
                .extracting(Sample::id)
                .isEqualTo("1600");
        assertThat(set.part(0, 0)).hasSize(1700);
        assertThat(set.part(1690, 1600)).hasSize(10);
        assertThatThrownBy(() -> set.part(1700, 0))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("has 1700 records, skip_samples leaves out 1700");
    }

    @Test
    void oneSampleAfterTheOther() throws IOException {
        List<String> seen = new ArrayList<>();
        ReadSummary summary =
                SampleReader.forEach(write(MIXED), null, BadRecords.SKIP, sample -> seen.add(sample.id()));
        assertThat(seen).containsExactly("1", "2");
        assertThat(summary.read()).isEqualTo(2);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("records.json"), text);
    }
}
