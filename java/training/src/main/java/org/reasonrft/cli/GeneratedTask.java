package org.reasonrft.cli;

import java.util.List;
import java.util.OptionalInt;
import org.reasonrft.data.generated.TaskGenerator;

/**
 * A task family as the command line offers it: an object whose {@link picocli.CommandLine.Option} fields are the options
 * that this family alone has. The command shows the options of all families and refuses those of another one. A new
 * family is one class, named in {@link #all()}.
 */
interface GeneratedTask {
    /** The families, each with its options at their defaults; the first is the default of {@code --task}. */
    static List<GeneratedTask> all() {
        return List.of(new CountingCellsTask(), new CountingTask(), new GeometryTask(), new SpatialTask());
    }

    /** The value of {@code --task}. */
    String label();

    /** What the help says the family is, without a full stop. */
    String description();

    /**
     * The generator for these options.
     *
     * @throws IllegalArgumentException if a value is out of range; the message begins with the name of the option in
     *     camel case and a colon
     */
    TaskGenerator generator(Common common);

    /**
     * What every family is asked for, beside numbers of samples and the seed.
     *
     * @param pictureSize width and height in pixels; empty for the family's default
     * @param overlooking probability, 0 to 1, with which the teacher of the chains misses what can be missed
     */
    record Common(OptionalInt pictureSize, double overlooking) {}
}
