package org.reasonrft.data.counting;

import java.util.ArrayList;
import java.util.List;
import org.reasonrft.data.PromptTemplate;

/**
 * Every word that the counting task can use, in every position that changes its spelling for a tokenizer (at the start
 * of a text or after a space). Training {@link org.reasonrft.text.ByteLevelBpeTrainer} on it makes each word one token.
 */
public final class CountingCorpus {
    private CountingCorpus() {}

    /** The texts: questions, chains of thought, captions and the prompts that may surround them. */
    public static List<String> texts() {
        List<AttributeFilter> filters = new ArrayList<>();
        filters.add(AttributeFilter.ANY);
        for (ObjectShape shape : ObjectShape.values()) {
            filters.add(new AttributeFilter(null, shape));
            for (ObjectColor color : ObjectColor.values()) {
                filters.add(new AttributeFilter(color, shape));
            }
        }
        for (ObjectColor color : ObjectColor.values()) {
            filters.add(new AttributeFilter(color, null));
        }
        List<String> texts = new ArrayList<>();
        for (AttributeFilter filter : filters) {
            Question subtraction = new Question(QuestionType.MULTI_HOP, 0, null, List.of(filter, filter), filter);
            texts.add(new Question(QuestionType.COUNTING, 0, null, List.of(), filter).text());
            texts.add(subtraction.text());
            texts.add(Captions.judgeProblem(filter));
            for (Cell cell : Cell.values()) {
                texts.add(Captions.placeProblem(cell));
                if (filter.isPair()) {
                    addAnswers(texts, filter, subtraction, cell);
                }
            }
        }
        texts.add(Captions.DESCRIBE);
        texts.add(Captions.NOTHING);
        for (int digit = 0; digit <= 9; digit++) {
            texts.add(Integer.toString(digit));
        }
        for (String template : List.of("visual-counting", "short")) {
            texts.add(PromptTemplate.named(template).fill("?"));
        }
        return texts;
    }

    private static void addAnswers(List<String> texts, AttributeFilter pair, Question subtraction, Cell cell) {
        SceneObject object = new SceneObject(cell, pair.color(), pair.shape(), 0.3, 0, 0, 0);
        Scene scene = new Scene(List.of(object), new Background(Background.Pattern.PLAIN, 0, 0), 1, 0, 0);
        for (int added = 1; added <= 3; added++) {
            Question addition = new Question(QuestionType.ADDITION, added, pair, List.of(), pair);
            texts.add(addition.text());
            texts.add(addition.chainOfThought(scene));
        }
        // Once at the start and once after a space.
        texts.add(subtraction.chainOfThought(scene) + " " + subtraction.chainOfThought(scene));
        texts.add(Captions.nothingAt(cell));
    }
}
