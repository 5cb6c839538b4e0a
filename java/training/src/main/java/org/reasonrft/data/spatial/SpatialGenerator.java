package org.reasonrft.data.spatial;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.RenderedSample;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskGenerator;
import org.reasonrft.data.scene.Camera;
import org.reasonrft.data.scene.Place;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.SceneRenderer;
import org.reasonrft.data.scene.Viewpoint;

/**
 * Makes the spatial transformation task. Each sample has two pictures, the initial state from the centre and the final
 * state from the centre or, in the splits {@code shift-left} and {@code shift-right}, from the left or the right.
 * Answers are lists of functions as TRANCE's rewards read them.
 *
 * <p>Records carry {@code type} (the attribute that changes, or {@code mixed}) and, but for captions, {@code level},
 * the number of changes.
 *
 * <p>What a blind guesser earns by the reward with partial credit, with the best constant answer of up to three
 * functions: 0.19 for {@link SpatialSpec#TRANCE}, 0.22 for 2 to 3 objects with 1 to 2 changes of color, shape and
 * position; exactly right it is in 1 % of the cases.
 */
public final class SpatialGenerator implements TaskGenerator {
    /** The final picture from the left. */
    public static final Split SHIFT_LEFT = new Split(Purpose.SHIFT, "shift-left");

    /** The final picture from the right. */
    public static final Split SHIFT_RIGHT = new Split(Purpose.SHIFT, "shift-right");

    private static final List<Split> SPLITS = List.of(
            Split.of(Purpose.TRAIN),
            Split.of(Purpose.CHAINS),
            Split.of(Purpose.TEST),
            SHIFT_LEFT,
            SHIFT_RIGHT,
            Split.of(Purpose.CAPTIONS),
            Split.of(Purpose.CAPTIONS_TEST));

    private final SpatialSpec spec;
    private final TransformationSampler sampler;
    private final SpatialWording wording;

    /** @throws IllegalArgumentException if scenes as wanted are not found: too many objects for the field */
    public SpatialGenerator(SpatialSpec spec) {
        this.spec = Objects.requireNonNull(spec, "spec");
        sampler = new TransformationSampler(spec);
        wording = new SpatialWording(spec);
        try {
            sampler.sample(new SeededRandom(0));
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException("field: got " + spec.field() + ", " + e.getMessage(), e);
        }
    }

    /**
     * A sample in memory.
     *
     * @param sample the record with its pictures
     * @param transformation what they show
     * @param view side from which the second picture is taken
     */
    public record Rendered(RenderedSample sample, Transformation transformation, Viewpoint view) {}

    @Override
    public List<Split> splits() {
        return SPLITS;
    }

    @Override
    public RenderedSample render(Split split, long seed, int index) {
        return renderWithScenes(split, seed, index).sample();
    }

    /** The same as {@link #render} with the scenes. */
    public Rendered renderWithScenes(Split split, long seed, int index) {
        Posed posed = pose(split, seed, index);
        RenderedSample rendered = new RenderedSample(
                posed.sample,
                List.of(
                        SceneRenderer.render(posed.transformation.before(), camera(Viewpoint.CENTER)),
                        SceneRenderer.render(posed.transformation.after(), camera(posed.view))));
        return new Rendered(rendered, posed.transformation, posed.view);
    }

    /** What {@link Rendered} has, without pictures. */
    record Posed(Sample sample, Transformation transformation, Viewpoint view) {}

    Posed pose(Split split, long seed, int index) {
        if (!SPLITS.contains(split)) {
            throw new IllegalArgumentException("split: wanted one of "
                    + SPLITS.stream().map(Split::label).collect(Collectors.joining(", ")) + ", got " + split.label());
        }
        String id = RenderedSample.id(split.label(), index);
        List<Path> images = RenderedSample.imagePaths(id, 2);
        SeededRandom random = SeededRandom.of(seed, split.label(), index);
        Transformation transformation = sampler.sample(random);
        Viewpoint view = view(split, random);
        Sample sample = split.isCaptions()
                ? caption(id, images, transformation, random)
                : question(id, images, split, seed, index, transformation);
        return new Posed(sample, transformation, view);
    }

    private Camera camera(Viewpoint viewpoint) {
        return new Camera(viewpoint, spec.field(), spec.width(), spec.height());
    }

    /** Captions show all sides: seeing from there is not what the shift asks for, but reasoning about it. */
    private static Viewpoint view(Split split, SeededRandom random) {
        if (split.equals(SHIFT_LEFT)) {
            return Viewpoint.LEFT;
        }
        if (split.equals(SHIFT_RIGHT)) {
            return Viewpoint.RIGHT;
        }
        return split.isCaptions() && random.chance(0.5)
                ? random.pick(List.of(Viewpoint.LEFT, Viewpoint.RIGHT))
                : Viewpoint.CENTER;
    }

    private Sample question(
            String id, List<Path> images, Split split, long seed, int index, Transformation transformation) {
        // A stream of its own: how much the teacher overlooks changes neither scenes nor questions.
        Transformation seen = split.purpose() == Purpose.CHAINS
                ? new SpatialTeacher(spec.overlooking()).look(transformation, SeededRandom.of(seed, "teacher", index))
                : transformation;
        Set<String> attributes = transformation.changes().stream()
                .map(change -> change.function().attribute())
                .collect(Collectors.toSet());
        Map<String, Object> extras = new LinkedHashMap<>();
        extras.put("type", attributes.size() == 1 ? attributes.iterator().next() : "mixed");
        extras.put("level", transformation.changes().size());
        return new Sample(
                id,
                images,
                wording.problem(transformation),
                Change.answer(seen.changes()),
                wording.chainOfThought(seen),
                extras);
    }

    /**
     * What a model is pre-trained with that sees and compares but does not reason: descriptions of the pictures, and
     * changes that are made up, of scenes other than those in the pictures.
     */
    private Sample caption(String id, List<Path> images, Transformation transformation, SeededRandom random) {
        double kind = random.nextDouble();
        if (kind < 0.15) {
            Transformation other = sampler.sample(random);
            int object = random.between(0, other.before().objects().size() - 1);
            return caption(
                    id,
                    images,
                    "imagine",
                    wording.imagineProblem(other.before().objects().get(object)),
                    wording.fate(other, object));
        }
        boolean second = random.chance(0.5);
        List<SceneObject> objects = (second ? transformation.after() : transformation.before()).objects();
        if (kind < 0.7) {
            return caption(
                    id, images, "describe", SpatialWording.bothScenesProblem(), wording.bothScenes(transformation));
        }
        if (kind < 0.85) {
            String place = random.chance(0.7)
                    ? wording.place(random.pick(objects))
                    : random.pick(Place.values()).words();
            return caption(
                    id, images, "place", SpatialWording.placeProblem(place, second), wording.thingsAt(place, objects));
        }
        // Changes may have made objects alike: then each of their places is told.
        SceneObject object = random.pick(objects);
        List<String> places = new ArrayList<>();
        for (SceneObject other : objects) {
            if (wording.attributes(other).equals(wording.attributes(object))) {
                places.add(wording.place(other));
            }
        }
        return caption(id, images, "where", wording.whereProblem(object, second), String.join(", ", places));
    }

    private static Sample caption(String id, List<Path> images, String type, String problem, String answer) {
        return new Sample(id, images, problem, answer, null, Map.of("type", type));
    }
}
