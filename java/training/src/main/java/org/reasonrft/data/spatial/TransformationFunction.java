package org.reasonrft.data.spatial;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.SceneObject;

/** The functions of which answers consist, each with the values that Reason-RFT's prompt lists. */
public enum TransformationFunction {
    CHANGE_SIZE((Object[]) ObjectSize.values()),
    CHANGE_COLOR(ObjectColor.FAMILIAR.toArray()),
    CHANGE_MATERIAL((Object[]) ObjectMaterial.values()),
    CHANGE_SHAPE(ObjectShape.CUBE, ObjectShape.SPHERE, ObjectShape.CYLINDER),
    CHANGE_POSITION((Object[]) Direction.values());

    private final String word = name().toLowerCase(Locale.ROOT);
    private final List<String> choices;

    TransformationFunction(Object... values) {
        this.choices = Arrays.stream(values)
                .map(value -> value.toString().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The name in an answer, for example {@code change_color}. */
    public String word() {
        return word;
    }

    /** What is changed, for example {@code color}. */
    public String attribute() {
        return word.substring(word.indexOf('_') + 1);
    }

    /** The values that it can give, as written in an answer. */
    public List<String> choices() {
        return choices;
    }

    /** The object's value; null for the position. */
    String valueIn(SceneObject object) {
        return switch (this) {
            case CHANGE_SIZE -> object.size().word();
            case CHANGE_COLOR -> object.color().word();
            case CHANGE_MATERIAL -> object.material().word();
            case CHANGE_SHAPE -> object.shape().word();
            case CHANGE_POSITION -> null;
        };
    }
}
