package org.reasonrft.data.counting;

import java.util.StringJoiner;

/**
 * Descriptions of scenes, for pre-training a model that sees. They consist of the same clauses as a chain of thought
 * (place, colour, shape) but neither judge nor count, so that counting is left to learn.
 */
final class Captions {
    static final String DESCRIBE = "Describe the picture.";
    static final String NOTHING = "nothing";

    private Captions() {
    }

    /** What is asked of the picture, and the answer. */
    record Caption(String type, String problem, String answer) {
    }

    static Caption sample(SeededRandom random, Scene scene) {
        double kind = random.nextDouble();
        if (kind < 0.6) {
            return new Caption("describe", DESCRIBE, clauses(scene, AttributeFilter.ANY));
        }
        if (kind < 0.8) {
            Cell cell = random.pick(Cell.values());
            return new Caption("place", placeProblem(cell), scene.objects().stream()
                    .filter(object -> object.cell() == cell).findFirst().map(Captions::clause)
                    .orElse(nothingAt(cell)));
        }
        AttributeFilter filter = QuestionSampler.filter(random, scene, CountingSplit.Domain.BOTH);
        String found = clauses(scene, filter);
        return new Caption("list", listProblem(filter), found.isEmpty() ? NOTHING : found);
    }

    static String placeProblem(Cell cell) {
        return "What is at the " + cell.word() + "?";
    }

    static String listProblem(AttributeFilter filter) {
        return "List the " + filter.plural() + ".";
    }

    static String nothingAt(Cell cell) {
        return cell.word() + " " + NOTHING;
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
