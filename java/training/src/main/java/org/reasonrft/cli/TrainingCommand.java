package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.reasonrft.data.ReadSummary;
import org.reasonrft.report.HtmlReport;
import org.reasonrft.report.ReportContent;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.TrainingResult;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What the two phases have in common on the command line: where the configuration comes from and what is said at the end. */
abstract class TrainingCommand<T extends Record> implements Callable<Integer> {
    /** Time for the step in progress and for writing a checkpoint; a large model on a slow disk needs minutes. */
    static final Duration GRACE = Duration.ofMinutes(10);

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file, or the name of a shipped recipe.")
    private String config;

    @Option(names = "--model", paramLabel = "DIR", description = "Starting checkpoint, in the layout of Hugging Face.")
    private String model;

    @Option(names = "--data", paramLabel = "FILE", description = "Records in the Reason-RFT form, JSON or JSON Lines.")
    private String data;

    @Option(
            names = "--on-bad-record",
            paramLabel = "fail|skip",
            description = "What happens to a record that cannot be used; skipped ones are reported.")
    private String onBadRecord;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Run folder; must be absent or empty unless --resume is given.")
    private String output;

    @Option(names = "--resume", description = "Continue the run in the output folder from its newest checkpoint.")
    private boolean resume;

    @Option(names = "--max-steps", paramLabel = "N", description = "Steps to train; 0: as many as the epochs need.")
    private String maxSteps;

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "Peak learning rate.")
    private String learningRate;

    @Option(names = "--seed", paramLabel = "SEED", description = "Seed of everything that is drawn at random.")
    private String seed;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Set any key of the configuration, for example --set optimizer.warmup_steps=20. May be repeated.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--print-config", description = "Print the resolved configuration and stop.")
    private boolean printConfig;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private final Class<T> type;

    TrainingCommand(Class<T> type) {
        this.type = type;
    }

    /** Trains until the end or until asked to stop. */
    abstract TrainingResult train(T configuration, boolean resume, StopSignal stop) throws IOException;

    abstract Path outputOf(T configuration);

    /** Says which records were left out; nothing where none were. */
    final void report(ReadSummary data) {
        Scores.skipped(spec.commandLine().getErr(), data);
    }

    /** Defaults, then the recipe (that of the run to be resumed if none is named), then what the options say. */
    private T configuration() {
        ConfigReader<T> reader = ConfigReader.of(type);
        if (config != null) {
            Recipes.add(reader, config);
        } else if (resume) {
            if (output == null) {
                throw new CommandLine.ParameterException(spec.commandLine(), "--resume needs --output or --config");
            }
            reader.file(Path.of(output).resolve(RunFolder.CONFIG));
        }
        settings.forEach(reader::set);
        return reader.set("--model", "model", model)
                .set("--data", "data", data)
                .set("--on-bad-record", "on_bad_record", onBadRecord)
                .set("--output", "output", output)
                .set("--max-steps", "max_steps", maxSteps)
                .set("--learning-rate", "optimizer.learning_rate", learningRate)
                .set("--seed", "seed", seed)
                .resolve();
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        T configuration = configuration();
        if (printConfig) {
            out.print(ConfigReader.toYaml(configuration));
            out.flush();
            return Main.OK;
        }
        Path folder = outputOf(configuration);
        try (StopSignal stop = StopSignal.install(GRACE)) {
            TrainingResult result = train(configuration, resume, stop);
            Path report = folder.resolve(RunFolder.REPORT);
            String name = spec.name() + " in " + folder;
            HtmlReport.write(
                    report,
                    new ReportContent(name, "", List.of(new ReportContent.Run("run", name, folder, null)), null));
            result.evaluations().forEach((split, evaluation) -> out.println(Scores.line(split, evaluation)));
            out.println("model:  " + result.checkpoint());
            out.println("report: " + report);
            if (!result.complete()) {
                out.println("stopped after step " + result.steps() + "; continue with: " + spec.qualifiedName()
                        + " --resume --output " + folder);
                return Main.INTERRUPTED;
            }
            return Main.OK;
        }
    }
}
