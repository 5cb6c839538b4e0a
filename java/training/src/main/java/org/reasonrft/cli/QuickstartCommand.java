package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.reasonrft.run.StopSignal;
import org.reasonrft.torch.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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

    @Option(names = "--resume", description = "Continue where an earlier quickstart in the output folder was stopped.")
    private boolean resume;

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

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Processor threads; 0: all.")
    private int threads;

    @Option(
            names = "--scale",
            defaultValue = "1",
            paramLabel = "FACTOR",
            description = "Steps of every stage as a multiple of the usual number, for example 0.1 for a quick look.")
    private double scale;

    @Option(
            names = "--overlooking",
            defaultValue = "0.6",
            paramLabel = "P",
            description =
                    "Probability that the teacher whose chains of thought phase 1 learns from misses a green or purple "
                            + "object; 0: a teacher without fault.")
    private double overlooking;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        refuse(
                threads < 0 || threads > Torch.MAX_THREADS,
                "--threads: got " + threads + ", wanted 0 to " + Torch.MAX_THREADS);
        refuse(!(scale > 0 && scale <= 1000), "--scale: got " + scale + ", wanted more than 0 and at most 1000");
        refuse(!(overlooking >= 0 && overlooking <= 1), "--overlooking: got " + overlooking + ", wanted 0 to 1");
        refuse(base != null && !Files.isDirectory(base), "--base: " + base + " is no folder");
        refuse(resume && !Files.isDirectory(output), "cannot resume " + output + ": no such folder");
        try (StopSignal stop = StopSignal.install(TrainingCommand.GRACE)) {
            boolean complete = new Quickstart(
                            output,
                            base,
                            Quickstart.Size.usual(overlooking, scale),
                            seed,
                            threads,
                            stop,
                            spec.commandLine().getOut())
                    .run(resume);
            if (!complete) {
                spec.commandLine()
                        .getOut()
                        .println("stopped; continue with: reason-rft quickstart --resume --output " + output);
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
