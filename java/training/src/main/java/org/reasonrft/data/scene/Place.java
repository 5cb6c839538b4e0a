package org.reasonrft.data.scene;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A ninth of the field as the centre camera sees it, in reading order. */
public enum Place {
    FAR_LEFT,
    FAR_CENTER,
    FAR_RIGHT,
    MIDDLE_LEFT,
    MIDDLE_CENTER,
    MIDDLE_RIGHT,
    NEAR_LEFT,
    NEAR_CENTER,
    NEAR_RIGHT;

    private final String words = name().toLowerCase(Locale.ROOT).replace('_', ' ');

    /** Two words, for example {@code far left}. */
    public String words() {
        return words;
    }

    /**
     * Where an object stands.
     *
     * @param field half the side of the field in grid units
     */
    public static Place of(SceneObject object, int field) {
        return values()[3 * third(object.x(), field) + third(object.y(), field)];
    }

    /** The objects in the order of their places; within a place, from left to right. */
    public static List<SceneObject> inOrder(List<SceneObject> objects, int field) {
        return objects.stream()
                .sorted(Comparator.comparing((SceneObject object) -> of(object, field))
                        .thenComparing(SceneObject::y)
                        .thenComparing(SceneObject::x))
                .toList();
    }

    private static int third(int coordinate, int field) {
        return 3 * coordinate < -field ? 0 : 3 * coordinate > field ? 2 : 1;
    }
}
