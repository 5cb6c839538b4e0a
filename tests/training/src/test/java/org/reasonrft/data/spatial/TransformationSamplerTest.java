package org.reasonrft.data.spatial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.scene.Camera;
import org.reasonrft.data.scene.Placement;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.Viewpoint;
import org.reasonrft.data.scene.Visibility;
import org.reasonrft.data.scene.VisibilityCheck;

class TransformationSamplerTest {
    static final SpatialSpec TINY = new SpatialSpec(
            64,
            64,
            2,
            3,
            2,
            EnumSet.of(
                    TransformationFunction.CHANGE_COLOR,
                    TransformationFunction.CHANGE_SHAPE,
                    TransformationFunction.CHANGE_POSITION),
            EnumSet.of(TransformationFunction.CHANGE_COLOR, TransformationFunction.CHANGE_SHAPE),
            10,
            10,
            0);

    static List<SpatialSpec> specs() {
        return List.of(SpatialSpec.TRANCE, TINY);
    }

    private static List<Transformation> drawn(SpatialSpec spec, int count) {
        TransformationSampler sampler = new TransformationSampler(spec);
        List<Transformation> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            drawn.add(sampler.sample(SeededRandom.of(3, "train", i)));
        }
        return drawn;
    }

    @ParameterizedTest
    @MethodSource("specs")
    void theTwoScenesAloneGiveTheAnswer(SpatialSpec spec) {
        for (Transformation transformation : drawn(spec, 400)) {
            List<SceneObject> before = transformation.before().objects();
            // As in a picture: the final objects without their numbers, in another order.
            List<SceneObject> after = new ArrayList<>(transformation.after().objects());
            after.sort((one, other) -> one.x() != other.x() ? one.x() - other.x() : one.y() - other.y());
            if (before.size() > 7) {
                continue;
            }
            Set<Set<String>> explanations = new HashSet<>();
            explain(
                    before,
                    after,
                    new boolean[after.size()],
                    0,
                    new ArrayList<>(),
                    transformation.changes().size(),
                    explanations);
            Set<String> answer = Set.of(
                    Change.answer(transformation.changes()).replace("), ", ")#").split("#"));
            assertThat(explanations).containsExactly(answer);
        }
    }

    /** All ways to pair objects with at most so many changes; written without any of the code that made them. */
    private static void explain(
            List<SceneObject> before,
            List<SceneObject> after,
            boolean[] taken,
            int id,
            List<String> changes,
            int most,
            Set<Set<String>> explanations) {
        if (changes.size() > most) {
            return;
        }
        if (id == before.size()) {
            explanations.add(Set.copyOf(changes));
            return;
        }
        SceneObject from = before.get(id);
        for (int j = 0; j < after.size(); j++) {
            SceneObject to = after.get(j);
            String move = move(to.x() - from.x(), to.y() - from.y());
            if (taken[j] || move == null) {
                continue;
            }
            List<String> more = new ArrayList<>(changes);
            if (from.size() != to.size()) {
                more.add("change_size(" + id + ",'" + to.size().word() + "')");
            }
            if (from.color() != to.color()) {
                more.add("change_color(" + id + ",'" + to.color().word() + "')");
            }
            if (from.material() != to.material()) {
                more.add("change_material(" + id + ",'" + to.material().word() + "')");
            }
            if (from.shape() != to.shape()) {
                more.add("change_shape(" + id + ",'" + to.shape().word() + "')");
            }
            if (!move.isEmpty()) {
                more.add("change_position(" + id + ",'" + move + "')");
            }
            taken[j] = true;
            explain(before, after, taken, id + 1, more, most, explanations);
            taken[j] = false;
        }
    }

    /** TRANCE: behind is (1, 0), front (-1, 0), right (0, 1), left (0, -1); steps of 10 units, one or two. */
    private static String move(int dx, int dy) {
        if (dx == 0 && dy == 0) {
            return "";
        }
        if (dx != 0 && dy != 0 && Math.abs(dx) != Math.abs(dy)) {
            return null;
        }
        int length = Math.max(Math.abs(dx), Math.abs(dy));
        if (length != 10 && length != 20) {
            return null;
        }
        String along = dx > 0 ? "behind" : dx < 0 ? "front" : "";
        String across = dy > 0 ? "right" : dy < 0 ? "left" : "";
        return along + (along.isEmpty() || across.isEmpty() ? "" : "_") + across;
    }

    @ParameterizedTest
    @MethodSource("specs")
    void levelsFunctionsValuesAndDirectionsAreEvenlySpread(SpatialSpec spec) {
        Map<Integer, Integer> levels = new TreeMap<>();
        Map<String, Integer> functions = new TreeMap<>();
        Map<String, Map<String, Integer>> values = new TreeMap<>();
        int changes = 0;
        for (Transformation transformation : drawn(spec, 2000)) {
            levels.merge(transformation.changes().size(), 1, Integer::sum);
            Set<String> keys = new HashSet<>();
            for (Change change : transformation.changes()) {
                changes++;
                functions.merge(change.function().word(), 1, Integer::sum);
                values.computeIfAbsent(change.function().word(), name -> new TreeMap<>())
                        .merge(change.value(), 1, Integer::sum);
                assertThat(keys.add(change.object() + change.function().word()))
                        .as("one change for each attribute of an object")
                        .isTrue();
            }
        }
        assertThat(levels).hasSize(spec.maxChanges());
        assertThat(levels.values()).allMatch(count -> Math.abs(count / 2000.0 - 1.0 / spec.maxChanges()) < 0.05);
        assertThat(functions).hasSize(spec.functions().size());
        for (TransformationFunction function : spec.functions()) {
            double share = functions.get(function.word()) / (double) changes;
            assertThat(share)
                    .as(function.word())
                    .isBetween(
                            0.7 / spec.functions().size(),
                            1.3 / spec.functions().size());
            Map<String, Integer> ofFunction = values.get(function.word());
            assertThat(ofFunction.keySet()).containsExactlyInAnyOrderElementsOf(function.choices());
            double even =
                    functions.get(function.word()) / (double) function.choices().size();
            assertThat(ofFunction.values())
                    .as("%s", ofFunction)
                    .allMatch(count -> count > 0.55 * even && count < 1.5 * even);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void everyCameraSeesEveryObject(SpatialSpec spec) {
        double pixels = Math.max(VisibilityCheck.FEWEST_PIXELS, VisibilityCheck.AREA * spec.width() * spec.height());
        for (Transformation transformation : drawn(spec, 60)) {
            assertVisible(transformation.before(), Viewpoint.CENTER, spec, pixels);
            for (Viewpoint viewpoint : Viewpoint.values()) {
                assertVisible(transformation.after(), viewpoint, spec, pixels);
            }
            assertThat(transformation.before().objects()).hasSizeBetween(spec.minObjects(), spec.maxObjects());
        }
    }

    /** On the buffer of the full picture, which differs a little from the smaller one that scenes are chosen by. */
    private static void assertVisible(Scene scene, Viewpoint viewpoint, SpatialSpec spec, double pixels) {
        Visibility visibility = Visibility.of(scene, new Camera(viewpoint, spec.field(), spec.width(), spec.height()));
        for (int i = 0; i < scene.objects().size(); i++) {
            assertThat(visibility.inside()[i]).isTrue();
            assertThat((double) visibility.visible()[i]).isGreaterThanOrEqualTo(0.9 * pixels);
            assertThat(visibility.visible()[i] / (double) visibility.covered()[i])
                    .isGreaterThanOrEqualTo(0.93 * VisibilityCheck.SHARE);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void noStepMakesObjectsTouchOrLeaveTheField(SpatialSpec spec) {
        for (Transformation transformation : drawn(spec, 300)) {
            List<SceneObject> now = new ArrayList<>(transformation.before().objects());
            for (Change change : transformation.changes()) {
                SceneObject from = now.get(change.object());
                SceneObject to = transformation.after().objects().get(change.object());
                int steps = Math.max(Math.abs(to.x() - from.x()), Math.abs(to.y() - from.y())) / 10;
                now.set(change.object(), change.apply(from, steps));
                for (SceneObject one : now) {
                    assertThat(Math.max(Math.abs(one.x()), Math.abs(one.y()))).isLessThanOrEqualTo(spec.field());
                    assertThat(one.x() % spec.grid()).isZero();
                    for (SceneObject other : now) {
                        if (one != other) {
                            double distance = Math.hypot(one.x() - other.x(), one.y() - other.y()) * 0.15;
                            assertThat(distance - one.radius() - other.radius())
                                    .isGreaterThanOrEqualTo(Placement.LEAST_GAP);
                        }
                    }
                }
            }
            assertThat(now).isEqualTo(transformation.after().objects());
        }
    }

    @Test
    void refusesWhatDoesNotFitTogether() {
        Set<TransformationFunction> all = EnumSet.allOf(TransformationFunction.class);
        Set<TransformationFunction> color = EnumSet.of(TransformationFunction.CHANGE_COLOR);
        assertRefused("pictureSize", 20, 64, 1, 2, 1, all, color, 20, 1);
        assertRefused("pictureHeight", 64, 200, 1, 2, 1, all, color, 20, 1);
        assertRefused("minObjects", 64, 64, 0, 2, 1, all, color, 20, 1);
        assertRefused("maxObjects", 64, 64, 1, 11, 1, all, color, 20, 1);
        assertRefused("maxObjects", 64, 64, 1, 9, 1, all, color, 20, 1);
        assertRefused("maxChanges", 64, 64, 1, 2, 5, all, color, 20, 1);
        assertRefused("maxChanges", 64, 64, 1, 2, 2, color, color, 20, 1);
        assertRefused("functions", 64, 64, 1, 2, 1, Set.of(), color, 20, 1);
        assertRefused("vary", 64, 64, 1, 2, 1, all, all, 20, 1);
        assertRefused("field", 64, 64, 1, 2, 1, all, color, 9, 1);
        assertRefused("grid", 64, 64, 1, 2, 1, all, color, 20, 3);
        assertThatThrownBy(() -> TINY.withOverlooking(1.5)).hasMessage("overlooking: wanted 0 to 1, got 1.5");
        SpatialSpec crowded = new SpatialSpec(64, 64, 10, 10, 1, all, TransformationSamplerTest.varied(), 10, 10, 0);
        assertThatThrownBy(() -> new SpatialGenerator(crowded))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("field: got 10, found no scene with room for 10 to 10 objects");
    }

    private static Set<TransformationFunction> varied() {
        return EnumSet.complementOf(EnumSet.of(TransformationFunction.CHANGE_POSITION));
    }

    private static void assertRefused(
            String argument,
            int width,
            int height,
            int min,
            int max,
            int changes,
            Set<TransformationFunction> functions,
            Set<TransformationFunction> vary,
            int field,
            int grid) {
        assertThatThrownBy(() -> new SpatialSpec(width, height, min, max, changes, functions, vary, field, grid, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(argument + ": wanted");
    }
}
