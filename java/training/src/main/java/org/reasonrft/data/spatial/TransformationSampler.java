package org.reasonrft.data.spatial;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.scene.Ground;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.Placement;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.Viewpoint;
import org.reasonrft.data.scene.VisibilityCheck;

/**
 * Draws scenes and what happens to them. How many objects there are and which functions with which directions happen to
 * which of them is drawn first, and scenes are tried until one allows it, so that no function and no direction is rarer
 * for being harder to place.
 *
 * <p>Scenes that are kept have gaps between all objects, before, after and in between; all objects can be seen
 * ({@link VisibilityCheck}), before by the centre camera and after by all three, whatever the split; and one answer
 * alone explains the change.
 */
final class TransformationSampler {
    private static final int PLANS = 60;
    private static final int SCENES_PER_PLAN = 150;

    private final SpatialSpec spec;
    private final Placement placement;
    private final VisibilityCheck visibility;

    TransformationSampler(SpatialSpec spec) {
        this.spec = spec;
        placement = new Placement(spec.field(), spec.grid());
        visibility = new VisibilityCheck(spec.field(), spec.width(), spec.height());
    }

    /** A change that shall happen: to which object what, and if it is a move, where to. */
    private record Planned(int object, TransformationFunction function, Direction direction) {}

    /** @throws IllegalStateException if no scene is found: the field is too small for the objects */
    Transformation sample(SeededRandom random) {
        for (int plan = 0; plan < PLANS; plan++) {
            int changes = random.between(1, spec.maxChanges());
            int objects = random.between(spec.minObjects(), spec.maxObjects());
            List<Planned> planned = plan(random, objects, changes);
            for (int attempt = 0; attempt < SCENES_PER_PLAN; attempt++) {
                Transformation found = attempt(random, objects, planned);
                if (found != null) {
                    return found;
                }
            }
        }
        throw new IllegalStateException("found no scene with room for " + spec.minObjects() + " to " + spec.maxObjects()
                + " objects that can all be seen");
    }

    private List<Planned> plan(SeededRandom random, int objects, int changes) {
        List<Planned> all = new ArrayList<>();
        for (int object = 0; object < objects; object++) {
            for (TransformationFunction function : spec.functions()) {
                all.add(new Planned(object, function, random.pick(Direction.values())));
            }
        }
        List<Planned> planned = new ArrayList<>();
        boolean[] chosen = new boolean[all.size()];
        for (int left = Math.min(changes, all.size()); left > 0; ) {
            int next = random.between(0, all.size() - 1);
            if (!chosen[next]) {
                chosen[next] = true;
                left--;
            }
        }
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i]) {
                planned.add(all.get(i));
            }
        }
        return planned;
    }

    /** One scene with the planned changes, or null if they do not work in it. */
    private Transformation attempt(SeededRandom random, int count, List<Planned> planned) {
        List<SceneObject> before = objects(random, count);
        if (before == null) {
            return null;
        }
        List<SceneObject> after = new ArrayList<>(before);
        List<Change> changes = new ArrayList<>();
        for (Planned next : planned) {
            SceneObject object = after.get(next.object());
            String value = next.direction().word();
            if (next.function() != TransformationFunction.CHANGE_POSITION) {
                List<String> others = new ArrayList<>(next.function().choices());
                others.remove(next.function().valueIn(object));
                value = random.pick(others);
            }
            Change change = new Change(next.object(), next.function(), value);
            SceneObject changed = change.apply(object, random.between(1, Direction.MOST_STEPS));
            after.set(next.object(), changed);
            if (!placement.isFree(changed, after)) {
                return null;
            }
            changes.add(change);
        }
        Scene scene = surroundings(random).with(before);
        Transformation transformation = new Transformation(scene, scene.with(after), changes);
        boolean clear = transformation.explanations() == 1
                && visibility.passes(scene, Viewpoint.CENTER)
                && visibility.passes(transformation.after(), Viewpoint.LEFT)
                && visibility.passes(transformation.after(), Viewpoint.RIGHT)
                && visibility.passes(transformation.after(), Viewpoint.CENTER);
        return clear ? transformation : null;
    }

    /** Objects with gaps, no two alike in what the question lists; null if there was no room. */
    private List<SceneObject> objects(SeededRandom random, int count) {
        List<SceneObject> objects = new ArrayList<>(count);
        Set<List<Object>> taken = new HashSet<>();
        while (objects.size() < count) {
            ObjectSize size =
                    pick(random, TransformationFunction.CHANGE_SIZE, ObjectSize.MEDIUM, List.of(ObjectSize.values()));
            ObjectColor color =
                    pick(random, TransformationFunction.CHANGE_COLOR, ObjectColor.RED, ObjectColor.FAMILIAR);
            ObjectMaterial material = pick(
                    random,
                    TransformationFunction.CHANGE_MATERIAL,
                    ObjectMaterial.RUBBER,
                    List.of(ObjectMaterial.values()));
            ObjectShape shape = pick(
                    random,
                    TransformationFunction.CHANGE_SHAPE,
                    ObjectShape.CUBE,
                    List.of(ObjectShape.CUBE, ObjectShape.SPHERE, ObjectShape.CYLINDER));
            if (!taken.add(List.of(size, color, material, shape))) {
                continue;
            }
            SceneObject object = new SceneObject(
                    shape, size, color, material, size.radius(), 0, 0, random.between(0.0, Math.PI / 2));
            SceneObject placed = placement.place(random, object, objects);
            if (placed == null) {
                return null;
            }
            objects.add(placed);
        }
        return objects;
    }

    private <T> T pick(SeededRandom random, TransformationFunction attribute, T common, List<T> values) {
        return spec.vary().contains(attribute) ? random.pick(values) : common;
    }

    private Scene surroundings(SeededRandom random) {
        int level = random.between(0xA8, 0xC0);
        int first = level + random.between(-3, 3) << 16 | level << 8 | level + random.between(-3, 3);
        return new Scene(
                Collections.emptyList(),
                new Ground(Ground.Pattern.PLAIN, first, first, spec.field()),
                random.between(-2.0, 2.0),
                random.between(0.9, 1.1));
    }
}
