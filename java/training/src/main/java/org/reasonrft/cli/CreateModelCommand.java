package org.reasonrft.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.reasonrft.data.counting.CountingCorpus;
import org.reasonrft.model.FreshCheckpoint;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunOutput;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a small model that knows nothing yet. */
@Command(
        name = "create-model",
        description =
                "Make a small Qwen2-VL of about a million random parameters, with a tokenizer for the counting task.",
        sortOptions = false,
        showDefaultValues = true)
final class CreateModelCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Checkpoint folder to make; must be absent.")
    private Path output;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "SEED", description = "Seed of the parameters.")
    private long seed;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
        create(output, seed);
        spec.commandLine().getOut().println("model: " + output);
        return Main.OK;
    }

    static void create(Path output, long seed) {
        if (Files.exists(output)) {
            throw new RunException("cannot make a model in " + output + ": it exists already");
        }
        RunOutput.publish(
                output,
                folder -> FreshCheckpoint.write(folder, FreshCheckpoint.Size.million(), CountingCorpus.texts(), seed));
    }
}
