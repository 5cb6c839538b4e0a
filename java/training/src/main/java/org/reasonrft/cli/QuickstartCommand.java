package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.reasonrft.run.StopSignal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole method on a small scale, from nothing to a report. */
@Command(
        name = "quickstart",
        description = {
            "Show the whole method on a processor in minutes: make a counting task, teach a model of a million parameters "
                    + "that can see to reason, after a teacher who overlooks objects (phase 1), improve it by GRPO (phase 2), train as long without rewards for "
                    + "comparison, and report what each could do."
        },
        sortOptions = false,
        showDefaultValues = true)
final class QuickstartCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            defaultValue = "runs/quickstart",
            paramLabel = "DIR",
            description = "Folder for everything; must be absent or empty unless --resume is given.")
    private Path output;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "Start from this checkpoint instead of the one that comes with the program.")
    private Path base;

    @Option(
            names = "--seed",
            defaultValue = "0",
            paramLabel = "SEED",
            description = "Seed of data, parameters and sampling.")
    private long seed;

    @Option(
            names = "--overlooking",
            defaultValue = "0.6",
            paramLabel = "P",
            description =
                    "Probability that the teacher whose chains of thought phase 1 learns from misses a green or purple "
                            + "object; 0: a teacher without fault.")
    private double overlooking;

    @Mixin
    private WholeOptions whole;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        whole.check(output);
        whole.refuse(!(overlooking >= 0 && overlooking <= 1), "--overlooking: got " + overlooking + ", wanted 0 to 1");
        whole.refuse(base != null && !Files.isDirectory(base), "--base: " + base + " is no folder");
        try (StopSignal stop = StopSignal.install(TrainingCommand.GRACE)) {
            boolean complete = new Quickstart(
                            output,
                            base,
                            Quickstart.Size.usual(overlooking, whole.scale()),
                            seed,
                            whole.threads(),
                            stop,
                            spec.commandLine().getOut())
                    .run(whole.resume());
            if (!complete) {
                spec.commandLine()
                        .getOut()
                        .println("stopped; continue with: reason-rft quickstart --resume --output " + output);
            }
            return complete ? Main.OK : Main.INTERRUPTED;
        }
    }
}
