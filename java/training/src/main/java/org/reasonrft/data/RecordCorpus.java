package org.reasonrft.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a model reads and writes about records, each text as it will see it: for training {@link
 * org.reasonrft.text.ByteLevelBpeTrainer}, which makes a token of each word.
 */
public final class RecordCorpus {
    private static final PromptTemplate PROMPT = PromptTemplate.named("short");

    private RecordCorpus() {}

    /**
     * Questions, alone and in the short prompt, answers, and chains of thought in their tags; no text twice.
     *
     * @param files records in any form that {@link SampleReader} reads
     * @throws DataException if one cannot be read
     */
    public static List<String> texts(List<Path> files) {
        Set<String> texts = new LinkedHashSet<>();
        // What a model that is trained without chains of thought may yet have to write.
        texts.add(TargetText.reasoned("", ""));
        for (Path file : files) {
            SampleReader.forEach(file, null, BadRecords.FAIL, sample -> {
                texts.add(sample.problem());
                texts.add(PROMPT.fill(sample));
                texts.add(sample.answer());
                if (sample.hasChainOfThought()) {
                    texts.add(TargetText.reasoned(sample));
                }
            });
        }
        return new ArrayList<>(texts);
    }
}
