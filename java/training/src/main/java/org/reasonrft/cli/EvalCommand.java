package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import org.reasonrft.data.BadRecords;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.SampleSet;
import org.reasonrft.eval.Scorer;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.StopSignal;
import org.reasonrft.torch.Torch;
import org.reasonrft.train.ParameterType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lets a model answer questions and counts how often it is right. */
@Command(
        name = "eval",
        description = "Let a model answer questions, once or several times each, and judge the answers.",
        sortOptions = false)
final class EvalCommand implements Callable<Integer> {
    private static final Pattern SPLIT_NAME = Pattern.compile("[A-Za-z0-9._-]+");

    @Option(names = "--model", paramLabel = "DIR", description = "Checkpoint to evaluate.")
    private Path model;

    @Option(
            names = "--data",
            paramLabel = "[NAME=]FILE",
            description = "Records to answer. May be repeated; the name is that of the file unless one is given.")
    private List<String> data;

    @Option(
            names = "--image-root",
            paramLabel = "DIR",
            description = "Folder that picture paths are relative to; else the record file's.")
    private Path imageRoot;

    @Option(
            names = "--on-bad-record",
            paramLabel = "fail|skip",
            description = "What happens to a record that cannot be used; skipped ones are reported. Default: fail.")
    private BadRecords onBadRecord;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Folder for predictions, summary and report; must be absent or empty without --resume.")
    private Path output;

    @Option(
            names = "--resume",
            description = "Answer what the output folder has no answers to yet; options not given are as they were. "
                    + "Refused if model, data, prompt or settings are not the same.")
    private boolean resume;

    @Option(
            names = "--prompt",
            paramLabel = "NAME|PATH",
            description = "Shipped prompt, file, or folder with choice.txt and open.txt. Default: visual-counting.")
    private String prompt;

    @Option(
            names = "--max-samples",
            paramLabel = "N",
            description = "First questions of each file only; 0, the default: all.")
    private Integer maxSamples;

    @Option(
            names = "--decoding",
            defaultValue = "greedy",
            paramLabel = "greedy|published|checkpoint",
            description =
                    "What the options from here to --max-pixels are unless given. greedy: 512 tokens, temperature 0; "
                            + "published, as in Reason-RFT: 768, temperature 0.1, top-k 50, top-p 0.9, 3136-480000 pixels; "
                            + "checkpoint: 512, else as its generation_config.json says.")
    private Decoding.Preset decoding;

    @Option(names = "--max-completion-length", paramLabel = "TOKENS", description = "Longest completion.")
    private Integer maxCompletionLength;

    @Option(names = "--temperature", paramLabel = "T", description = "Sampling temperature; 0: greedy.")
    private Float temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Sample among the K likeliest tokens; 0: all.")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P", description = "Sample among the likeliest tokens that reach P.")
    private Float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Drop tokens less likely than this share of the likeliest.")
    private Float minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description = "Make tokens that occurred already less likely; 1: no.")
    private Float repetitionPenalty;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            description = "Larger pictures are shrunk to this area; else as the checkpoint says.")
    private Long maxPixels;

    @Option(
            names = "--min-pixels",
            paramLabel = "N",
            description = "Smaller pictures are enlarged to this area; else as the checkpoint says.")
    private Long minPixels;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type of parameters and activations: ${COMPLETION-CANDIDATES}. Default: float32.")
    private ParameterType dtype;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "Completions of each question, for pass@k and the majority vote. Default: 1.")
    private Integer samples;

    @Option(
            names = "--pass-at",
            split = ",",
            paramLabel = "K",
            description = "Estimate pass@k for these k, for example 1,4,8.")
    private List<Integer> passAt;

    @Option(
            names = "--scorer",
            paramLabel = "NAME",
            description =
                    "One of equivalence, accuracy, leading_number, trance, trance_paper, trance_exact, trance_match; "
                            + "else trance if all gold answers are functions, equivalence if not.")
    private Scorer scorer;

    @Option(names = "--seed", paramLabel = "SEED", description = "Seed of sampling. Default: 0.")
    private Long seed;

    @Option(
            names = "--batch-size",
            defaultValue = "64",
            paramLabel = "N",
            description = "Completions generated together. Default: 64.")
    private int batchSize;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Processor threads; 0: all.")
    private int threads;

    @Option(
            names = "--report-questions",
            defaultValue = "60",
            paramLabel = "N",
            description = "Questions of each split that the report shows with pictures and answers. Default: 60.")
    private int reportQuestions;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        refuse(resume && output == null, "--resume: needs --output, the folder to go on in");
        EvaluationRun begun = resume ? EvaluationRun.begunIn(output) : null;
        EvaluationSettings settings = settings(begun == null ? null : begun.settings());
        check(settings);
        PromptSet prompts = PromptSet.resolve(settings.prompt());
        Map<String, List<Sample>> splits = read(settings);
        try (StopSignal stop = StopSignal.install(TrainingCommand.GRACE);
                Answering answering = Answering.open(
                        settings.model(),
                        settings.dtype(),
                        prompts,
                        settings.options(batchSize),
                        settings.pixelBounds(),
                        threads)) {
            if (output == null) {
                return answer(new EvaluationJob(answering, settings, splits, null), stop);
            }
            EvaluationRun run = EvaluationRun.of(settings, prompts, splits);
            if (begun != null) {
                run.requireContinues(begun, output);
            }
            // Before the questions are answered: hours of work must not end at a folder that cannot be written.
            try (RunFolder folder = begun == null ? RunFolder.create(output) : RunFolder.resume(output)) {
                folder.writeConfig(run);
                EvaluationFiles files = new EvaluationFiles(output, name(settings.model()));
                return answer(new EvaluationJob(answering, settings, splits, files), stop);
            }
        }
    }

    private int answer(EvaluationJob job, StopSignal stop) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try {
            job.answer(stop::requested);
        } catch (CancellationException e) {
            out.println("stopped; "
                    + (output == null
                            ? "without --output nothing is kept"
                            : "continue with: " + spec.qualifiedName() + " --resume --output " + output));
            out.flush();
            return Main.INTERRUPTED;
        }
        job.conclude(out, reportQuestions);
        if (output != null) {
            out.println("report: " + output.resolve(RunFolder.REPORT));
        }
        return Main.OK;
    }

    private static String name(Path model) {
        Path last = model.toAbsolutePath().normalize().getFileName();
        return last == null ? model.toString() : last.toString();
    }

    /** What the options say, else what was begun, else the defaults. */
    private EvaluationSettings settings(EvaluationSettings begun) throws IOException {
        boolean fresh = begun == null;
        // Of the options that belong together, those begun count unless others are asked for.
        boolean decides = fresh || spec.commandLine().getParseResult().hasMatchedOption("--decoding");
        refuse(fresh && model == null, "--model: is required");
        refuse(fresh && data == null, "--data: is required");
        Path checkpoint = fresh || model != null ? model : begun.model();
        refuse(!Files.isDirectory(checkpoint), "--model: " + checkpoint + " is no folder");
        Decoding preset = decides ? decoding.of(checkpoint) : begun.decoding();
        GenerationOptions generation = preset.generation();
        return new EvaluationSettings(
                checkpoint,
                fresh || data != null ? files() : begun.data(),
                fresh || imageRoot != null ? imageRoot : begun.imageRoot(),
                given(onBadRecord, fresh ? BadRecords.FAIL : begun.onBadRecord()),
                given(prompt, fresh ? "visual-counting" : begun.prompt()),
                given(maxSamples, fresh ? 0 : begun.maxSamples()),
                given(samples, fresh ? 1 : begun.samples()),
                given(passAt, fresh ? List.of() : begun.passAt()),
                fresh || scorer != null ? scorer : begun.scorer(),
                given(dtype, fresh ? ParameterType.FLOAT32 : begun.dtype()),
                given(maxCompletionLength, generation.maxNewTokens()),
                given(temperature, generation.temperature()),
                given(topK, generation.topK()),
                given(topP, generation.topP()),
                given(minP, generation.minP()),
                given(repetitionPenalty, generation.repetitionPenalty()),
                given(seed, fresh ? 0 : begun.seed()),
                given(minPixels, preset.minPixels()),
                given(maxPixels, preset.maxPixels()));
    }

    private static <T> T given(T option, T otherwise) {
        return option == null ? otherwise : option;
    }

    private void check(EvaluationSettings settings) {
        atLeast("--batch-size", batchSize, 1);
        atLeast("--report-questions", reportQuestions, 0);
        refuse(
                threads < 0 || threads > Torch.MAX_THREADS,
                "--threads: got " + threads + ", wanted 0 to " + Torch.MAX_THREADS);
        atLeast("--max-samples", settings.maxSamples(), 0);
        atLeast("--max-completion-length", settings.maxCompletionLength(), 1);
        float t = settings.temperature();
        refuse(!(t >= 0) || Float.isInfinite(t), "--temperature: got " + t + ", wanted a finite number, 0 or more");
        atLeast("--top-k", settings.topK(), 0);
        float p = settings.topP();
        refuse(!(p > 0 && p <= 1), "--top-p: got " + p + ", wanted more than 0 and at most 1");
        float least = settings.minP();
        refuse(!(least >= 0 && least < 1), "--min-p: got " + least + ", wanted 0 or more and less than 1");
        float penalty = settings.repetitionPenalty();
        refuse(
                !(penalty > 0) || Float.isInfinite(penalty),
                "--repetition-penalty: got " + penalty + ", wanted a finite number above 0");
        Long min = settings.minPixels();
        Long max = settings.maxPixels();
        refuse(min != null && min < 1, "--min-pixels: got " + min + ", wanted 1 or more");
        refuse(max != null && max < 1, "--max-pixels: got " + max + ", wanted 1 or more");
        refuse(
                min != null && max != null && min > max,
                "--min-pixels: got " + min + ", wanted no more than --max-pixels, " + max);
        atLeast("--samples", settings.samples(), 1);
        refuse(
                settings.samples() > 1 && t == 0,
                "--samples: got " + settings.samples()
                        + " with --temperature 0, which would make all of them the same");
        for (int k : settings.passAt()) {
            refuse(
                    k < 1 || k > settings.samples(),
                    "--pass-at: got " + k + ", wanted 1 to the number of --samples, " + settings.samples());
        }
    }

    private void atLeast(String option, int value, int least) {
        refuse(value < least, option + ": got " + value + ", wanted " + least + " or more");
    }

    private void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }

    /** Record files by split. */
    private Map<String, Path> files() {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String argument : data) {
            int equals = argument.indexOf('=');
            Path file = Path.of(argument.substring(equals + 1));
            // A root has no name.
            String fileName =
                    file.getFileName() == null ? "" : file.getFileName().toString();
            String name = equals < 0 ? fileName.replaceFirst("\\.[^.]*$", "") : argument.substring(0, equals);
            refuse(
                    !SPLIT_NAME.matcher(name).matches(),
                    "--data " + argument + ": the name of a split has letters, digits, dots, - and _");
            refuse(files.put(name, file) != null, "--data: two splits are named " + name);
        }
        return files;
    }

    private Map<String, List<Sample>> read(EvaluationSettings settings) {
        Map<String, List<Sample>> splits = new LinkedHashMap<>();
        settings.data().forEach((name, file) -> {
            SampleSet all = SampleReader.read(file, settings.imageRoot(), settings.onBadRecord());
            Scores.skipped(spec.commandLine().getErr(), all.summary());
            splits.put(name, all.part(0, settings.maxSamples()));
        });
        return splits;
    }
}
