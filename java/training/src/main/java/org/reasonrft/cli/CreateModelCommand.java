package org.reasonrft.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.reasonrft.data.RecordCorpus;
import org.reasonrft.data.counting.CountingCorpus;
import org.reasonrft.model.FreshCheckpoint;
import org.reasonrft.run.RunOutput;
import org.reasonrft.train.ParameterType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a model that knows nothing yet. */
@Command(
        name = "create-model",
        description =
                "Make a Qwen2-VL of random parameters, with a tokenizer that knows the words of a task: a small one to train, or one of the published shapes to try what a machine can hold.",
        sortOptions = false,
        showDefaultValues = true)
final class CreateModelCommand implements Callable<Integer> {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Checkpoint folder to make; must be absent.")
    private Path output;

    @Option(
            names = "--size",
            defaultValue = "million",
            paramLabel = "SIZE",
            description = "Parameters: ${COMPLETION-CANDIDATES}.")
    private ModelSize size;

    @Option(
            names = "--dtype",
            defaultValue = "float32",
            paramLabel = "TYPE",
            description = "Type to store them in: ${COMPLETION-CANDIDATES}.")
    private ParameterType dtype;

    @Option(
            names = "--corpus",
            paramLabel = "FILE",
            description = "Records whose words become tokens. May be repeated; else those of --task counting-cells.")
    private List<Path> corpus;

    @Option(
            names = "--image-mean",
            split = ",",
            paramLabel = "R,G,B",
            description =
                    "Colour that pixels are measured from, 0 to 1 each: the ground, for line drawings. Default: that of"
                            + " Qwen2-VL, which is right for photographs")
    private List<Double> imageMean;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "SEED", description = "Seed of the parameters.")
    private long seed;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /** Constants are named as the option's values are written, but for case and dashes. */
    private enum ModelSize {
        MILLION(FreshCheckpoint.Size.million()),
        HUNDRED_MILLION(FreshCheckpoint.Size.hundredMillion()),
        QWEN2_VL_2B(FreshCheckpoint.Size.qwen2Vl2b()),
        QWEN2_VL_7B(FreshCheckpoint.Size.qwen2Vl7b());

        private final FreshCheckpoint.Size value;

        ModelSize(FreshCheckpoint.Size value) {
            this.value = value;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public Integer call() {
        RunOutput.requireAbsent(output);
        List<Double> mean = imageMean == null ? FreshCheckpoint.CLIP_MEAN : imageMean;
        if (mean.size() != 3 || mean.stream().anyMatch(value -> !(value >= 0 && value <= 1))) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--image-mean: got " + mean + ", wanted three numbers from 0 to 1");
        }
        List<String> texts = corpus == null ? CountingCorpus.texts() : RecordCorpus.texts(corpus);
        RunOutput.publish(
                output, folder -> FreshCheckpoint.write(folder, size.value, texts, mean, dtype.scalarType(), seed));
        spec.commandLine().getOut().println("model: " + output);
        return Main.OK;
    }
}
