package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.SftConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains one of Reason-RFT's variants on one of its tasks, all stages in a row. */
@Command(
        name = "train",
        description =
                "Train a variant of Reason-RFT on a task, with the hyper-parameters of the paper's scripts: all stages"
                        + " in a row.",
        sortOptions = false,
        showDefaultValues = true)
final class TrainCommand implements Callable<Integer> {
    @Option(
            names = "--variant",
            defaultValue = "reason-rft",
            paramLabel = "NAME",
            description = "Way of training: ${COMPLETION-CANDIDATES}.")
    private Variant variant;

    @Option(names = "--task", required = true, paramLabel = "NAME", description = "Task: ${COMPLETION-CANDIDATES}.")
    private ReasonRftTask task;

    @Option(
            names = "--scale",
            defaultValue = "published",
            paramLabel = "NAME",
            description =
                    "published: hyper-parameters of the paper's scripts, for 2B and 7B; small: for a model of a million"
                            + " parameters.")
    private Variant.Scale scale;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Starting checkpoint.")
    private Path model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "Training records; of the published ones the first 1,600 are those of phase 1.")
    private Path data;

    @Option(
            names = "--chains",
            paramLabel = "FILE",
            description = "Records for the stages that learn chains of thought; else those of --data.")
    private Path chains;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Folder for one run folder a stage; must be absent or empty without --resume.")
    private Path output;

    @Option(
            names = "--resume",
            description =
                    "Continue in the output folder: stages that are complete are not repeated, one that was stopped"
                            + " goes on with the configuration it began with.")
    private boolean resume;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Set a key in every stage, or in one: --set reason-rft-grpo:max_steps=100. May be repeated.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--seed", defaultValue = "42", paramLabel = "SEED", description = "Seed of everything random.")
    private long seed;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Processor threads; 0: all.")
    private int threads;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        refuseUnknownStages();
        refuseWrongOptions();
        Stages.claim(output, resume);
        try (StopSignal stop = StopSignal.install(TrainingCommand.GRACE)) {
            Stages stages = new Stages(output, seed, threads, stop);
            Path checkpoint = model;
            for (Variant.Stage stage : variant.stages()) {
                Path start = checkpoint;
                checkpoint = stage.supervised()
                        ? stages.sft(stage.name(), reader -> configure(reader, stage, start))
                        : stages.grpo(stage.name(), reader -> configure(reader, stage, start));
                if (stages.interrupted()) {
                    spec.commandLine()
                            .getOut()
                            .println("stopped in stage " + stage.name()
                                    + "; continue with the same options and --resume");
                    return Main.INTERRUPTED;
                }
            }
            spec.commandLine().getOut().println("model:  " + checkpoint);
            return Main.OK;
        }
    }

    private void configure(ConfigReader<?> reader, Variant.Stage stage, Path start) {
        Path records = chains != null && stage.learns() == Variant.Learns.CHAINS ? chains : data;
        scale.add(reader, stage, task)
                .set("--model", "model", start.toString())
                .set("--data", "data", records.toString());
        for (String setting : settings) {
            String name = stageOf(setting);
            if (name == null) {
                reader.set(setting);
            } else if (name.equals(stage.name())) {
                reader.set(setting.substring(name.length() + 1));
            }
        }
    }

    /** The stage that a setting names before a colon, in front of the key; null when it is for all. */
    private static String stageOf(String setting) {
        int colon = setting.indexOf(':');
        int equals = setting.indexOf('=');
        return colon < 0 || equals >= 0 && equals < colon ? null : setting.substring(0, colon);
    }

    /** Before there is a folder; what later stages start from is not there yet. */
    private void refuseWrongOptions() {
        Variant.Stage first = variant.stages().get(0);
        ConfigReader<?> reader =
                first.supervised() ? ConfigReader.of(SftConfig.class) : ConfigReader.of(GrpoConfig.class);
        reader.set("--output", "output", output.toString());
        configure(reader, first, model);
        reader.resolve();
    }

    private void refuseUnknownStages() {
        List<String> known = variant.stages().stream().map(Variant.Stage::name).toList();
        for (String setting : settings) {
            String stage = stageOf(setting);
            if (stage != null && !known.contains(stage)) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        "--set " + setting + ": --variant " + variant + " has no stage '" + stage + "', only "
                                + String.join(", ", known));
            }
        }
    }
}
