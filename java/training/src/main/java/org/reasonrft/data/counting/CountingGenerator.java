package org.reasonrft.data.counting;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reasonrft.data.DataException;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.Picture;
import org.reasonrft.data.generated.RenderedSample;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.generated.TaskFolder;
import org.reasonrft.data.generated.TaskGenerator;

/**
 * Makes the counting task: record files with PNG pictures, or single samples in memory.
 *
 * <p>The layout is {@code <folder>/<split>.json} and {@code <folder>/images/<split>-<index>.png}. Every record carries
 * its question's type in the field {@code type}; questions carry a chain of thought, captions do not.
 */
public final class CountingGenerator {
    private CountingGenerator() {}

    /**
     * A sample in memory.
     *
     * @param sample the record; its image path is relative ({@code images/<split>-<index>.png})
     * @param scene what the picture shows
     * @param picture the rendered scene
     */
    public record Rendered(Sample sample, Scene scene, Picture picture) {
        /** The same without the scene. */
        public RenderedSample asSample() {
            return new RenderedSample(sample, List.of(picture));
        }
    }

    /**
     * One sample, without touching any file.
     *
     * @param spec which split, seed and sizes; its count does not matter
     * @param index which sample of the split, from 0
     * @throws IllegalArgumentException if the index is negative
     */
    public static Rendered render(CountingSpec spec, int index) {
        String id = RenderedSample.id(spec.split().label(), index);
        List<Path> images = RenderedSample.imagePaths(id, 1);
        SeededRandom random = SeededRandom.of(spec.seed(), spec.split().label(), index);
        if (spec.split().isCaptions()) {
            Scene scene = SceneSampler.sample(random, spec.split().domain(), spec.minObjects(), spec.maxObjects());
            Captions.Caption caption = Captions.sample(random, scene);
            Sample sample =
                    new Sample(id, images, caption.problem(), caption.answer(), null, Map.of("type", caption.type()));
            return new Rendered(sample, scene, SceneRenderer.render(scene, spec.pictureSize()));
        }
        QuestionSampler.Posed posed = QuestionSampler.sample(random, spec);
        Scene scene = posed.scene();
        Question question = posed.question();
        // A stream of its own: how much the teacher overlooks changes neither scenes nor questions.
        Scene seen = spec.split() == CountingSplit.CHAINS
                ? new Teacher(spec.overlooking()).look(scene, SeededRandom.of(spec.seed(), "teacher", index))
                : scene;
        Sample sample = new Sample(
                id,
                images,
                question.text(),
                Integer.toString(question.answer(seen)),
                question.chainOfThought(seen),
                Map.of("type", question.type().label()));
        return new Rendered(sample, scene, SceneRenderer.render(scene, spec.pictureSize()));
    }

    /**
     * The task as a family of splits.
     *
     * @param options pictures, scenes and teacher; split, count and seed do not matter
     */
    public static TaskGenerator family(CountingSpec options) {
        return (split, seed, index) -> render(
                        new CountingSpec(
                                CountingSplit.of(split.purpose()),
                                1,
                                seed,
                                options.pictureSize(),
                                options.minObjects(),
                                options.maxObjects(),
                                options.overlooking()),
                        index)
                .asSample();
    }

    /** Writes one split; see {@link #generate(List, Path)}. */
    public static Path generate(CountingSpec spec, Path folder) {
        return generate(List.of(spec), folder).get(0);
    }

    /**
     * Writes the splits into a new folder that appears only once it is complete. Pictures are drawn on all cores.
     *
     * @param specs at least one, each of another split
     * @param folder must be absent or empty; its parent folders are made
     * @return the record files, in the order of {@code specs}
     * @throws IllegalArgumentException if there is no spec or two are of the same split
     * @throws DataException if the folder is not empty or cannot be written
     */
    public static List<Path> generate(List<CountingSpec> specs, Path folder) {
        requireDifferentSplits(specs);
        List<TaskFolder.Part> parts = specs.stream()
                .map(spec -> new TaskFolder.Part(
                        spec.split().label(),
                        spec.count(),
                        index -> render(spec, index).asSample()))
                .toList();
        return TaskFolder.write(parts, folder);
    }

    private static void requireDifferentSplits(List<CountingSpec> specs) {
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("specs: wanted at least one, got none");
        }
        Set<CountingSplit> seen = EnumSet.noneOf(CountingSplit.class);
        for (CountingSpec spec : specs) {
            if (!seen.add(spec.split())) {
                throw new IllegalArgumentException("specs: wanted each split once, got " + spec.split() + " twice");
            }
        }
    }
}
