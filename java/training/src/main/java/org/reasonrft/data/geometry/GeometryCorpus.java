package org.reasonrft.data.geometry;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reasonrft.data.PromptTemplate;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Every word that the geometry task can use about pictures without letters, and the letters by themselves. Training
 * {@link org.reasonrft.text.ByteLevelBpeTrainer} on it makes each word one token; numbers and names such as ABC are
 * spelt.
 */
public final class GeometryCorpus {
    private static final int DRAWS_PER_PATTERN = 40;

    private GeometryCorpus() {}

    /** The texts: questions of both domains, chains of thought, captions and the prompts that may surround them. */
    public static List<String> texts() {
        Set<String> texts = new LinkedHashSet<>();
        for (Pattern pattern : Patterns.all()) {
            SeededRandom random = new SeededRandom(texts.size());
            int drawn = 0;
            while (drawn < DRAWS_PER_PATTERN) {
                Problem problem = pattern.make().apply(new Numbers(random));
                if (problem != null) {
                    addTexts(texts, problem);
                    drawn++;
                }
            }
        }
        // Once at the start of a text and once after a space.
        for (char letter = 'A'; letter <= 'Z'; letter++) {
            texts.add(letter + " " + letter);
        }
        texts.add("x x");
        for (int digit = 0; digit <= 9; digit++) {
            texts.add(Integer.toString(digit));
        }
        for (String template : List.of("structure-perception-mixed", "visual-counting-short")) {
            texts.add(PromptTemplate.named(template).fill("?"));
        }
        return List.copyOf(texts);
    }

    private static void addTexts(Set<String> texts, Problem problem) {
        Showing colors = new Showing(Map.of(), true, false, false);
        Wording wording = new Wording(problem, colors);
        texts.add(wording.question(true, true));
        texts.add(wording.question(false, true));
        texts.add(wording.question(false, false) + Wording.choices(List.of(problem.answer())));
        String end = " so A";
        texts.add(wording.chainOfThought(problem.truth()) + end);
        problem.misread().ifPresent(reading -> texts.add(wording.chainOfThought(reading) + end));
        texts.addAll(new FigureCaptions(problem, colors).all());
        texts.addAll(problem.truth().positions());
        texts.add(problem.truth().shape());
        texts.add(problem.noun() + " " + problem.noun());
    }
}
