package org.reasonrft.cli;

import java.util.List;
import org.reasonrft.data.generated.TaskGenerator;
import picocli.CommandLine.Option;

/** What the tasks about solids in perspective have in common. */
abstract class PerspectiveTask implements GeneratedTask {
    @Option(
            names = "--max-objects",
            defaultValue = "10",
            paramLabel = "N",
            description = "Most objects in a scene, 10 or fewer.")
    int maxObjects;

    @Option(
            names = "--vary",
            split = ",",
            defaultValue = "size,color,material,shape",
            paramLabel = "NAME",
            description = "Attributes in which objects differ, with commas between them; in the others all are alike.")
    List<String> vary;

    @Option(
            names = "--field",
            defaultValue = "20",
            paramLabel = "UNITS",
            description = "Half the side of the square that objects stand in, 10 to 40; the camera shows all of it.")
    int field;

    @Option(
            names = "--picture-height",
            paramLabel = "PIXELS",
            description = "Height of the pictures, if it is not the width.")
    private Integer pictureHeight;

    private final int defaultWidth;
    private final int defaultHeight;

    PerspectiveTask(int defaultWidth, int defaultHeight) {
        this.defaultWidth = defaultWidth;
        this.defaultHeight = defaultHeight;
    }

    /** The generator for pictures of that size. */
    abstract TaskGenerator generator(int width, int height, double overlooking);

    /** Pictures have the height asked for, or are squares of the size asked for, or have the family's own shape. */
    @Override
    public final TaskGenerator generator(Common common) {
        int width = common.pictureSize().orElse(defaultWidth);
        int height = common.pictureSize().isPresent() ? width : defaultHeight;
        return generator(width, pictureHeight == null ? height : pictureHeight, common.overlooking());
    }
}
