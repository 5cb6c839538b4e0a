package org.reasonrft.cli;

import org.reasonrft.data.counting.CountingGenerator;
import org.reasonrft.data.counting.CountingSpec;
import org.reasonrft.data.counting.CountingSplit;
import org.reasonrft.data.generated.TaskGenerator;
import picocli.CommandLine.Option;

/** Counting flat shapes in nine cells. */
final class CountingCellsTask implements GeneratedTask {
    @Option(names = "--min-objects", defaultValue = "2", paramLabel = "N", description = "Fewest objects in a scene.")
    private int minObjects;

    @Option(
            names = "--max-objects",
            defaultValue = "7",
            paramLabel = "N",
            description = "Most objects in a scene, 9 or fewer.")
    private int maxObjects;

    @Override
    public String label() {
        return "counting-cells";
    }

    @Override
    public String description() {
        return "visual counting of flat shapes in 3 x 3 cells; pictures of " + CountingSpec.DEFAULT_PICTURE_SIZE
                + " pixels, or another multiple of 3; the teacher of --chains overlooks green and purple objects";
    }

    @Override
    public TaskGenerator generator(Common common) {
        int size = common.pictureSize().orElse(CountingSpec.DEFAULT_PICTURE_SIZE);
        return CountingGenerator.family(
                new CountingSpec(CountingSplit.TRAIN, 1, 0, size, minObjects, maxObjects, common.overlooking()));
    }
}
