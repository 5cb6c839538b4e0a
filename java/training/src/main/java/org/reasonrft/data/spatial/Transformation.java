package org.reasonrft.data.spatial;

import java.util.ArrayList;
import java.util.List;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;

/**
 * A scene before and after.
 *
 * @param before the initial scene; an object's id is its index
 * @param after the final scene, its objects in the same order
 * @param changes what leads from one to the other, by object id and then in the order of the functions
 */
public record Transformation(Scene before, Scene after, List<Change> changes) {
    /** @throws IllegalArgumentException if the scenes have different numbers of objects or nothing changes */
    public Transformation {
        changes = List.copyOf(changes);
        if (before.objects().size() != after.objects().size()) {
            throw new IllegalArgumentException(
                    "after: wanted " + before.objects().size() + " objects, got "
                            + after.objects().size());
        }
        if (changes.isEmpty()) {
            throw new IllegalArgumentException("changes: wanted at least one, got none");
        }
    }

    /** The changes of one object. */
    List<Change> changesOf(int object) {
        return changes.stream().filter(change -> change.object() == object).toList();
    }

    /**
     * How many ways there are to say which object became which so that no more changes are needed than here. The final
     * picture does not number its objects; the pair of pictures determines the answer only if there is one way.
     */
    int explanations() {
        List<SceneObject> from = before.objects();
        List<SceneObject> to = after.objects();
        int[][] costs = new int[from.size()][to.size()];
        for (int i = 0; i < from.size(); i++) {
            for (int j = 0; j < to.size(); j++) {
                List<Change> needed = Change.between(i, from.get(i), to.get(j));
                costs[i][j] = needed == null ? Integer.MAX_VALUE : needed.size();
            }
        }
        return explanations(costs, 0, changes.size(), new boolean[to.size()]);
    }

    private static int explanations(int[][] costs, int object, int budget, boolean[] taken) {
        if (object == costs.length) {
            return 1;
        }
        int count = 0;
        for (int j = 0; j < costs.length; j++) {
            if (!taken[j] && costs[object][j] <= budget) {
                taken[j] = true;
                count += explanations(costs, object + 1, budget - costs[object][j], taken);
                taken[j] = false;
            }
        }
        return count;
    }

    /** The changes that another eye would find, without those it overlooks. */
    Transformation without(List<Change> overlooked) {
        List<Change> seen = new ArrayList<>(changes);
        seen.removeAll(overlooked);
        return as(seen);
    }

    /** The same scenes with the changes that another eye finds in them. */
    Transformation as(List<Change> seen) {
        return new Transformation(before, after, seen);
    }
}
