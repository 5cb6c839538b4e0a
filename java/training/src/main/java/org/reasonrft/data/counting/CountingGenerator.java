package org.reasonrft.data.counting;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.reasonrft.data.DataException;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleWriter;
import org.reasonrft.io.AtomicDirectory;
import org.reasonrft.io.IoFailure;

/**
 * Makes the counting task: record files with PNG pictures, or single samples in memory.
 *
 * <p>The layout is {@code <folder>/<split>.json} and {@code <folder>/images/<split>-<index>.png}. Every record carries
 * its question's type in the field {@code type}; questions carry a chain of thought, captions do not.
 */
public final class CountingGenerator {
    private static final String IMAGES = "images";

    private CountingGenerator() {}

    /**
     * A sample in memory.
     *
     * @param sample the record; its image path is relative ({@code images/<split>-<index>.png})
     * @param scene what the picture shows
     * @param picture the rendered scene
     */
    public record Rendered(Sample sample, Scene scene, Picture picture) {}

    /**
     * One sample, without touching any file.
     *
     * @param spec which split, seed and sizes; its count does not matter
     * @param index which sample of the split, from 0
     * @throws IllegalArgumentException if the index is negative
     */
    public static Rendered render(CountingSpec spec, int index) {
        if (index < 0) {
            throw new IllegalArgumentException("index: wanted at least 0, got " + index);
        }
        SeededRandom random = SeededRandom.of(spec.seed(), spec.split().label(), index);
        String id = String.format(Locale.ROOT, "%s-%06d", spec.split().label(), index);
        List<Path> images = List.of(Path.of(IMAGES, id + ".png"));
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
        Path target = folder.toAbsolutePath().normalize();
        List<Path> files = new ArrayList<>();
        try {
            requireAbsentOrEmpty(target);
            AtomicDirectory.publishReproducible(target, partial -> {
                Files.createDirectory(partial.resolve(IMAGES));
                for (CountingSpec spec : specs) {
                    String name = spec.split().label() + ".json";
                    SampleWriter.write(writePictures(spec, partial), partial.resolve(name));
                    files.add(target.resolve(name));
                }
                // Fails if something was put there meanwhile, which would be replaced otherwise.
                Files.deleteIfExists(target);
            });
            return files;
        } catch (UncheckedIOException e) {
            throw new DataException(folder + ": cannot be written: " + IoFailure.reason(e.getCause()), e);
        } catch (IOException e) {
            throw new DataException(folder + ": cannot be written: " + IoFailure.reason(e), e);
        }
    }

    private static List<Sample> writePictures(CountingSpec spec, Path folder) {
        Sample[] samples = new Sample[spec.count()];
        IntStream.range(0, spec.count()).parallel().forEach(index -> {
            Rendered rendered = render(spec, index);
            Sample sample = rendered.sample();
            Path file = folder.resolve(sample.images().get(0));
            writePng(rendered.picture(), file);
            samples[index] = new Sample(
                    sample.id(),
                    List.of(file),
                    sample.problem(),
                    sample.answer(),
                    sample.chainOfThought(),
                    sample.extras());
        });
        return Arrays.asList(samples);
    }

    /**
     * Writes a picture as PNG (8 bits per channel, no alpha).
     *
     * @throws UncheckedIOException if the file cannot be written
     */
    public static void writePng(Picture picture, Path file) {
        BufferedImage image = new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, picture.width(), picture.height(), picture.rgb(), 0, picture.width());
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (OutputStream out = Files.newOutputStream(file);
                MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
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

    private static void requireAbsentOrEmpty(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new NotDirectoryException(target.toString());
        }
        try (Stream<Path> entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new DirectoryNotEmptyException(target.toString());
            }
        }
    }
}
