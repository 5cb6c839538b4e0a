package org.reasonrft.data.clevr;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.SceneObject;

/** What objects differ in, in the order in which it is told; the values are CLEVR's, and others for shifted scenes. */
public enum Attribute {
    SIZE(List.of(ObjectSize.SMALL, ObjectSize.LARGE), List.of(ObjectSize.SMALL, ObjectSize.LARGE)),
    COLOR(ObjectColor.FAMILIAR, ObjectColor.SHIFTED),
    MATERIAL(
            List.of(ObjectMaterial.METAL, ObjectMaterial.RUBBER), List.of(ObjectMaterial.METAL, ObjectMaterial.RUBBER)),
    SHAPE(
            List.of(ObjectShape.CUBE, ObjectShape.SPHERE, ObjectShape.CYLINDER),
            List.of(ObjectShape.CONE, ObjectShape.PYRAMID, ObjectShape.RING));

    private final String word = name().toLowerCase(Locale.ROOT);
    private final List<? extends Enum<?>> familiar;
    private final List<? extends Enum<?>> shifted;

    Attribute(List<? extends Enum<?>> familiar, List<? extends Enum<?>> shifted) {
        this.familiar = familiar;
        this.shifted = shifted;
    }

    /** The name on the command line, for example {@code size}. */
    public String word() {
        return word;
    }

    /** The values in scenes of one domain. */
    List<? extends Enum<?>> values(boolean inShiftedScenes) {
        return inShiftedScenes ? shifted : familiar;
    }

    /** The object's value. */
    Enum<?> of(SceneObject object) {
        return switch (this) {
            case SIZE -> object.size();
            case COLOR -> object.color();
            case MATERIAL -> object.material();
            case SHAPE -> object.shape();
        };
    }

    /** The value as a word in front of a noun. */
    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** The attribute of that name, or null. */
    public static Attribute named(String name) {
        return Arrays.stream(values())
                .filter(attribute -> attribute.word.equals(name))
                .findFirst()
                .orElse(null);
    }
}
