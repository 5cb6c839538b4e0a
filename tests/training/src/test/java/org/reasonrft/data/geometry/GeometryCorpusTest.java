package org.reasonrft.data.geometry;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.Split;
import org.reasonrft.text.ByteLevelBpeTrainer;

class GeometryCorpusTest {
    /** How Qwen2 cuts a text before it looks for tokens: words, single digits, runs of marks, spaces. */
    private static final java.util.regex.Pattern WORD = java.util.regex.Pattern.compile(
            "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

    @TempDir
    Path folder;

    @Test
    void everyTextAboutSmallPicturesHasOneTokenPerWord() throws IOException {
        ByteLevelBpeTrainer.train(GeometryCorpus.texts(), 4000).writeTo(folder);
        GeometryGenerator generator = new GeometryGenerator(new GeometrySpec(3, null, 64, 0.5));
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"))) {
            for (Split split : Split.onePerPurpose()) {
                for (int i = 0; i < 300; i++) {
                    Sample sample = generator.compose(split, 8, i).sample();
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
        Matcher words = WORD.matcher(text);
        int count = 0;
        while (words.find()) {
            count++;
        }
        assertThat(tokenizer.encode(text, false, false).getTokens()).as(text).hasSize(count);
    }
}
