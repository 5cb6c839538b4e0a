package org.reasonrft.data.counting;

/**
 * A choice of objects by colour, shape, both or neither.
 *
 * @param color wanted colour; null for any
 * @param shape wanted shape; null for any
 */
record AttributeFilter(ObjectColor color, ObjectShape shape) {
    static final AttributeFilter ANY = new AttributeFilter(null, null);

    boolean accepts(ObjectColor otherColor, ObjectShape otherShape) {
        return (color == null || color == otherColor) && (shape == null || shape == otherShape);
    }

    boolean accepts(SceneObject object) {
        return accepts(object.color(), object.shape());
    }

    /** Whether no object can pass both filters. */
    boolean excludes(AttributeFilter other) {
        return color != null && other.color != null && color != other.color
                || shape != null && other.shape != null && shape != other.shape;
    }

    boolean isPair() {
        return color != null && shape != null;
    }

    boolean isHeldOutPair() {
        return isPair() && HeldOutPairs.contains(color, shape);
    }

    /** For example "red rings", "red objects", "rings", "objects". */
    String plural() {
        return phrase(shape == null ? "objects" : shape.plural());
    }

    /** For example "red ring". */
    String singular() {
        return phrase(shape == null ? "object" : shape.word());
    }

    private String phrase(String noun) {
        return color == null ? noun : color.word() + " " + noun;
    }
}
