package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.text.ByteLevelBpeTrainer;
import org.reasonrft.text.Tokenizer;

class RecordCorpusTest {
    @TempDir
    private Path folder;

    private Path records(String json) throws IOException {
        return Files.writeString(folder.resolve("records.json"), json);
    }

    @Test
    void everyTextAppearsOnceAsTheModelSeesIt() throws IOException {
        Path file = records("""
                [{"id": "a", "problem": "Find the hypotenuse.", "answer": "B", "cot": "legs 3 and 4"},
                 {"id": "b", "problem": "Find the hypotenuse.", "answer": "5"}]""");
        assertThat(RecordCorpus.texts(List.of(file, file)))
                .containsExactly(
                        "<think></think><answer></answer>",
                        "Find the hypotenuse.",
                        "Find the hypotenuse.\nThink, then answer.",
                        "B",
                        "<think>legs 3 and 4</think><answer>B</answer>",
                        "5");
    }

    @Test
    void wordsBecomeTokens() throws IOException {
        Path file = records("[{\"id\": \"a\", \"problem\": \"Find the hypotenuse.\", \"answer\": \"B\"}]");
        ByteLevelBpeTrainer.train(RecordCorpus.texts(List.of(file)), 1000).writeTo(folder);
        try (Tokenizer tokenizer = Tokenizer.load(folder.resolve("tokenizer.json"))) {
            assertThat(tokenizer.encode("Find the hypotenuse.")).hasSize(4);
        }
    }

    @Test
    void damagedRecordsAreNamed() throws IOException {
        Path file = records("[{\"id\": \"a\", \"problem\": \"p\"}]");
        assertThatThrownBy(() -> RecordCorpus.texts(List.of(file)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file + ": record 0")
                .hasMessageContaining("field 'answer': missing");
    }
}
