package org.reasonrft.data.spatial;

import java.util.List;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.scene.SceneObject;

/**
 * Who writes the chains of thought that phase 1 learns from: compares the pictures without fault, but overlooks some of
 * what happens to objects that are dark at first, and answers accordingly.
 *
 * @param overlooking probability that a change of a dark object is overlooked, 0 to 1
 */
record SpatialTeacher(double overlooking) {
    /** What the teacher sees of it; all of it if that would be nothing. */
    Transformation look(Transformation transformation, SeededRandom random) {
        List<SceneObject> objects = transformation.before().objects();
        List<Change> overlooked = transformation.changes().stream()
                .filter(change -> objects.get(change.object()).color().isDark() && random.chance(overlooking))
                .toList();
        return overlooked.size() == transformation.changes().size()
                ? transformation
                : transformation.without(overlooked);
    }
}
