package org.reasonrft.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.reasonrft.data.counting.CountingGenerator;
import org.reasonrft.data.counting.CountingSpec;
import org.reasonrft.data.counting.CountingSplit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the counting task on disk. */
@Command(
        name = "generate-data",
        description =
                "Make a visual counting task: pictures, questions, answers and chains of thought, in the Reason-RFT record form.",
        sortOptions = false,
        showDefaultValues = true)
final class GenerateDataCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Folder to make; must be absent or empty.")
    private Path output;

    @Option(names = "--train", defaultValue = "2000", paramLabel = "N", description = "Questions to learn from.")
    private int train;

    @Option(
            names = "--chains",
            defaultValue = "0",
            paramLabel = "N",
            description = "Other questions to learn from, with a teacher's chains of thought and answers.")
    private int chains;

    @Option(
            names = "--overlooking",
            defaultValue = "0",
            paramLabel = "P",
            description = "Probability that the teacher of --chains misses a green or purple object, 0 to 1.")
    private double overlooking;

    @Option(
            names = "--test",
            defaultValue = "400",
            paramLabel = "N",
            description = "Other questions over scenes of the same kind.")
    private int test;

    @Option(
            names = "--shift",
            defaultValue = "400",
            paramLabel = "N",
            description = "Questions over scenes with colour-shape pairs and backgrounds that training never shows.")
    private int shift;

    @Option(
            names = "--captions",
            defaultValue = "0",
            paramLabel = "N",
            description = "Captions of scenes, for pre-training.")
    private int captions;

    @Option(
            names = "--captions-test",
            defaultValue = "0",
            paramLabel = "N",
            description = "Captions to measure pre-training with.")
    private int captionsTest;

    @Option(
            names = "--seed",
            defaultValue = "0",
            paramLabel = "SEED",
            description = "The same seed makes the same files.")
    private long seed;

    @Option(
            names = "--picture-size",
            defaultValue = "" + CountingSpec.DEFAULT_PICTURE_SIZE,
            paramLabel = "PIXELS",
            description = "Width and height, a multiple of 3.")
    private int pictureSize;

    @Option(names = "--min-objects", defaultValue = "2", paramLabel = "N", description = "Fewest objects in a scene.")
    private int minObjects;

    @Option(
            names = "--max-objects",
            defaultValue = "7",
            paramLabel = "N",
            description = "Most objects in a scene, 9 or fewer.")
    private int maxObjects;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        Map<CountingSplit, Integer> counts = new LinkedHashMap<>();
        counts.put(CountingSplit.TRAIN, train);
        counts.put(CountingSplit.CHAINS, chains);
        counts.put(CountingSplit.TEST, test);
        counts.put(CountingSplit.SHIFT, shift);
        counts.put(CountingSplit.CAPTIONS, captions);
        counts.put(CountingSplit.CAPTIONS_TEST, captionsTest);
        List<CountingSpec> specs = new ArrayList<>();
        counts.forEach((split, count) -> {
            if (count < 0) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "--" + split.label() + ": got " + count + ", wanted 0 or more");
            }
            if (count > 0) {
                specs.add(checked(split, count));
            }
        });
        if (specs.isEmpty()) {
            throw new CommandLine.ParameterException(spec.commandLine(), "nothing to make: every split has 0 samples");
        }
        if (overlooking != 0 && chains == 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--overlooking: got " + overlooking + " without --chains, whose teacher it is");
        }
        List<Path> files = CountingGenerator.generate(specs, output);
        PrintWriter out = spec.commandLine().getOut();
        for (int i = 0; i < specs.size(); i++) {
            out.println(specs.get(i).count() + " samples in " + files.get(i));
        }
        return Main.OK;
    }

    private CountingSpec checked(CountingSplit split, int count) {
        try {
            return new CountingSpec(split, count, seed, pictureSize, minObjects, maxObjects, overlooking);
        } catch (IllegalArgumentException e) {
            // The message starts with the component, whose name is that of the option in another spelling.
            String message = e.getMessage();
            int end = message.indexOf(':');
            String option = "--"
                    + message.substring(0, end).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            throw new CommandLine.ParameterException(spec.commandLine(), option + message.substring(end), e);
        }
    }
}
