package org.reasonrft.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.data.clevr.Attribute;
import org.reasonrft.data.clevr.ClevrCorpus;
import org.reasonrft.data.clevr.ClevrGenerator;
import org.reasonrft.data.clevr.ClevrSpec;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.TaskGenerator;
import org.reasonrft.data.spatial.SpatialCorpus;
import org.reasonrft.data.spatial.SpatialGenerator;
import org.reasonrft.data.spatial.SpatialSpec;
import org.reasonrft.data.spatial.TransformationFunction;
import org.reasonrft.text.ByteLevelBpeTrainer;

/** The word lists of the tasks in perspective: with one token per word, a text has as many tokens as words. */
class PerspectiveCorpusTest {
    /** Qwen2's words: letters with one character in front, single digits, marks, spaces. */
    private static final Pattern WORD = Pattern.compile(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s+");

    @TempDir
    Path folder;

    @Test
    void spatialTransformation() throws IOException {
        SpatialSpec few = new SpatialSpec(
                32,
                32,
                1,
                3,
                2,
                EnumSet.of(TransformationFunction.CHANGE_SHAPE, TransformationFunction.CHANGE_POSITION),
                EnumSet.of(TransformationFunction.CHANGE_SIZE),
                20,
                1,
                0);
        SpatialSpec all =
                new SpatialSpec(48, 32, 1, 5, 4, SpatialSpec.TRANCE.functions(), SpatialSpec.TRANCE.vary(), 20, 1, 0);
        assertOneTokenPerWord(SpatialCorpus.texts(), List.of(new SpatialGenerator(few), new SpatialGenerator(all)));
    }

    @Test
    void countingInPerspective() throws IOException {
        assertOneTokenPerWord(
                ClevrCorpus.texts(),
                List.of(
                        new ClevrGenerator(new ClevrSpec(32, 32, 2, 5, EnumSet.of(Attribute.MATERIAL), 15, 0)),
                        new ClevrGenerator(new ClevrSpec(48, 32, 2, 6, EnumSet.allOf(Attribute.class), 20, 0))));
    }

    private void assertOneTokenPerWord(List<String> corpus, List<TaskGenerator> generators) throws IOException {
        ByteLevelBpeTrainer.train(corpus, 2000).writeTo(folder);
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"))) {
            for (TaskGenerator generator : generators) {
                for (Split split : generator.splits()) {
                    for (int i = 0; i < 40; i++) {
                        Sample sample = generator.render(split, 4, i).sample();
                        List<String> texts = new ArrayList<>(List.of(sample.problem(), sample.answer()));
                        if (sample.hasChainOfThought()) {
                            texts.add(sample.chainOfThought());
                        }
                        for (String text : texts) {
                            Matcher words = WORD.matcher(text);
                            assertThat(tokenizer.encode(text, false, false).getTokens())
                                    .as(text)
                                    .hasSize((int) words.results().count());
                        }
                    }
                }
            }
        }
    }
}
