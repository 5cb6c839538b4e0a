package org.reasonrft.data.counting;

import java.util.StringJoiner;

/**
 * Descriptions of scenes, for pre-training a model that sees. They consist of the same clauses as a chain of thought
 * (place, colour, shape) but neither judge nor count, so that counting is left to learn.
 */
final class Captions {
    private static final String NOTHING = "nothing";

    private Captions() {
    }

    /** What is asked of the picture, and the answer. */
    record Caption(String type, String problem, String answer) {
    }

    static Caption sample(SeededRandom random, Scene scene) {
        double kind = random.nextDouble();
        if (kind < 0.6) {
            return new Caption("describe", "Describe the picture.", clauses(scene, AttributeFilter.ANY));
        }
        if (kind < 0.8) {
            Cell cell = random.pick(Cell.values());
            return new Caption("place", "What is at the " + cell.word() + "?", scene.objects().stream()
                    .filter(object -> object.cell() == cell).findFirst().map(Captions::clause)
                    .orElse(cell.word() + " " + NOTHING));
        }
        AttributeFilter filter = QuestionSampler.filter(random, scene, CountingSplit.Domain.BOTH);
        String found = clauses(scene, filter);
        return new Caption("list", "List the " + filter.plural() + ".", found.isEmpty() ? NOTHING : found);
    }

    /** For example "northwest red ring". */
    static String clause(SceneObject object) {
        return object.cell().word() + " " + object.color().word() + " " + object.shape().word();
    }

    private static String clauses(Scene scene, AttributeFilter filter) {
        StringJoiner clauses = new StringJoiner(" ");
        for (SceneObject object : scene.objects()) {
            if (filter.accepts(object)) {
                clauses.add(clause(object));
            }
        }
        return clauses.toString();
    }
}
