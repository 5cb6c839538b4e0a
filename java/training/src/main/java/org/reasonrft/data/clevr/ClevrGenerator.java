package org.reasonrft.data.clevr;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.RenderedSample;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskGenerator;
import org.reasonrft.data.scene.Camera;
import org.reasonrft.data.scene.Place;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.SceneRenderer;
import org.reasonrft.data.scene.Viewpoint;

/**
 * Makes the counting task in perspective. The shift split shows shapes, colours and grounds that training never does;
 * captions show both domains.
 *
 * <p>Records carry their question's {@code type} and, but for captions, its {@code level}: how many operations it
 * takes. Who always guesses the commonest answer is right in 18 % of the cases, in scenes of 2 to 6 objects as in
 * scenes of 3 to 8, in training's domain as in the shifted one.
 */
public final class ClevrGenerator implements TaskGenerator {
    private final ClevrSpec spec;
    private final QuestionSampler sampler;
    private final Wording wording;
    private final Camera camera;

    /** @throws IllegalArgumentException if scenes as wanted are not found: too many objects for the field */
    public ClevrGenerator(ClevrSpec spec) {
        this.spec = Objects.requireNonNull(spec, "spec");
        sampler = new QuestionSampler(spec);
        wording = new Wording(spec.vary(), spec.field());
        camera = new Camera(Viewpoint.CENTER, spec.field(), spec.width(), spec.height());
        try {
            sampler.scene(new SeededRandom(0), false);
            sampler.scene(new SeededRandom(0), true);
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException("field: got " + spec.field() + ", " + e.getMessage(), e);
        }
    }

    /**
     * A sample in memory.
     *
     * @param sample the record with its picture
     * @param scene what it shows
     */
    public record Rendered(RenderedSample sample, Scene scene) {}

    @Override
    public RenderedSample render(Split split, long seed, int index) {
        return renderWithScene(split, seed, index).sample();
    }

    /** The same as {@link #render} with the scene. */
    public Rendered renderWithScene(Split split, long seed, int index) {
        Posed posed = pose(split, seed, index);
        return new Rendered(
                new RenderedSample(posed.sample, List.of(SceneRenderer.render(posed.scene, camera))), posed.scene);
    }

    /** What {@link Rendered} has, without a picture. */
    record Posed(Sample sample, Scene scene) {}

    Posed pose(Split split, long seed, int index) {
        if (!splits().contains(split)) {
            throw new IllegalArgumentException("split: wanted one of "
                    + splits().stream().map(Split::label).collect(Collectors.joining(", ")) + ", got " + split.label());
        }
        String id = RenderedSample.id(split.label(), index);
        List<Path> images = RenderedSample.imagePaths(id, 1);
        SeededRandom random = SeededRandom.of(seed, split.label(), index);
        if (split.isCaptions()) {
            boolean shifted = random.chance(0.5);
            Scene scene = sampler.scene(random, shifted);
            return new Posed(caption(id, images, scene, shifted, random), scene);
        }
        QuestionSampler.Posed posed = sampler.sample(random, split.purpose() == Purpose.SHIFT);
        Scene scene = posed.scene();
        // A stream of its own: how much the teacher overlooks changes neither scenes nor questions.
        List<SceneObject> seen = split.purpose() == Purpose.CHAINS
                ? seenByTeacher(scene.objects(), SeededRandom.of(seed, "teacher", index))
                : scene.objects();
        return new Posed(question(id, images, posed.question(), seen), scene);
    }

    private Sample question(String id, List<Path> images, Question question, List<SceneObject> seen) {
        Map<String, Object> extras = new LinkedHashMap<>();
        extras.put("type", question.type().label());
        extras.put("level", question.level());
        return new Sample(
                id,
                images,
                question.text(),
                Integer.toString(question.answer(seen)),
                wording.chainOfThought(question, seen),
                extras);
    }

    /** All but some of the dark objects; everything if that would be nothing. */
    private List<SceneObject> seenByTeacher(List<SceneObject> objects, SeededRandom random) {
        List<SceneObject> seen = objects.stream()
                .filter(object -> !(object.color().isDark() && random.chance(spec.overlooking())))
                .toList();
        return seen.isEmpty() ? objects : seen;
    }

    private Sample caption(String id, List<Path> images, Scene scene, boolean shifted, SeededRandom random) {
        double kind = random.nextDouble();
        if (kind < 0.4) {
            return caption(id, images, "describe", Wording.DESCRIBE, wording.description(scene.objects()));
        }
        if (kind < 0.55) {
            Place place = random.chance(0.7)
                    ? Place.of(random.pick(scene.objects()), spec.field())
                    : random.pick(Place.values());
            return caption(id, images, "place", Wording.placeProblem(place), wording.thingsAt(place, scene.objects()));
        }
        ObjectFilter filter = sampler.filter(random, scene, shifted);
        return caption(id, images, "judge", Wording.judgeProblem(filter), wording.judged(scene.objects(), filter));
    }

    private static Sample caption(String id, List<Path> images, String type, String problem, String answer) {
        return new Sample(id, images, problem, answer, null, Map.of("type", type));
    }
}
