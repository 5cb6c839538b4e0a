package org.reasonrft.data.clevr;

import java.util.List;
import org.reasonrft.data.counting.QuestionText;
import org.reasonrft.data.counting.QuestionType;
import org.reasonrft.data.scene.SceneObject;

/**
 * A question as a small program: objects are added, others are taken away, what is left and asked for is counted.
 *
 * @param type family of the question
 * @param addedCount how many objects are added, 0 for none
 * @param added what is known of the added objects, enough to tell whether {@code asked} counts them; null for none
 * @param removed what is taken away, one filter after the other
 * @param asked what is counted in the end
 */
record Question(QuestionType type, int addedCount, ObjectFilter added, List<ObjectFilter> removed, ObjectFilter asked) {
    Question {
        removed = List.copyOf(removed);
        if (added != null && !asked.covers(added) && !asked.excludes(added)) {
            throw new IllegalArgumentException(
                    "added: wanted to be all or none of '" + asked.plural() + "', got '" + added.plural() + "'");
        }
    }

    /** The question in words. */
    String text() {
        return QuestionText.of(
                addedCount,
                added == null ? "" : addedCount == 1 ? added.singular() : added.plural(),
                removed.stream().map(ObjectFilter::plural).toList(),
                asked.plural());
    }

    /** How many operations it takes, counting included: 1 to 3. */
    int level() {
        return 1 + (addedCount > 0 ? 1 : 0) + removed.size();
    }

    int answer(List<SceneObject> objects) {
        int count = countOfAdded();
        for (SceneObject object : objects) {
            count += counts(object) ? 1 : 0;
        }
        return count;
    }

    boolean counts(SceneObject object) {
        return asked.accepts(object) && removed.stream().noneMatch(filter -> filter.accepts(object));
    }

    /** How many of the added objects are counted. */
    int countOfAdded() {
        return added != null && asked.covers(added) ? addedCount : 0;
    }
}
