package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.run.RunOutput;
import org.reasonrft.train.ParameterType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a LoRA adapter part of the model it was trained on. */
@Command(
        name = "merge",
        description = "Write a model and its LoRA adapter as one checkpoint, for programs that load no adapters.",
        sortOptions = false,
        showDefaultValues = true)
final class MergeCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "Checkpoint of the adapter; it names the model beneath.")
    private Path model;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Checkpoint folder to make; must be absent.")
    private Path output;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type to add in and to store: ${COMPLETION-CANDIDATES}. Else the model's own.")
    private ParameterType dtype;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(model)) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--model: " + model + " is no folder");
        }
        RunOutput.requireAbsent(output);
        try (PointerScope scope = new PointerScope();
                ModelDirectory directory =
                        ModelDirectory.load(model, dtype == null ? null : dtype.scalarType(), new Device("cpu"))) {
            if (directory.adapter() == null) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(), "--model: " + model + " has no adapter_config.json; nothing to merge");
            }
            directory.mergeAdapter();
            RunOutput.publish(output, directory::writeInto);
        }
        spec.commandLine().getOut().println("model: " + output);
        return Main.OK;
    }
}
