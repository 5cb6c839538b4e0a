package org.reasonrft.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteLevelBpeTrainerTest {
    private static final List<String> CORPUS = List.of(
            "How many red rings are there?",
            "Add 2 blue crosses. How many objects are left?",
            "northwest red ring yes1 north blue cross no1",
            "nothing's left",
            "Größe \u6f22\u5b57\n\nend");

    @TempDir
    Path folder;

    @Test
    void everyWordOfTheCorpusIsOneToken() throws IOException {
        try (HuggingFaceTokenizer tokenizer = trained(CORPUS, 2000)) {
            assertThat(tokens(tokenizer, "How many red rings are there?"))
                    .containsExactly("How", "Ġmany", "Ġred", "Ġrings", "Ġare", "Ġthere", "?");
            assertThat(tokens(tokenizer, "northwest red ring yes1"))
                    .containsExactly("northwest", "Ġred", "Ġring", "Ġyes", "1");
            assertThat(tokens(tokenizer, "Add 2 blue")).containsExactly("Add", "Ġ", "2", "Ġblue");
            assertThat(tokens(tokenizer, "nothing's")).containsExactly("nothing", "'s");
            assertThat(tokens(tokenizer, "Größe \u6f22\u5b57\n\nend")).hasSize(4);
            assertThat(tokens(tokenizer, "<|im_start|>user\n")).containsExactly("<|im_start|>", "user", "Ċ");
        }
    }

    @Test
    void anyTextSurvives() throws IOException {
        try (HuggingFaceTokenizer tokenizer = trained(CORPUS, 2000)) {
            for (String text : List.of(
                    "",
                    " ",
                    "\n\n \t x",
                    "caf\u00e9 \u6f22\u5b57 \ud83c\udf89",
                    "\ud83d\udc69\u200d\ud83d\ude80",
                    "<think>a</think><answer>3</answer>",
                    "tabs\tand\r\nlines",
                    "\u0000\u0001\u007f",
                    "'S 'LL 12345 ...!?")) {
                assertSurvives(tokenizer, text);
            }
            Random random = new Random(7);
            for (int i = 0; i < 500; i++) {
                // Latin letters, control characters, CJK and astral signs, none of which NFC would change.
                String text = random.ints(random.nextInt(20), 0, 4)
                        .map(kind -> switch (kind) {
                            case 0 -> random.nextInt(0x7F);
                            case 1 -> 'a' + random.nextInt(26);
                            case 2 -> 0x4E00 + random.nextInt(0x5000);
                            default -> 0x1F300 + random.nextInt(0x200);
                        })
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
                assertSurvives(tokenizer, text);
            }
        }
    }

    @Test
    void textIsNormalisedToComposedForm() throws IOException {
        try (HuggingFaceTokenizer tokenizer = trained(CORPUS, 2000)) {
            assertThat(tokenizer.encode("Gro\u0308\u00dfe", false, false).getIds())
                    .isEqualTo(tokenizer.encode("Gr\u00f6\u00dfe", false, false).getIds())
                    .hasSize(1);
        }
    }

    @Test
    void reasoningTagsAreSingleTokensThatDecodingKeeps() throws IOException {
        try (HuggingFaceTokenizer tokenizer = trained(CORPUS, 2000)) {
            String text = "<think>red ring</think><answer>1</answer><|im_end|><|endoftext|>";
            long[] ids = tokenizer.encode(text, false, false).getIds();
            assertThat(tokens(tokenizer, text))
                    .containsExactly(
                            "<think>",
                            "red",
                            "Ġring",
                            "</think>",
                            "<answer>",
                            "1",
                            "</answer>",
                            "<|im_end|>",
                            "<|endoftext|>");
            assertThat(tokenizer.decode(ids, true)).isEqualTo("<think>red ring</think><answer>1</answer>");
            assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
        }
    }

    @Test
    void idsAreDenseAndControlTokensFollowTheVocabulary() throws IOException {
        ByteLevelBpeTrainer trainer = ByteLevelBpeTrainer.train(CORPUS, 2000);
        trainer.writeTo(folder);
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("tokenizer.json").toFile());
        JsonNode vocabulary = json.at("/model/vocab");
        boolean[] used = new boolean[trainer.vocabularySize()];
        vocabulary.forEach(id -> used[id.intValue()] = true);
        JsonNode added = json.get("added_tokens");
        assertThat(added).hasSize(18);
        assertThat(added.get(0).get("content").textValue()).isEqualTo("<|endoftext|>");
        assertThat(added.get(0).get("id").intValue()).isEqualTo(vocabulary.size());
        added.forEach(token -> used[token.get("id").intValue()] = true);
        for (boolean id : used) {
            assertThat(id).isTrue();
        }
        for (JsonNode merge : json.at("/model/merges")) {
            assertThat(vocabulary.has(merge.get(0).textValue() + merge.get(1).textValue()))
                    .isTrue();
        }
    }

    /** Hand-worked: "aab" thrice and "ab" twice. "a","b" occurs 5 times, then "a","ab" 3 times. */
    @Test
    void mergesTheCommonestPairFirst() throws IOException {
        assertThat(merges(List.of("aab,aab,aab", "ab,ab"))).startsWith("[\"a\",\"b\"]", "[\"a\",\"ab\"]");
    }

    @Test
    void breaksTiesByCodeUnitOrder() throws IOException {
        assertThat(merges(List.of("dc", "ba", "dc", "ba", "ab", "ab", "ab")))
                .startsWith("[\"a\",\"b\"]", "[\"b\",\"a\"]", "[\"d\",\"c\"]");
    }

    @Test
    void theSizeLimitHoldsAndKeepsAllBytes() throws IOException {
        ByteLevelBpeTrainer bytes = ByteLevelBpeTrainer.train(CORPUS, 256);
        assertThat(bytes.vocabularySize()).isEqualTo(256 + 18);
        ByteLevelBpeTrainer.train(CORPUS, 260).writeTo(folder);
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("tokenizer.json").toFile());
        assertThat(json.at("/model/vocab")).hasSize(260);
        assertThat(json.at("/model/merges")).hasSize(4);
    }

    @Test
    void equalCorporaGiveEqualFiles() throws IOException {
        ByteLevelBpeTrainer.train(CORPUS, 500).writeTo(folder.resolve("a"));
        ByteLevelBpeTrainer.train(List.copyOf(CORPUS), 500).writeTo(folder.resolve("b"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            assertThat(folder.resolve("b").resolve(name))
                    .hasSameBinaryContentAs(folder.resolve("a").resolve(name));
        }
        JsonNode config = new ObjectMapper()
                .readTree(folder.resolve("a/tokenizer_config.json").toFile());
        assertThat(config.get("eos_token").textValue()).isEqualTo("<|im_end|>");
        assertThat(config.get("pad_token").textValue()).isEqualTo("<|endoftext|>");
        assertThat(config.get("chat_template").textValue())
                .contains("<|im_start|>", "<|image_pad|>")
                .doesNotContain("helpful");
    }

    @Test
    void refusesTooSmallASizeAndAnEmptyCorpus() {
        assertThatThrownBy(() -> ByteLevelBpeTrainer.train(CORPUS, 255))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxVocabularySize")
                .hasMessageContaining("255");
        assertThatThrownBy(() -> ByteLevelBpeTrainer.train(List.of("", ""), 300))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("corpus");
        assertThatThrownBy(() -> ByteLevelBpeTrainer.train(List.of(), 300))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("corpus");
    }

    private HuggingFaceTokenizer trained(List<String> corpus, int size) throws IOException {
        ByteLevelBpeTrainer.train(corpus, size).writeTo(folder);
        return HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"));
    }

    private List<String> merges(List<String> corpus) throws IOException {
        ByteLevelBpeTrainer.train(corpus, 2000).writeTo(folder);
        JsonNode merges = new ObjectMapper()
                .readTree(Files.newBufferedReader(folder.resolve("tokenizer.json")))
                .at("/model/merges");
        return StreamSupport.stream(merges.spliterator(), false)
                .map(JsonNode::toString)
                .toList();
    }

    private static List<String> tokens(HuggingFaceTokenizer tokenizer, String text) {
        return List.of(tokenizer.encode(text, false, false).getTokens());
    }

    private static void assertSurvives(HuggingFaceTokenizer tokenizer, String text) {
        assertThat(tokenizer.decode(tokenizer.encode(text, false, false).getIds(), false))
                .isEqualTo(text);
    }
}
