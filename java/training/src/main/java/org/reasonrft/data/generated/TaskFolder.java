package org.reasonrft.data.generated;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.reasonrft.data.DataException;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleWriter;
import org.reasonrft.io.AtomicDirectory;
import org.reasonrft.io.IoFailure;

/** Writes generated samples as {@code <folder>/<split>.json} with the pictures in {@code <folder>/images}. */
public final class TaskFolder {
    private TaskFolder() {}

    /**
     * A record file to write.
     *
     * @param label the split's; stem of the file's name
     * @param count number of samples, at least 1
     * @param samples the sample of each index from 0; called by several threads at once
     */
    public record Part(String label, int count, IntFunction<RenderedSample> samples) {
        /** @throws IllegalArgumentException if the count is below 1 */
        public Part {
            Objects.requireNonNull(label, "label");
            Objects.requireNonNull(samples, "samples");
            if (count < 1) {
                throw new IllegalArgumentException("count: wanted at least 1, got " + count);
            }
        }
    }

    /**
     * Writes splits of a family; see {@link #write(List, Path)}.
     *
     * @param counts how many samples of which split, each at least 1
     */
    public static List<Path> write(TaskGenerator generator, long seed, Map<Split, Integer> counts, Path folder) {
        List<Part> parts = new ArrayList<>();
        counts.forEach((split, count) ->
                parts.add(new Part(split.label(), count, index -> generator.render(split, seed, index))));
        return write(parts, folder);
    }

    /**
     * Writes record files and pictures into a new folder that appears only once it is complete. Pictures are drawn on
     * all cores.
     *
     * @param parts at least one, with different labels
     * @param folder must be absent or empty; its parent folders are made
     * @return the record files, in the order of {@code parts}
     * @throws IllegalArgumentException if there is no part or two have one label
     * @throws DataException if the folder is not empty or cannot be written
     */
    public static List<Path> write(List<Part> parts, Path folder) {
        requireDifferentLabels(parts);
        Path target = folder.toAbsolutePath().normalize();
        List<Path> files = new ArrayList<>();
        try {
            requireAbsentOrEmpty(target);
            AtomicDirectory.publishReproducible(target, partial -> {
                Files.createDirectory(partial.resolve(RenderedSample.IMAGES));
                for (Part part : parts) {
                    String name = part.label() + ".json";
                    SampleWriter.write(writePictures(part, partial), partial.resolve(name));
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

    /** Every thread has ended when this returns or throws, so that nobody writes into a folder that is being removed. */
    private static List<Sample> writePictures(Part part, Path folder) {
        Sample[] samples = new Sample[part.count()];
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        IntStream.range(0, part.count()).parallel().forEach(index -> {
            if (failure.get() != null) {
                return;
            }
            try {
                samples[index] = writeSample(part.samples().apply(index), folder);
            } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
            }
        });
        if (failure.get() != null) {
            throw failure.get();
        }
        return Arrays.asList(samples);
    }

    private static Sample writeSample(RenderedSample rendered, Path folder) {
        Sample sample = rendered.sample();
        List<Path> files = sample.images().stream().map(folder::resolve).toList();
        for (int i = 0; i < files.size(); i++) {
            PngFile.write(rendered.pictures().get(i), files.get(i));
        }
        return new Sample(
                sample.id(), files, sample.problem(), sample.answer(), sample.chainOfThought(), sample.extras());
    }

    private static void requireDifferentLabels(List<Part> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("parts: wanted at least one, got none");
        }
        Set<String> seen = new HashSet<>();
        for (Part part : parts) {
            if (!seen.add(part.label())) {
                throw new IllegalArgumentException("parts: wanted each split once, got " + part.label() + " twice");
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
