package org.reasonrft.data.counting;

import java.util.ArrayList;
import java.util.List;
import org.reasonrft.data.counting.CountingSplit.Domain;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Draws a question and a scene for it. The wanted answer is drawn first and scenes are tried until one gives it, so
 * that guessing the commonest answer earns little.
 */
final class QuestionSampler {
    private static final int MOST_TRIES = 500;
    private static final int LARGEST_ANSWER = 9;
    private static final QuestionType[] TYPES = QuestionType.values();
    /** Shares of the types, in the order of {@link QuestionType}. */
    private static final double[] TYPE_WEIGHTS = {0.35, 0.22, 0.25, 0.09, 0.09};
    /** Shares of the answers 0 to 9 aimed at, by type; high counts are rare because few scenes have them. */
    private static final double[][] ANSWER_WEIGHTS = {
        {2, 3, 3, 3, 3, 2, 1, 0, 0, 0},
        {1, 3, 3, 3, 3, 3, 2, 0, 0, 0},
        {0, 2, 3, 3, 3, 3, 3, 3, 3, 2},
        {1, 3, 3, 3, 3, 2, 1, 0, 0, 0},
        {2, 3, 3, 3, 2, 1, 0, 0, 0, 0},
    };

    private QuestionSampler() {}

    /** A question and the scene it is about. */
    record Posed(Question question, Scene scene) {}

    static Posed sample(SeededRandom random, CountingSpec spec) {
        Domain domain = spec.split().domain();
        QuestionType type = TYPES[random.weighted(TYPE_WEIGHTS)];
        int wanted = random.weighted(ANSWER_WEIGHTS[type.ordinal()]);
        Posed last = null;
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            Scene scene = SceneSampler.sample(random, domain, spec.minObjects(), spec.maxObjects());
            Question question = question(random, type, scene, domain);
            if (question == null || domain == Domain.SHIFTED && !question.concernsHeldOutPair(scene)) {
                continue;
            }
            int answer = question.answer(scene);
            if (answer == wanted) {
                return new Posed(question, scene);
            }
            if (answer <= LARGEST_ANSWER) {
                last = new Posed(question, scene);
            }
        }
        if (last == null) {
            throw new IllegalStateException("no " + type + " question found for " + spec);
        }
        // A narrow range of objects can make the wanted answer impossible; any valid question is better than none.
        return last;
    }

    /** A question about the scene, or null if this draw gives none of the type. */
    private static Question question(SeededRandom random, QuestionType type, Scene scene, Domain domain) {
        AttributeFilter filter = filter(random, scene, domain);
        switch (type) {
            case COUNTING:
                return new Question(type, 0, null, List.of(), filter);
            case SUBTRACTION:
                return new Question(type, 0, null, List.of(filter), wider(random, filter));
            case ADDITION:
                AttributeFilter added = pair(random, scene, domain);
                // One in six asks for something else, so that adding cannot be learnt as a reflex.
                AttributeFilter asked = random.chance(1 / 6.0) ? filter : askedAfterAdding(random, added);
                return new Question(type, random.between(1, 3), added, List.of(), asked);
            case MULTI_HOP:
                AttributeFilter second = filter(random, scene, domain);
                return second.equals(filter)
                        ? null
                        : new Question(type, 0, null, List.of(filter, second), AttributeFilter.ANY);
            case ADVERSARIAL:
                AttributeFilter removed = filter(random, scene, domain);
                return removed.excludes(filter) ? new Question(type, 0, null, List.of(removed), filter) : null;
            default:
                throw new AssertionError(type);
        }
    }

    /** A filter by colour, shape or both, mostly one that some object of the scene passes. */
    static AttributeFilter filter(SeededRandom random, Scene scene, Domain domain) {
        AttributeFilter pair = pair(random, scene, domain);
        double kind = random.nextDouble();
        if (kind < 0.4) {
            return pair;
        }
        return kind < 0.7 ? new AttributeFilter(pair.color(), null) : new AttributeFilter(null, pair.shape());
    }

    private static AttributeFilter pair(SeededRandom random, Scene scene, Domain domain) {
        if (random.chance(0.85)) {
            SceneObject object = random.pick(scene.objects());
            return new AttributeFilter(object.color(), object.shape());
        }
        AttributeFilter pair;
        do {
            pair = new AttributeFilter(random.pick(ObjectColor.values()), random.pick(ObjectShape.values()));
            // Training must not teach that held-out pairs count zero.
        } while (domain == Domain.FAMILIAR && pair.isHeldOutPair());
        return pair;
    }

    /** The pair itself, one half of it, or (rarely, since then everything counts) any object. */
    private static AttributeFilter askedAfterAdding(SeededRandom random, AttributeFilter pair) {
        double kind = random.nextDouble();
        if (kind < 0.4) {
            return pair;
        }
        if (kind < 0.9) {
            return kind < 0.65 ? new AttributeFilter(pair.color(), null) : new AttributeFilter(null, pair.shape());
        }
        return AttributeFilter.ANY;
    }

    /** The filter with one or all of its conditions dropped. */
    private static AttributeFilter wider(SeededRandom random, AttributeFilter filter) {
        List<AttributeFilter> choices = new ArrayList<>();
        choices.add(AttributeFilter.ANY);
        if (filter.isPair()) {
            choices.add(new AttributeFilter(filter.color(), null));
            choices.add(new AttributeFilter(null, filter.shape()));
        }
        return random.pick(choices);
    }
}
