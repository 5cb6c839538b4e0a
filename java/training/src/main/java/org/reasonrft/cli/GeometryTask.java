package org.reasonrft.cli;

import java.util.EnumSet;
import java.util.Set;
import org.reasonrft.data.generated.TaskGenerator;
import org.reasonrft.data.geometry.GeometryGenerator;
import org.reasonrft.data.geometry.GeometrySpec;
import org.reasonrft.data.geometry.Kind;
import picocli.CommandLine.Option;

/** Plane geometry. */
final class GeometryTask implements GeneratedTask {
    @Option(
            names = "--kinds",
            split = ",",
            paramLabel = "NAME",
            description = "Kinds of problems with commas between them: ${COMPLETION-CANDIDATES}. Default: all")
    private Set<Kind> kinds;

    @Option(
            names = "--level",
            defaultValue = "3",
            paramLabel = "N",
            description = "Highest level: 1 for one fact, 2 for two, 3 for several.")
    private int level;

    @Option(
            names = "--values",
            paramLabel = "WHERE",
            description =
                    "Where known values stand: text, figure or both. Default: both, but figure for --shift, and text"
                            + " where pictures are too small for writing")
    private GeometrySpec.Values values;

    @Override
    public String label() {
        return "geometry";
    }

    @Override
    public String description() {
        return "plane geometry; pictures of " + GeometrySpec.DEFAULT_PICTURE_SIZE
                + " pixels, or from 48 to 1344, with colours instead of letters below 128; the teacher of --chains misreads"
                + " figures that are easily misread";
    }

    @Override
    public TaskGenerator generator(Common common) {
        return new GeometryGenerator(new GeometrySpec(
                kinds == null ? EnumSet.allOf(Kind.class) : kinds,
                level,
                values,
                common.pictureSize().orElse(GeometrySpec.DEFAULT_PICTURE_SIZE),
                common.overlooking()));
    }
}
