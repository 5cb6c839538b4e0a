package org.reasonrft.data.counting;

import java.util.StringJoiner;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Descriptions of scenes, for pre-training a model that sees. They consist of the same clauses as a chain of thought
 * (place, colour, shape), and some judge each object by a colour or shape; none counts, adds or takes away, so that is
 * left to learn.
 */
final class Captions {
    static final String DESCRIBE = "Describe the picture.";
    static final String NOTHING = "nothing";

    private Captions() {}

    /** What is asked of the picture, and the answer. */
    record Caption(String type, String problem, String answer) {}

    static Caption sample(SeededRandom random, Scene scene) {
        double kind = random.nextDouble();
        if (kind < 0.35) {
            return new Caption("describe", DESCRIBE, clauses(scene));
        }
        if (kind < 0.5) {
            Cell cell = random.pick(Cell.values());
            return new Caption(
                    "place",
                    placeProblem(cell),
                    scene.objects().stream()
                            .filter(object -> object.cell() == cell)
                            .findFirst()
                            .map(Captions::clause)
                            .orElse(nothingAt(cell)));
        }
        AttributeFilter filter = QuestionSampler.filter(random, scene, CountingSplit.Domain.BOTH);
        return new Caption("judge", judgeProblem(filter), judged(scene, filter));
    }

    static String placeProblem(Cell cell) {
        return "What is at the " + cell.word() + "?";
    }

    static String judgeProblem(AttributeFilter filter) {
        return "Which ones are the " + filter.plural() + "?";
    }

    static String nothingAt(Cell cell) {
        return cell.word() + " " + NOTHING;
    }

    /** For example "northwest red ring". */
    static String clause(SceneObject object) {
        return object.cell().word() + " " + object.color().word() + " "
                + object.shape().word();
    }

    /** Every object with a verdict, for example "northwest red ring yes north blue square no". */
    static String judged(Scene scene, AttributeFilter filter) {
        StringJoiner clauses = new StringJoiner(" ");
        for (SceneObject object : scene.objects()) {
            clauses.add(clause(object) + (filter.accepts(object) ? " yes" : " no"));
        }
        return clauses.toString();
    }

    private static String clauses(Scene scene) {
        StringJoiner clauses = new StringJoiner(" ");
        for (SceneObject object : scene.objects()) {
            clauses.add(clause(object));
        }
        return clauses.toString();
    }
}
