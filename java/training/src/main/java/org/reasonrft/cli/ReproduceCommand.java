package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.reasonrft.run.StopSignal;
import org.reasonrft.torch.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The paper's comparison, small. */
@Command(
        name = "reproduce",
        description =
                "Compare the variants of Reason-RFT on its three tasks, as table 1 of the paper does, with models of a million"
                        + " parameters on generated data; write the table beside the paper's and the curves.",
        sortOptions = false,
        showDefaultValues = true)
final class ReproduceCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            defaultValue = "runs/reproduction",
            paramLabel = "DIR",
            description = "Folder for everything; must be absent or empty unless --resume is given.")
    private Path output;

    @Option(
            names = "--resume",
            description =
                    "Do what is left to do in the output folder. Several processes may each do tasks of their own, or"
                            + " seeds of one whose base model is there; the last call, with all of them, writes the"
                            + " results.")
    private boolean resume;

    @Option(
            names = "--tasks",
            split = ",",
            defaultValue = "visual-counting,structure-perception,spatial-transformation",
            paramLabel = "NAME",
            description = "Which tasks, with commas between them.")
    private List<ReasonRftTask> tasks;

    @Option(
            names = "--seeds",
            split = ",",
            defaultValue = "1,2,3",
            paramLabel = "SEED",
            description = "Seeds, with commas between them; each decides data, order and sampling of all variants.")
    private List<Long> seeds;

    @Option(
            names = "--base",
            paramLabel = "TASK=DIR",
            description = "Start a task from this checkpoint instead of making a base model. May be repeated.")
    private Map<ReasonRftTask, Path> bases = new LinkedHashMap<>();

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Processor threads; 0: all.")
    private int threads;

    @Option(
            names = "--scale",
            defaultValue = "1",
            paramLabel = "FACTOR",
            description = "Steps of every stage as a multiple of the usual number, for example 0.1 for a quick look.")
    private double scale;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        refuse(
                threads < 0 || threads > Torch.MAX_THREADS,
                "--threads: got " + threads + ", wanted 0 to " + Torch.MAX_THREADS);
        refuse(!(scale > 0 && scale <= 1000), "--scale: got " + scale + ", wanted more than 0 and at most 1000");
        refuse(new LinkedHashSet<>(tasks).size() < tasks.size(), "--tasks: got " + tasks + ", wanted each once");
        refuse(new LinkedHashSet<>(seeds).size() < seeds.size(), "--seeds: got " + seeds + ", wanted each once");
        bases.forEach((task, base) -> {
            refuse(!tasks.contains(task), "--base: " + task + " is not among --tasks");
            refuse(!Files.isDirectory(base), "--base: " + base + " is no folder");
        });
        refuse(resume && !Files.isDirectory(output), "cannot resume " + output + ": no such folder");
        try (StopSignal stop = StopSignal.install(TrainingCommand.GRACE)) {
            boolean complete = new Reproduction(
                            output,
                            bases,
                            Reproduction.Size.usual(scale),
                            threads,
                            stop,
                            spec.commandLine().getOut())
                    .run(tasks, seeds, resume);
            if (!complete) {
                spec.commandLine().getOut().println("stopped; continue with the same options and --resume");
            }
            return complete ? Main.OK : Main.INTERRUPTED;
        }
    }

    private void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }
}
