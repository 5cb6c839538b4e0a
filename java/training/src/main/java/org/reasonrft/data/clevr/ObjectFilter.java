package org.reasonrft.data.clevr;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.SceneObject;

/**
 * A choice of objects by some of their attributes.
 *
 * @param wanted the value of each attribute that matters; empty for any object
 */
record ObjectFilter(Map<Attribute, Enum<?>> wanted) {
    static final ObjectFilter ANY = new ObjectFilter(Map.of());

    ObjectFilter {
        Map<Attribute, Enum<?>> copy = new EnumMap<>(Attribute.class);
        copy.putAll(wanted);
        wanted = Collections.unmodifiableMap(copy);
    }

    boolean accepts(SceneObject object) {
        for (Map.Entry<Attribute, Enum<?>> entry : wanted.entrySet()) {
            if (entry.getKey().of(object) != entry.getValue()) {
                return false;
            }
        }
        return true;
    }

    /** Whether every object that the other accepts is accepted by this. */
    boolean covers(ObjectFilter other) {
        return other.wanted.entrySet().containsAll(wanted.entrySet());
    }

    /** Whether no object can pass both filters. */
    boolean excludes(ObjectFilter other) {
        for (Map.Entry<Attribute, Enum<?>> entry : wanted.entrySet()) {
            Enum<?> value = other.wanted.get(entry.getKey());
            if (value != null && value != entry.getValue()) {
                return true;
            }
        }
        return false;
    }

    /** The filter without one condition. */
    ObjectFilter without(Attribute attribute) {
        Map<Attribute, Enum<?>> fewer = new EnumMap<>(Attribute.class);
        fewer.putAll(wanted);
        fewer.remove(attribute);
        return new ObjectFilter(fewer);
    }

    /** For example "large red metal cubes", "red objects", "objects". */
    String plural() {
        Enum<?> shape = wanted.get(Attribute.SHAPE);
        return phrase(shape == null ? "objects" : ((ObjectShape) shape).plural());
    }

    /** For example "large red metal cube". */
    String singular() {
        Enum<?> shape = wanted.get(Attribute.SHAPE);
        return phrase(shape == null ? "object" : ((ObjectShape) shape).word());
    }

    private String phrase(String noun) {
        StringBuilder words = new StringBuilder();
        wanted.forEach((attribute, value) -> {
            if (attribute != Attribute.SHAPE) {
                words.append(Attribute.word(value)).append(' ');
            }
        });
        return words.append(noun).toString();
    }
}
