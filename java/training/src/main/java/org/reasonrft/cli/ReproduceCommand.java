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
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The paper's comparison, small. */
@Command(
        name = "reproduce",
        description = {
            "Compare the variants of Reason-RFT on its three tasks, as table 1 of the paper does, with models of a million"
                    + " parameters on generated data; write the table beside the paper's and the curves.",
            "With --resume several processes may each do tasks of their own in one folder, or seeds of a task whose base"
                    + " model is there; the last call, with all of them, writes the results."
        },
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

    @Mixin
    private WholeOptions whole;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        whole.check(output);
        whole.refuse(new LinkedHashSet<>(tasks).size() < tasks.size(), "--tasks: got " + tasks + ", wanted each once");
        whole.refuse(new LinkedHashSet<>(seeds).size() < seeds.size(), "--seeds: got " + seeds + ", wanted each once");
        bases.forEach((task, base) -> {
            whole.refuse(!tasks.contains(task), "--base: " + task + " is not among --tasks");
            whole.refuse(!Files.isDirectory(base), "--base: " + base + " is no folder");
        });
        try (StopSignal stop = StopSignal.install(TrainingCommand.GRACE)) {
            boolean complete = new Reproduction(
                            output,
                            bases,
                            Reproduction.Size.usual(whole.scale()),
                            whole.threads(),
                            stop,
                            spec.commandLine().getOut())
                    .run(tasks, seeds, whole.resume());
            if (!complete) {
                spec.commandLine().getOut().println("stopped; continue with the same options and --resume");
            }
            return complete ? Main.OK : Main.INTERRUPTED;
        }
    }
}
