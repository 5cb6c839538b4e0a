package org.reasonrft.data.clevr;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.counting.QuestionType;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.Viewpoint;
import org.reasonrft.data.scene.VisibilityCheck;

/**
 * Draws a question and a scene for it. The wanted answer is drawn first and scenes are tried until one gives it, so
 * that guessing the commonest answer earns little: it is right for at most 18 % of the questions about 2 to 6 objects,
 * or about 3 to 8.
 */
final class QuestionSampler {
    private static final int MOST_TRIES = 4000;
    private static final int QUESTIONS_PER_SCENE = 12;
    private static final int LARGEST_ANSWER = 9;
    private static final QuestionType[] TYPES = QuestionType.values();
    /** Shares of the types, in the order of {@link QuestionType}: counting alone is no kind of CLEVR-Math's. */
    private static final double[] TYPE_WEIGHTS = {0.12, 0.24, 0.28, 0.18, 0.18};
    /** Shares of the answers 0 to 9 aimed at, by type; high counts are rare because few scenes have them. */
    private static final double[][] ANSWER_WEIGHTS = {
        {2, 3, 3, 3, 3, 2, 1, 0, 0, 0},
        {2, 3, 3, 3, 3, 3, 2, 1, 0, 0},
        {0, 2, 3, 3, 3, 3, 3, 3, 2, 1},
        {2, 3, 3, 3, 3, 3, 2, 1, 0, 0},
        {3, 3, 3, 3, 3, 2, 1, 0, 0, 0},
    };

    private final ClevrSpec spec;
    private final SceneSampler scenes;
    private final VisibilityCheck visibility;

    QuestionSampler(ClevrSpec spec) {
        this.spec = spec;
        scenes = new SceneSampler(spec);
        visibility = new VisibilityCheck(spec.field(), spec.width(), spec.height());
    }

    /** A question and the scene it is about. */
    record Posed(Question question, Scene scene) {}

    /** @throws IllegalStateException if no scene is found: the field is too small for the objects */
    Posed sample(SeededRandom random, boolean shifted) {
        QuestionType type = TYPES[random.weighted(TYPE_WEIGHTS)];
        int wanted = random.weighted(ANSWER_WEIGHTS[type.ordinal()]);
        Posed last = null;
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            Scene scene = scenes.sample(random, shifted);
            // Questions are cheaper than looking: what no question fits is not looked at.
            Question question = scene == null ? null : question(random, type, scene, shifted, wanted);
            if (question != null && visibility.passes(scene, Viewpoint.CENTER)) {
                if (question.answer(scene.objects()) == wanted) {
                    return new Posed(question, scene);
                }
                last = new Posed(question, scene);
            }
            if (last != null && attempt > MOST_TRIES / 8) {
                // A narrow range of objects can make the wanted answer impossible; any valid question is better.
                return last;
            }
        }
        throw new IllegalStateException("found no scene with room for " + spec.minObjects() + " to " + spec.maxObjects()
                + " objects that can all be seen");
    }

    /** A scene in which all objects can be seen. */
    Scene scene(SeededRandom random, boolean shifted) {
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            Scene scene = scenes.sample(random, shifted);
            if (scene != null && visibility.passes(scene, Viewpoint.CENTER)) {
                return scene;
            }
        }
        throw new IllegalStateException("found no scene with room for " + spec.minObjects() + " to " + spec.maxObjects()
                + " objects that can all be seen");
    }

    /** A question with the wanted answer, else the last one tried, or null if none of the type was found. */
    private Question question(SeededRandom random, QuestionType type, Scene scene, boolean shifted, int wanted) {
        Question last = null;
        for (int attempt = 0; attempt < QUESTIONS_PER_SCENE; attempt++) {
            Question question = question(random, type, scene, shifted);
            if (question == null) {
                continue;
            }
            int answer = question.answer(scene.objects());
            if (answer == wanted) {
                return question;
            }
            last = answer <= LARGEST_ANSWER ? question : last;
        }
        // Most scenes could give some question; only now and then is one kept in case the wanted answer never comes.
        return last != null && random.chance(0.02) ? last : null;
    }

    /** A question about the scene, or null if this draw gives none of the type. */
    private Question question(SeededRandom random, QuestionType type, Scene scene, boolean shifted) {
        ObjectFilter filter = filter(random, scene, shifted);
        switch (type) {
            case COUNTING:
                return new Question(type, 0, null, List.of(), filter);
            case SUBTRACTION:
                return new Question(type, 0, null, List.of(filter), wider(random, filter));
            case ADDITION:
                ObjectFilter asked = random.chance(1 / 6.0) ? filter(random, scene, shifted) : wider(random, filter);
                return asked.covers(filter) || asked.excludes(filter)
                        ? new Question(type, random.between(1, 3), filter, List.of(), asked)
                        : null;
            case MULTI_HOP:
                ObjectFilter second = filter(random, scene, shifted);
                return second.equals(filter)
                        ? null
                        : new Question(type, 0, null, List.of(filter, second), ObjectFilter.ANY);
            case ADVERSARIAL:
                ObjectFilter removed = filter(random, scene, shifted);
                return removed.excludes(filter) ? new Question(type, 0, null, List.of(removed), filter) : null;
            default:
                throw new AssertionError(type);
        }
    }

    /** Some attributes of an object, mostly one of the scene. */
    ObjectFilter filter(SeededRandom random, Scene scene, boolean shifted) {
        SceneObject example = random.pick(scene.objects());
        boolean present = random.chance(0.85);
        List<Attribute> attributes = List.copyOf(spec.vary());
        double kind = random.nextDouble();
        int wanted = Math.min(attributes.size(), kind < 0.5 ? 1 : kind < 0.9 ? 2 : 3);
        Map<Attribute, Enum<?>> values = new EnumMap<>(Attribute.class);
        while (values.size() < wanted) {
            Attribute attribute = random.pick(attributes);
            values.put(attribute, present ? attribute.of(example) : random.pick(attribute.values(shifted)));
        }
        return new ObjectFilter(values);
    }

    /** The filter with one or all of its conditions dropped, or itself. */
    private static ObjectFilter wider(SeededRandom random, ObjectFilter filter) {
        double kind = random.nextDouble();
        if (kind < 0.3) {
            return ObjectFilter.ANY;
        }
        return filter.wanted().size() == 1
                ? kind < 0.5 ? filter : ObjectFilter.ANY
                : filter.without(random.pick(List.copyOf(filter.wanted().keySet())));
    }
}
