package org.reasonrft.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskFolder;
import org.reasonrft.data.generated.TaskGenerator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a task on disk. */
@Command(
        name = "generate-data",
        description = "Make a task: pictures, questions, answers and chains of thought, in the Reason-RFT record form.",
        modelTransformer = TaskOptions.class,
        sortOptions = false,
        showDefaultValues = true)
final class GenerateDataCommand implements Callable<Integer> {
    @Option(
            names = "--task",
            defaultValue = "counting-cells",
            paramLabel = "TASK",
            description = "Which task; see below.")
    private String task;

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
            description = "Probability that the teacher of --chains misses what is easily missed, 0 to 1.")
    private double overlooking;

    @Option(names = "--test", defaultValue = "400", paramLabel = "N", description = "Other questions of the same kind.")
    private int test;

    @Option(
            names = "--shift",
            defaultValue = "400",
            paramLabel = "N",
            description = "Questions that differ from training; of each kind of difference, where a task has several.")
    private int shift;

    @Option(
            names = "--captions",
            defaultValue = "0",
            paramLabel = "N",
            description = "Captions of pictures, for pre-training.")
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
            paramLabel = "PIXELS",
            description = "Width and height. Default: depends on the task")
    private Integer pictureSize;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        Map<Purpose, Integer> counts = new EnumMap<>(Purpose.class);
        counts.put(Purpose.TRAIN, train);
        counts.put(Purpose.CHAINS, chains);
        counts.put(Purpose.TEST, test);
        counts.put(Purpose.SHIFT, shift);
        counts.put(Purpose.CAPTIONS, captions);
        counts.put(Purpose.CAPTIONS_TEST, captionsTest);
        counts.forEach((purpose, count) -> {
            if (count < 0) {
                throw refusal("--" + purpose.label() + ": got " + count + ", wanted 0 or more");
            }
        });
        if (overlooking != 0 && chains == 0) {
            throw refusal("--overlooking: got " + overlooking + " without --chains, whose teacher it is");
        }
        TaskGenerator generator = generator(TaskOptions.chosen(task, spec));
        Map<Split, Integer> countOfSplit = countOfSplit(generator.splits(), counts);
        if (countOfSplit.isEmpty()) {
            throw refusal("nothing to make: every split has 0 samples");
        }
        List<Path> files = TaskFolder.write(generator, seed, countOfSplit, output);
        PrintWriter out = spec.commandLine().getOut();
        int file = 0;
        for (int count : countOfSplit.values()) {
            out.println(count + " samples in " + files.get(file++));
        }
        return Main.OK;
    }

    private Map<Split, Integer> countOfSplit(List<Split> splits, Map<Purpose, Integer> counts) {
        Map<Split, Integer> countOfSplit = new LinkedHashMap<>();
        counts.forEach((purpose, count) -> {
            List<Split> ofPurpose =
                    splits.stream().filter(split -> split.purpose() == purpose).toList();
            String option = "--" + purpose.label();
            if (ofPurpose.isEmpty()
                    && count > 0
                    && spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw refusal(option + ": got " + count + ", but --task " + task + " has no such split");
            }
            if (count > 0) {
                ofPurpose.forEach(split -> countOfSplit.put(split, count));
            }
        });
        return countOfSplit;
    }

    private TaskGenerator generator(GeneratedTask chosen) {
        try {
            return chosen.generator(new GeneratedTask.Common(
                    pictureSize == null ? OptionalInt.empty() : OptionalInt.of(pictureSize), overlooking));
        } catch (IllegalArgumentException e) {
            // The message starts with the component, whose name is that of the option in another spelling.
            String message = e.getMessage();
            int end = message.indexOf(':');
            String option = "--"
                    + message.substring(0, end).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            throw refusal(option + message.substring(end));
        }
    }

    private CommandLine.ParameterException refusal(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
