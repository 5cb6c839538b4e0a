package org.reasonrft.data.spatial;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.reasonrft.data.PromptTemplate;
import org.reasonrft.data.scene.Ground;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.Place;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;

/**
 * Every word that the spatial transformation task can use, in every position that changes its spelling for a tokenizer
 * (at the start of a text, after a space, after a quote). Training {@link org.reasonrft.text.ByteLevelBpeTrainer} on it
 * makes each word one token.
 */
public final class SpatialCorpus {
    private SpatialCorpus() {}

    /** The texts: questions, answers, chains of thought, captions and the short prompts that may surround them. */
    public static List<String> texts() {
        List<SceneObject> objects = new ArrayList<>();
        for (ObjectColor color : ObjectColor.FAMILIAR) {
            for (ObjectSize size : ObjectSize.values()) {
                for (ObjectMaterial material : ObjectMaterial.values()) {
                    for (ObjectShape shape : List.of(ObjectShape.CUBE, ObjectShape.SPHERE, ObjectShape.CYLINDER)) {
                        objects.add(new SceneObject(shape, size, color, material, size.radius(), 0, 0, 0));
                    }
                }
            }
        }
        SpatialWording wording = new SpatialWording(SpatialSpec.TRANCE);
        List<String> texts = new ArrayList<>();
        Place[] places = Place.values();
        int next = 0;
        for (TransformationFunction function : TransformationFunction.values()) {
            for (String value : function.choices()) {
                for (int id = 0; id < 10; id++) {
                    texts.add(Change.answer(List.of(new Change(id, function, value), new Change(id, function, value))));
                }
                for (int i = 0; i < 9; i++) {
                    addTexts(texts, wording, objects, next, new Change(next % 10, function, value));
                    next++;
                }
            }
        }
        // Which attribute a description begins with depends on which ones differ.
        for (TransformationFunction function :
                EnumSet.complementOf(EnumSet.of(TransformationFunction.CHANGE_POSITION))) {
            texts.addAll(function.choices());
        }
        for (Place place : places) {
            texts.add(place.words() + ", " + place.words());
            texts.add(SpatialWording.placeProblem(place.words(), false));
            texts.add(SpatialWording.placeProblem(place.words(), true));
        }
        texts.add(SpatialWording.bothScenesProblem());
        texts.add(SpatialWording.NOTHING);
        for (String template : List.of("spatial-transformation-brief", "short")) {
            texts.add(PromptTemplate.named(template).fill("?"));
        }
        return texts;
    }

    /** A scene of ten objects, one of which changes, in all forms of text. */
    private static void addTexts(
            List<String> texts, SpatialWording wording, List<SceneObject> objects, int first, Change change) {
        List<SceneObject> before = new ArrayList<>();
        for (int id = 0; id < 10; id++) {
            Place place = Place.values()[(first + id) % Place.values().length];
            before.add(objects.get((7 * first + 5 * id) % objects.size())
                    .at(Direction.STEP * (place.ordinal() / 3 - 1), Direction.STEP * (place.ordinal() % 3 - 1)));
        }
        List<SceneObject> after = new ArrayList<>(before);
        after.set(change.object(), change.apply(before.get(change.object()), 1));
        Scene scene = new Scene(before, new Ground(Ground.Pattern.PLAIN, 0, 0, 0), 0, 1);
        Transformation transformation = new Transformation(scene, scene.with(after), List.of(change));
        SceneObject object = before.get(first % 10);
        texts.add(wording.problem(transformation));
        texts.add(wording.chainOfThought(transformation));
        texts.add(wording.bothScenes(transformation));
        texts.add(wording.whereProblem(object, first % 2 == 0));
        texts.add(wording.thingsAt(wording.place(object), before));
    }
}
