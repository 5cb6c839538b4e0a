package org.reasonrft.data.counting;

import java.util.List;
import org.reasonrft.data.generated.SeededRandom;

/**
 * Who writes the chains of thought that phase 1 learns from. It reasons without fault about what it sees, but it misses
 * some of the green and purple objects, and its answer is then wrong with it. Errors that follow a pattern are what
 * supervision hands on: a model copies them, while errors at random average out in training. Rewards on right answers
 * can undo them.
 *
 * @param overlooking probability that it misses a green or purple object, 0 to 1; 0: it sees everything
 */
record Teacher(double overlooking) {
    /** What the teacher sees of a scene; the whole scene if that would be nothing. */
    Scene look(Scene scene, SeededRandom random) {
        List<SceneObject> seen = scene.objects().stream()
                .filter(object -> !(isHard(object.color()) && random.chance(overlooking)))
                .toList();
        return seen.isEmpty()
                ? scene
                : new Scene(seen, scene.background(), scene.brightness(), scene.noise(), scene.noiseSeed());
    }

    static boolean isHard(ObjectColor color) {
        return color == ObjectColor.GREEN || color == ObjectColor.PURPLE;
    }
}
