package org.reasonrft.data.spatial;

import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.reasonrft.data.scene.Place;
import org.reasonrft.data.scene.SceneObject;

/**
 * The task in words.
 *
 * <p>Places are told from the centre camera's side, whichever camera a picture is from. Descriptions leave out
 * attributes in which objects never differ, which keeps chains of thought short.
 */
final class SpatialWording {
    static final String SAME = "same";
    static final String NOTHING = "nothing";

    private final SpatialSpec spec;

    SpatialWording(SpatialSpec spec) {
        this.spec = spec;
    }

    /**
     * The question: what is wanted, and the initial objects as tuples of id, shape, size, color and material, the form
     * in which the published records list them. It needs no prompt template to be understood.
     */
    String problem(Transformation transformation) {
        StringJoiner tuples = new StringJoiner(", ", "[", "]");
        List<SceneObject> objects = transformation.before().objects();
        for (int id = 0; id < objects.size(); id++) {
            SceneObject object = objects.get(id);
            tuples.add("(" + id + ",'" + object.shape().word() + "','"
                    + object.size().word() + "','" + object.color().word() + "','"
                    + object.material().word() + "')");
        }
        return "Which changes lead from the first picture to the second? Attributes of the initial objects"
                + " ('object_id','shape','size','color','material'): " + tuples;
    }

    /**
     * First the final scene, as captions have it, then object by object what and where it was, what and where it is now,
     * and the difference, for example
     *
     * <pre>second: red cube far left, blue sphere near left. 0 red cube far left now red cube far left: same. 1 blue sphere
     * near right now blue sphere near left: moved left.</pre>
     *
     * What is compared stands side by side, so that each word follows from those before it and from the pictures.
     *
     * @param transformation its scenes are described, its changes are told
     */
    String chainOfThought(Transformation transformation) {
        StringJoiner clauses = new StringJoiner(
                " ", "second: " + clauses(transformation.after().objects()) + ". ", "");
        for (int id = 0; id < transformation.before().objects().size(); id++) {
            clauses.add(id + " " + fate(transformation, id));
        }
        return clauses.toString();
    }

    /** What became of an object, for example "blue sphere near right now blue sphere near left: moved left.". */
    String fate(Transformation transformation, int id) {
        StringJoiner news = new StringJoiner(", ").setEmptyValue(SAME);
        for (Change change : transformation.changesOf(id)) {
            news.add(
                    change.function() == TransformationFunction.CHANGE_POSITION
                            ? "moved " + change.value().replace('_', ' ')
                            : change.value());
        }
        return clause(transformation.before().objects().get(id)) + " now "
                + clause(transformation.after().objects().get(id)) + ": " + news + ".";
    }

    /** Asks to make a change up; any {@link #fate} of the object is an answer. */
    String imagineProblem(SceneObject object) {
        return "Change something or nothing: " + clause(object) + ".";
    }

    /** Both scenes from far to near and from left to right, for example "first: red cube far left. second: ...". */
    String bothScenes(Transformation transformation) {
        return "first: " + clauses(transformation.before().objects()) + ". second: "
                + clauses(transformation.after().objects()) + ".";
    }

    static String bothScenesProblem() {
        return "Describe both pictures.";
    }

    static String placeProblem(String place, boolean second) {
        return "What is at the " + place + " in the " + ordinal(second) + " picture?";
    }

    /** What stands at a place. */
    String thingsAt(String place, List<SceneObject> objects) {
        String things = objects.stream()
                .filter(object -> place(object).equals(place))
                .map(this::attributes)
                .collect(Collectors.joining(", "));
        return things.isEmpty() ? NOTHING : things;
    }

    String whereProblem(SceneObject object, boolean second) {
        return "Where is the " + attributes(object) + " in the " + ordinal(second) + " picture?";
    }

    /** For example "small blue metal sphere". */
    String attributes(SceneObject object) {
        StringJoiner words = new StringJoiner(" ");
        Set<TransformationFunction> told = spec.vary();
        addIf(told, TransformationFunction.CHANGE_SIZE, object, words);
        addIf(told, TransformationFunction.CHANGE_COLOR, object, words);
        addIf(told, TransformationFunction.CHANGE_MATERIAL, object, words);
        addIf(told, TransformationFunction.CHANGE_SHAPE, object, words);
        return words.toString();
    }

    /** For example "near left". */
    String place(SceneObject object) {
        return Place.of(object, spec.field()).words();
    }

    private String clause(SceneObject object) {
        return attributes(object) + " " + place(object);
    }

    private String clauses(List<SceneObject> objects) {
        return Place.inOrder(objects, spec.field()).stream().map(this::clause).collect(Collectors.joining(", "));
    }

    private static String ordinal(boolean second) {
        return second ? "second" : "first";
    }

    /** An attribute is told if objects differ in it at first or may come to. */
    private void addIf(
            Set<TransformationFunction> told, TransformationFunction function, SceneObject object, StringJoiner words) {
        if (told.contains(function) || spec.functions().contains(function)) {
            words.add(function.valueIn(object));
        }
    }
}
