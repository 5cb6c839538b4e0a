package org.reasonrft.cli;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.reasonrft.data.clevr.Attribute;
import org.reasonrft.data.clevr.ClevrGenerator;
import org.reasonrft.data.clevr.ClevrSpec;
import org.reasonrft.data.generated.TaskGenerator;
import picocli.CommandLine.Option;

/** Counting solids in perspective. */
final class CountingTask implements GeneratedTask {
    @Option(names = "--min-objects", defaultValue = "3", paramLabel = "N", description = "Fewest objects in a scene.")
    private int minObjects;

    @Option(
            names = "--max-objects",
            defaultValue = "10",
            paramLabel = "N",
            description = "Most objects in a scene, 10 or fewer.")
    private int maxObjects;

    @Option(
            names = "--vary",
            split = ",",
            defaultValue = "size,color,material,shape",
            paramLabel = "NAME",
            description = "Attributes in which objects differ and by which questions name them.")
    private List<String> vary;

    @Option(
            names = "--field",
            defaultValue = "20",
            paramLabel = "UNITS",
            description = "Half the side of the square that objects stand in, 10 to 40; the camera shows all of it.")
    private int field;

    @Option(
            names = "--picture-height",
            paramLabel = "PIXELS",
            description = "Height of the pictures, if it is not the width.")
    private Integer pictureHeight;

    @Override
    public String label() {
        return "counting";
    }

    @Override
    public String description() {
        return "visual counting in perspective (CLEVR-Math); 480 x 320 pixels unless --picture-size says otherwise; the"
                + " shift split has other shapes, colours and grounds; the teacher of --chains overlooks dark objects";
    }

    @Override
    public TaskGenerator generator(Common common) {
        PictureShape shape = PictureShape.of(common, pictureHeight, ClevrSpec.CLEVR.width(), ClevrSpec.CLEVR.height());
        return new ClevrGenerator(new ClevrSpec(
                shape.width(), shape.height(), minObjects, maxObjects, named(vary), field, common.overlooking()));
    }

    private static Set<Attribute> named(List<String> names) {
        Set<Attribute> found = EnumSet.noneOf(Attribute.class);
        for (String name : names) {
            Attribute attribute = Attribute.named(name.strip());
            if (attribute == null) {
                throw new IllegalArgumentException("vary: wanted some of "
                        + Arrays.stream(Attribute.values()).map(Attribute::word).collect(Collectors.joining(", "))
                        + ", got '" + name.strip() + "'");
            }
            found.add(attribute);
        }
        return found;
    }
}
