package org.reasonrft.cli;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.reasonrft.data.generated.TaskGenerator;
import org.reasonrft.data.spatial.SpatialGenerator;
import org.reasonrft.data.spatial.SpatialSpec;
import org.reasonrft.data.spatial.TransformationFunction;
import picocli.CommandLine.Option;

/** What was done to the objects of a scene in perspective. */
final class SpatialTask extends PerspectiveTask {
    @Option(names = "--min-objects", defaultValue = "1", paramLabel = "N", description = "Fewest objects in a scene.")
    private int minObjects;

    @Option(
            names = "--max-changes",
            defaultValue = "4",
            paramLabel = "N",
            description = "Most functions in an answer, 1 to 4; each number from 1 is as likely.")
    private int maxChanges;

    @Option(
            names = "--functions",
            split = ",",
            defaultValue = "change_size,change_color,change_material,change_shape,change_position",
            paramLabel = "NAME",
            description = "Functions in use, with commas between them.")
    private List<String> functions;

    @Option(
            names = "--grid",
            defaultValue = "1",
            paramLabel = "UNITS",
            description = "Objects stand at multiples of 1, 2, 5 or 10 units; 10 in a field of 10 is 3 x 3 places.")
    private int grid;

    SpatialTask() {
        super(SpatialSpec.TRANCE.width(), SpatialSpec.TRANCE.height());
    }

    @Override
    public String label() {
        return "spatial";
    }

    @Override
    public String description() {
        return "spatial transformation (TRANCE): pictures of a scene before and after, which functions lead from one to"
                + " the other; 320 x 240 pixels unless --picture-size says otherwise; the shift splits show the"
                + " final scene from the left and the right; the teacher of --chains overlooks or misreads what"
                + " happens to dark objects";
    }

    @Override
    TaskGenerator generator(int width, int height, double overlooking) {
        return new SpatialGenerator(new SpatialSpec(
                width,
                height,
                minObjects,
                maxObjects,
                maxChanges,
                named("functions", functions, ""),
                named("vary", vary, "change_"),
                field,
                grid,
                overlooking));
    }

    private static Set<TransformationFunction> named(String argument, List<String> names, String prefix) {
        Set<TransformationFunction> found = EnumSet.noneOf(TransformationFunction.class);
        for (String name : names) {
            found.add(Arrays.stream(TransformationFunction.values())
                    .filter(function -> function.word().equals(prefix + name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(argument + ": wanted some of "
                            + Arrays.stream(TransformationFunction.values())
                                    .filter(function ->
                                            prefix.isEmpty() || function != TransformationFunction.CHANGE_POSITION)
                                    .map(function -> function.word().substring(prefix.length()))
                                    .collect(Collectors.joining(", "))
                            + ", got '" + name.strip() + "'")));
        }
        return found;
    }
}
