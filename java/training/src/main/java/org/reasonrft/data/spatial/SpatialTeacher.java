package org.reasonrft.data.spatial;

import java.util.List;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.scene.SceneObject;

/**
 * Who writes the chains of thought that phase 1 learns from: sees both scenes rightly, errs about what happened to
 * objects that were dark at first, and answers accordingly.
 *
 * @param overlooking probability that a change of a dark object is overlooked, 0 to 1. An answer names a change at least:
 *     where all would be overlooked, all are misread
 */
record SpatialTeacher(double overlooking) {
    /** What the teacher sees of it. */
    Transformation look(Transformation transformation, SeededRandom random) {
        List<SceneObject> objects = transformation.before().objects();
        List<Change> overlooked = transformation.changes().stream()
                .filter(change -> objects.get(change.object()).color().isDark() && random.chance(overlooking))
                .toList();
        return overlooked.size() == transformation.changes().size()
                ? transformation.as(overlooked.stream()
                        .map(change -> misread(change, objects.get(change.object())))
                        .toList())
                : transformation.without(overlooked);
    }

    /** With the value that follows the right one, always the same mistake; never the value that was there before. */
    private static Change misread(Change change, SceneObject before) {
        List<String> values = change.function().choices();
        String had = change.function().valueIn(before);
        int at = values.indexOf(change.value());
        String next;
        do {
            at = (at + 1) % values.size();
            next = values.get(at);
        } while (next.equals(had) && values.size() > 2);
        return new Change(change.object(), change.function(), next);
    }
}
