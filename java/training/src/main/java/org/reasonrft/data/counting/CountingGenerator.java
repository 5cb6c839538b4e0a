package org.reasonrft.data.counting;

import java.nio.file.Path;
import java.util.List;
import org.reasonrft.data.Sample;

/**
 * Makes the counting task: record files with PNG pictures, or single samples in memory.
 *
 * <p>The layout is {@code <folder>/<split>.json} and {@code <folder>/images/<split>-<index>.png}.
 */
public final class CountingGenerator {
    private CountingGenerator() {
    }

    /**
     * A sample in memory.
     *
     * @param sample the record; its image path is relative ({@code images/<split>-<index>.png})
     * @param scene what the picture shows
     * @param picture the rendered scene
     */
    public record Rendered(Sample sample, Scene scene, Picture picture) {
    }

    /** One sample, without touching any file. */
    public static Rendered render(CountingSpec spec, int index) {
        throw new UnsupportedOperationException();
    }

    /** Writes one split; see {@link #generate(List, Path)}. */
    public static Path generate(CountingSpec spec, Path folder) {
        return generate(List.of(spec), folder).get(0);
    }

    /**
     * Writes the splits into a new folder that appears only once it is complete.
     *
     * @param specs at least one, each of another split
     * @param folder must be absent or empty
     * @return the record files, in the order of {@code specs}
     * @throws org.reasonrft.data.DataException if the folder is not empty or cannot be written
     */
    public static List<Path> generate(List<CountingSpec> specs, Path folder) {
        throw new UnsupportedOperationException();
    }
}
