package org.reasonrft.data.clevr;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.PromptTemplate;
import org.reasonrft.data.counting.QuestionType;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.Place;
import org.reasonrft.data.scene.SceneObject;

/**
 * Every word that counting in perspective can use, in every position that changes its spelling for a tokenizer (at the
 * start of a text or after a space). Training {@link org.reasonrft.text.ByteLevelBpeTrainer} on it makes each word one
 * token.
 */
public final class ClevrCorpus {
    private ClevrCorpus() {}

    /** The texts: questions, chains of thought, captions and the prompts that may surround them. */
    public static List<String> texts() {
        Wording wording = new Wording(EnumSet.allOf(Attribute.class), ClevrSpec.CLEVR.field());
        List<String> texts = new ArrayList<>();
        for (boolean shifted : new boolean[] {false, true}) {
            for (Attribute attribute : Attribute.values()) {
                for (Enum<?> value : attribute.values(shifted)) {
                    texts.add(Attribute.word(value));
                }
            }
            for (Enum<?> color : Attribute.COLOR.values(shifted)) {
                for (Enum<?> shape : Attribute.SHAPE.values(shifted)) {
                    addTexts(texts, wording, (ObjectColor) color, (ObjectShape) shape);
                }
            }
        }
        for (Place place : Place.values()) {
            texts.add(place.words());
            texts.add(Wording.placeProblem(place));
        }
        texts.add(Wording.DESCRIBE);
        texts.add(Wording.NOTHING);
        for (int digit = 0; digit <= 9; digit++) {
            texts.add(Integer.toString(digit));
        }
        for (String template : List.of("visual-counting", "short")) {
            texts.add(PromptTemplate.named(template).fill("?"));
        }
        return texts;
    }

    private static void addTexts(List<String> texts, Wording wording, ObjectColor color, ObjectShape shape) {
        for (Enum<?> size : Attribute.SIZE.values(false)) {
            for (Enum<?> material : Attribute.MATERIAL.values(false)) {
                Map<Attribute, Enum<?>> values = new EnumMap<>(Attribute.class);
                values.put(Attribute.SHAPE, shape);
                List<SceneObject> objects = new ArrayList<>();
                for (Place place : Place.values()) {
                    objects.add(new SceneObject(
                            shape,
                            (ObjectSize) size,
                            color,
                            (ObjectMaterial) material,
                            1,
                            10 * (place.ordinal() / 3 - 1),
                            10 * (place.ordinal() % 3 - 1),
                            0));
                }
                texts.add(wording.description(objects));
                List<Enum<?>> others = List.of(color, size, material);
                List<Attribute> attributes = List.of(Attribute.COLOR, Attribute.SIZE, Attribute.MATERIAL);
                for (int i = 0; i < others.size(); i++) {
                    values.put(attributes.get(i), others.get(i));
                    ObjectFilter filter = new ObjectFilter(values);
                    Question removing =
                            new Question(QuestionType.MULTI_HOP, 0, null, List.of(filter, filter), ObjectFilter.ANY);
                    texts.add(removing.text());
                    texts.add(wording.chainOfThought(removing, objects));
                    texts.add(Wording.judgeProblem(filter));
                    texts.add(wording.judged(objects, filter));
                    texts.add(new Question(QuestionType.COUNTING, 0, null, List.of(), filter).text());
                    for (int added = 1; added <= 3; added++) {
                        for (ObjectFilter more : List.of(filter, filter.without(Attribute.SHAPE))) {
                            Question adding =
                                    new Question(QuestionType.ADDITION, added, more, List.of(), ObjectFilter.ANY);
                            texts.add(adding.text());
                            texts.add(wording.chainOfThought(adding, objects.subList(0, 1)));
                        }
                    }
                }
            }
        }
    }
}
