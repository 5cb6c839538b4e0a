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
final class CountingTask extends PerspectiveTask {
    @Option(names = "--min-objects", defaultValue = "3", paramLabel = "N", description = "Fewest objects in a scene.")
    private int minObjects;

    CountingTask() {
        super(ClevrSpec.CLEVR.width(), ClevrSpec.CLEVR.height());
    }

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
    TaskGenerator generator(int width, int height, double overlooking) {
        return new ClevrGenerator(
                new ClevrSpec(width, height, minObjects, maxObjects, named(vary), field, overlooking));
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
