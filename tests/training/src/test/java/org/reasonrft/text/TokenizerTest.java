package org.reasonrft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.Goldens;
import org.reasonrft.text.Tokenizer.SpecialTokens;

class TokenizerTest {
    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = Tokenizer.load(Goldens.DIRECTORY.resolve("tokenizer.json"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @ParameterizedTest
    @EnumSource
    void encodesAsRecorded(Goldens checkpoint) throws IOException {
        assertThat(checkpoint.tokenizerCases()).isNotEmpty();
        try (Tokenizer own = Tokenizer.load(checkpoint.directory().resolve("tokenizer.json"))) {
            for (JsonNode recorded : checkpoint.tokenizerCases()) {
                long[] wanted = StreamSupport.stream(recorded.get("ids").spliterator(), false)
                        .mapToLong(JsonNode::asLong)
                        .toArray();
                assertThat(own.encode(recorded.get("text").asText()))
                        .as(recorded.get("text").asText())
                        .containsExactly(wanted);
            }
        }
    }

    @Test
    void decodesWhatItEncoded() {
        for (JsonNode recorded : Goldens.QWEN2_VL.tokenizerCases()) {
            String text = recorded.get("text").asText();
            assertThat(tokenizer.decode(tokenizer.encode(text), SpecialTokens.KEEP))
                    .isEqualTo(text);
        }
    }

    @Test
    void skipsSpecialTokensOnRequest() {
        long[] ids = tokenizer.encode("<|im_start|>user\nhi<|im_end|>");
        assertThat(tokenizer.decode(ids, SpecialTokens.SKIP)).isEqualTo("user\nhi");
    }

    @Test
    void addsAndTruncatesNothing() {
        // Longer than model_max_length of tokenizer_config.json, 32768.
        String text = "7".repeat(40_000);
        assertThat(tokenizer.encode(text)).hasSize(40_000);
    }

    @Test
    void incompleteBytesBecomeReplacementCharacters() {
        long[] bytes = tokenizer.encode("😀");
        assertThat(bytes.length).isGreaterThan(1);
        assertThat(tokenizer.decode(new long[] {bytes[0]}, SpecialTokens.KEEP)).isEqualTo("\uFFFD");
    }

    @Test
    void knowsItsSpecialTokens() {
        assertThat(tokenizer.specialTokenId("<|im_end|>")).isEqualTo(487);
        assertThat(tokenizer.specialTokens()).hasSize(14);
        assertThat(tokenizer.vocabularySize()).isEqualTo(499);
        assertThatThrownBy(() -> tokenizer.specialTokenId("<|nothing|>"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("<|nothing|>");
    }

    @Test
    void servesManyThreads() {
        String text = Goldens.QWEN2_VL.named("text_only").question();
        long[] wanted = tokenizer.encode(text);
        assertThat(IntStream.range(0, 2000).parallel().mapToObj(i -> tokenizer.encode(text)))
                .allSatisfy(ids -> assertThat(ids).containsExactly(wanted));
    }

    @Test
    void namesADamagedFile(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        for (String content : new String[] {"", "{", "[]", "{\"model\": {\"vocab\": {\"a\": 0}}}"}) {
            Files.writeString(file, content);
            assertThatThrownBy(() -> Tokenizer.load(file))
                    .as(content)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.toString());
        }
        assertThatThrownBy(() -> Tokenizer.load(directory.resolve("absent"))).isInstanceOf(NoSuchFileException.class);
    }
}
