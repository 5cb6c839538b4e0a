package org.reasonrft.data.counting;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.data.Sample;
import org.reasonrft.text.ByteLevelBpeTrainer;

class CountingCorpusTest {
    @TempDir
    Path folder;

    /** With one token per word, a text has as many tokens as words, digits and marks. */
    @Test
    void everyGeneratedTextHasOneTokenPerWord() throws IOException {
        ByteLevelBpeTrainer.train(CountingCorpus.texts(), 2000).writeTo(folder);
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"))) {
            for (CountingSplit split : CountingSplit.values()) {
                for (int i = 0; i < 300; i++) {
                    Sample sample = CountingGenerator.render(new CountingSpec(split, 1, 8), i)
                            .sample();
                    assertOneTokenPerWord(tokenizer, sample.problem());
                    assertOneTokenPerWord(tokenizer, sample.answer());
                    if (sample.hasChainOfThought()) {
                        assertOneTokenPerWord(tokenizer, sample.chainOfThought());
                    }
                }
            }
        }
    }

    private static void assertOneTokenPerWord(HuggingFaceTokenizer tokenizer, String text) {
        Encoding encoding = tokenizer.encode(text, false, false);
        // Qwen2 cuts before a digit and before a mark, and spends a token on a space in front of a digit.
        int words = text.replaceAll("(\\d)", " $1")
                        .replaceAll("([.?])", " $1")
                        .trim()
                        .split(" +")
                        .length
                + text.split(" (?=\\d)", -1).length
                - 1;
        assertThat(encoding.getTokens()).as(text).hasSize(words);
    }
}
