package org.reasonrft.data.clevr;

import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import org.reasonrft.data.scene.Place;
import org.reasonrft.data.scene.SceneObject;

/**
 * Chains of thought and captions. They share their clauses: place, then the attributes in which objects differ.
 * Captions neither count nor add nor take away, so that is left to learn.
 */
final class Wording {
    static final String DESCRIBE = "Describe the picture.";
    static final String NOTHING = "nothing";

    private final Set<Attribute> told;
    private final int field;

    /**
     * @param told attributes that clauses name
     * @param field of the scenes, see {@link Place#of}
     */
    Wording(Set<Attribute> told, int field) {
        this.told = told;
        this.field = field;
    }

    /** For example "far left small red metal cube". */
    String clause(SceneObject object) {
        return Place.of(object, field).words() + " " + attributes(object);
    }

    /** For example "small red metal cube". */
    String attributes(SceneObject object) {
        StringJoiner words = new StringJoiner(" ");
        for (Attribute attribute : Attribute.values()) {
            if (told.contains(attribute)) {
                words.add(Attribute.word(attribute.of(object)));
            }
        }
        return words.toString();
    }

    /**
     * The way to the answer: one clause per object from far left to near right, then whether it counts and the count so
     * far. What was added comes first, so that counting starts from it. For example
     *
     * <pre>added red cubes yes2 far left red cube yes3 near center blue ring no3</pre>
     */
    String chainOfThought(Question question, List<SceneObject> objects) {
        StringJoiner clauses = new StringJoiner(" ");
        int count = question.countOfAdded();
        if (question.addedCount() > 0) {
            String added = question.addedCount() == 1
                    ? question.added().singular()
                    : question.added().plural();
            clauses.add("added " + added + " " + mark(count > 0, count));
        }
        for (SceneObject object : Place.inOrder(objects, field)) {
            boolean counts = question.counts(object);
            count += counts ? 1 : 0;
            clauses.add(clause(object) + " " + mark(counts, count));
        }
        return clauses.toString();
    }

    String description(List<SceneObject> objects) {
        StringJoiner clauses = new StringJoiner(" ");
        for (SceneObject object : Place.inOrder(objects, field)) {
            clauses.add(clause(object));
        }
        return clauses.toString();
    }

    static String placeProblem(Place place) {
        return "What is at the " + place.words() + "?";
    }

    /** All that stands at a place. */
    String thingsAt(Place place, List<SceneObject> objects) {
        StringJoiner things = new StringJoiner(" ");
        things.setEmptyValue(NOTHING);
        for (SceneObject object : Place.inOrder(objects, field)) {
            if (Place.of(object, field) == place) {
                things.add(attributes(object));
            }
        }
        return things.toString();
    }

    static String judgeProblem(ObjectFilter filter) {
        return "Which ones are the " + filter.plural() + "?";
    }

    /** Every object with a verdict, for example "far left red cube yes near center blue ring no". */
    String judged(List<SceneObject> objects, ObjectFilter filter) {
        StringJoiner clauses = new StringJoiner(" ");
        for (SceneObject object : Place.inOrder(objects, field)) {
            clauses.add(clause(object) + (filter.accepts(object) ? " yes" : " no"));
        }
        return clauses.toString();
    }

    private static String mark(boolean counts, int count) {
        return (counts ? "yes" : "no") + count;
    }
}
