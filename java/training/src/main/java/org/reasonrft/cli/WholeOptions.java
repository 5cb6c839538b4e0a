package org.reasonrft.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.reasonrft.torch.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of the commands that run a whole of many stages. */
final class WholeOptions {
    @Option(
            names = "--resume",
            description = "Do what is left to do in the output folder; what is complete is not repeated.")
    private boolean resume;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Processor threads; 0: all.")
    private int threads;

    @Option(
            names = "--scale",
            defaultValue = "1",
            paramLabel = "FACTOR",
            description = "Steps of every stage as a multiple of the usual number, for example 0.1 for a quick look.")
    private double scale;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** @throws CommandLine.ParameterException if a value is out of range or there is nothing to resume */
    void check(Path output) {
        refuse(
                threads < 0 || threads > Torch.MAX_THREADS,
                "--threads: got " + threads + ", wanted 0 to " + Torch.MAX_THREADS);
        refuse(!(scale > 0 && scale <= 1000), "--scale: got " + scale + ", wanted more than 0 and at most 1000");
        refuse(resume && !Files.isDirectory(output), "cannot resume " + output + ": no such folder");
    }

    /** @throws CommandLine.ParameterException with the message, if {@code wrong} */
    void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }

    boolean resume() {
        return resume;
    }

    int threads() {
        return threads;
    }

    /** Factor on the steps of every stage. */
    double scale() {
        return scale;
    }
}
