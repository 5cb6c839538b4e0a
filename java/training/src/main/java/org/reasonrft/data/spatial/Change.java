package org.reasonrft.data.spatial;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.SceneObject;

/**
 * One atomic transformation.
 *
 * @param object the object's id: its index in the question's list
 * @param function what is changed
 * @param value one of the function's values
 */
public record Change(int object, TransformationFunction function, String value) {
    /** @throws IllegalArgumentException if the id is negative or the value none of the function's */
    public Change {
        Objects.requireNonNull(function, "function");
        if (object < 0) {
            throw new IllegalArgumentException("object: wanted at least 0, got " + object);
        }
        if (!function.choices().contains(value)) {
            throw new IllegalArgumentException(
                    "value: wanted one of " + function.choices() + " for " + function.word() + ", got '" + value + "'");
        }
    }

    /** As in an answer, for example {@code change_color(2,'cyan')}. */
    public String text() {
        return function.word() + "(" + object + ",'" + value + "')";
    }

    /** Changes as an answer. */
    public static String answer(List<Change> changes) {
        return changes.stream().map(Change::text).collect(Collectors.joining(", "));
    }

    /** The object after this change; {@code steps} counts for a move only. */
    SceneObject apply(SceneObject before, int steps) {
        String name = value.toUpperCase(Locale.ROOT);
        ObjectShape shape =
                function == TransformationFunction.CHANGE_SHAPE ? ObjectShape.valueOf(name) : before.shape();
        ObjectSize size = function == TransformationFunction.CHANGE_SIZE ? ObjectSize.valueOf(name) : before.size();
        ObjectColor color =
                function == TransformationFunction.CHANGE_COLOR ? ObjectColor.valueOf(name) : before.color();
        ObjectMaterial material =
                function == TransformationFunction.CHANGE_MATERIAL ? ObjectMaterial.valueOf(name) : before.material();
        int x = before.x();
        int y = before.y();
        if (function == TransformationFunction.CHANGE_POSITION) {
            Direction direction = Direction.valueOf(name);
            x += steps * Direction.STEP * direction.dx();
            y += steps * Direction.STEP * direction.dy();
        }
        return new SceneObject(shape, size, color, material, size.radius(), x, y, before.rotation());
    }

    /**
     * What leads from one object to the other, at most one change of each function, in their order.
     *
     * @return null if no change does
     */
    static List<Change> between(int id, SceneObject before, SceneObject after) {
        List<Change> changes = new ArrayList<>();
        for (TransformationFunction function : TransformationFunction.values()) {
            if (function == TransformationFunction.CHANGE_POSITION) {
                continue;
            }
            if (!function.valueIn(before).equals(function.valueIn(after))) {
                changes.add(new Change(id, function, function.valueIn(after)));
            }
        }
        int movedX = after.x() - before.x();
        int movedY = after.y() - before.y();
        if (movedX != 0 || movedY != 0) {
            Direction direction = Direction.of(movedX, movedY);
            if (direction == null) {
                return null;
            }
            changes.add(new Change(id, TransformationFunction.CHANGE_POSITION, direction.word()));
        }
        return changes;
    }
}
