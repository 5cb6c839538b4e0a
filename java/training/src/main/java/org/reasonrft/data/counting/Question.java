package org.reasonrft.data.counting;

import java.util.List;
import java.util.StringJoiner;

/**
 * A question as a small program: objects are added, others are taken away, what is left and asked for is counted.
 *
 * @param type family of the question
 * @param addedCount how many objects are added, 0 for none
 * @param added colour and shape of the added objects; null when none are added
 * @param removed what is taken away, one filter after the other
 * @param asked what is counted in the end
 */
record Question(
        QuestionType type,
        int addedCount,
        AttributeFilter added,
        List<AttributeFilter> removed,
        AttributeFilter asked) {
    Question {
        removed = List.copyOf(removed);
    }

    /** The question in words. */
    String text() {
        return QuestionText.of(
                addedCount,
                added == null ? "" : addedCount == 1 ? added.singular() : added.plural(),
                removed.stream().map(AttributeFilter::plural).toList(),
                asked.plural());
    }

    int answer(Scene scene) {
        int count = counts(added) ? addedCount : 0;
        for (SceneObject object : scene.objects()) {
            count += counts(object) ? 1 : 0;
        }
        return count;
    }

    /**
     * The way to the answer: one clause per object in reading order, each of five words that every earlier word
     * determines: place, colour, shape, whether it counts, and the count so far. What was added comes first, so that
     * counting starts from it. For example
     *
     * <pre>added red ring yes2 northwest red square yes3 north blue ring no3</pre>
     *
     * Every clause has the same length and each error is one wrong word that a later answer reveals, which is what
     * reinforcement on the answer alone can repair. The digit follows its word without a space because Qwen2's
     * tokenizer would spend a token of its own on it.
     */
    String chainOfThought(Scene scene) {
        StringJoiner clauses = new StringJoiner(" ");
        int count = 0;
        if (addedCount > 0) {
            count = counts(added) ? addedCount : 0;
            clauses.add("added " + added.singular() + " " + mark(counts(added), count));
        }
        for (SceneObject object : scene.objects()) {
            boolean counts = counts(object);
            count += counts ? 1 : 0;
            clauses.add(Captions.clause(object) + " " + mark(counts, count));
        }
        return clauses.toString();
    }

    /** Whether the question turns on an object whose colour-shape pair training never shows. */
    boolean concernsHeldOutPair(Scene scene) {
        if (asked.isHeldOutPair() || added != null && added.isHeldOutPair()) {
            return true;
        }
        for (SceneObject object : scene.objects()) {
            boolean named = !asked.equals(AttributeFilter.ANY) && asked.accepts(object)
                    || removed.stream().anyMatch(filter -> filter.accepts(object));
            if (named && object.isHeldOutPair()) {
                return true;
            }
        }
        return removed.stream().anyMatch(AttributeFilter::isHeldOutPair);
    }

    private boolean counts(SceneObject object) {
        return asked.accepts(object) && removed.stream().noneMatch(filter -> filter.accepts(object));
    }

    private boolean counts(AttributeFilter addedPair) {
        return addedPair != null && asked.accepts(addedPair.color(), addedPair.shape());
    }

    private static String mark(boolean counts, int count) {
        return (counts ? "yes" : "no") + count;
    }
}
