package org.reasonrft.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.reasonrft.data.BadRecords;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.SampleSet;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.report.EvaluationSummary;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunOutput;
import org.reasonrft.torch.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lets a model answer questions and counts how often it is right. */
@Command(
        name = "eval",
        description = "Let a model answer questions and judge the answers with the rewards of training.",
        sortOptions = false,
        showDefaultValues = true)
final class EvalCommand implements Callable<Integer> {
    private static final Pattern SPLIT_NAME = Pattern.compile("[A-Za-z0-9._-]+");

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Checkpoint to evaluate.")
    private Path model;

    @Option(
            names = "--data",
            required = true,
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
            defaultValue = "fail",
            paramLabel = "fail|skip",
            description = "What happens to a record that cannot be used; skipped ones are reported.")
    private BadRecords onBadRecord;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Folder for predictions and summary; must be absent or empty.")
    private Path output;

    @Option(
            names = "--prompt",
            defaultValue = "visual-counting",
            paramLabel = "NAME|FILE",
            description = "Prompt template.")
    private String prompt;

    @Option(
            names = "--max-samples",
            defaultValue = "0",
            paramLabel = "N",
            description = "First questions of each file only; 0: all.")
    private int maxSamples;

    @Option(
            names = "--max-completion-length",
            defaultValue = "512",
            paramLabel = "TOKENS",
            description = "Longest completion.")
    private int maxCompletionLength;

    @Option(
            names = "--temperature",
            defaultValue = "0",
            paramLabel = "T",
            description = "Sampling temperature; 0: greedy.")
    private float temperature;

    @Option(
            names = "--top-k",
            defaultValue = "0",
            paramLabel = "K",
            description = "Sample among the K likeliest tokens; 0: all.")
    private int topK;

    @Option(
            names = "--top-p",
            defaultValue = "1",
            paramLabel = "P",
            description = "Sample among the likeliest tokens that reach P.")
    private float topP;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "SEED", description = "Seed of sampling.")
    private long seed;

    @Option(
            names = "--batch-size",
            defaultValue = "64",
            paramLabel = "N",
            description = "Questions generated together.")
    private int batchSize;

    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Processor threads; 0: all.")
    private int threads;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        refuse(batchSize < 1, "--batch-size: got " + batchSize + ", wanted 1 or more");
        refuse(maxSamples < 0, "--max-samples: got " + maxSamples + ", wanted 0 or more");
        refuse(
                threads < 0 || threads > Torch.MAX_THREADS,
                "--threads: got " + threads + ", wanted 0 to " + Torch.MAX_THREADS);
        refuse(maxCompletionLength < 1, "--max-completion-length: got " + maxCompletionLength + ", wanted 1 or more");
        refuse(
                !(temperature >= 0) || Float.isInfinite(temperature),
                "--temperature: got " + temperature + ", wanted a finite number, 0 or more");
        refuse(topK < 0, "--top-k: got " + topK + ", wanted 0 or more");
        refuse(!(topP > 0 && topP <= 1), "--top-p: got " + topP + ", wanted more than 0 and at most 1");
        refuse(!Files.isDirectory(model), "--model: " + model + " is no folder");
        GenerationOptions options = new GenerationOptions(maxCompletionLength, temperature, topK, topP, 0, seed);
        Map<String, List<Sample>> splits = readSplits();
        if (output != null) {
            refuseContent(output);
            // Before the questions are answered: hours of work must not end at a folder that cannot be written.
            Files.createDirectories(output);
        }
        Map<String, Evaluation> evaluations = new Answering(prompt, options, batchSize, threads).answer(model, splits);
        if (output != null) {
            write(splits, evaluations);
        }
        evaluations.forEach((split, evaluation) -> spec.commandLine().getOut().println(Scores.line(split, evaluation)));
        return Main.OK;
    }

    private void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new CommandLine.ParameterException(spec.commandLine(), message);
        }
    }

    private Map<String, List<Sample>> readSplits() {
        Map<String, List<Sample>> splits = new LinkedHashMap<>();
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
            SampleSet all = SampleReader.read(file, imageRoot, onBadRecord);
            Scores.skipped(spec.commandLine().getErr(), all.summary());
            refuse(splits.put(name, all.part(0, maxSamples)) != null, "--data: two splits are named " + name);
        }
        return splits;
    }

    private static void refuseContent(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new RunException("output folder " + folder + " is not empty; name another");
                }
            }
        }
    }

    private void write(Map<String, List<Sample>> splits, Map<String, Evaluation> evaluations) throws IOException {
        List<EvaluationSummary.Split> described = new ArrayList<>();
        Map<String, EvaluationSummary.Score> scores = new LinkedHashMap<>();
        for (Map.Entry<String, Evaluation> entry : evaluations.entrySet()) {
            String split = entry.getKey();
            described.add(Scores.split(split, split, splits.get(split)));
            scores.put(split, Scores.of(entry.getValue()));
            RunOutput.writeFile(output.resolve("predictions-" + split + ".jsonl"), predictions(entry.getValue()));
        }
        String name = model.toAbsolutePath().normalize().getFileName().toString();
        new EvaluationSummary(described, List.of(new EvaluationSummary.Model(name, name, scores)), List.of())
                .write(output.resolve("summary.json"));
    }

    private static String predictions(Evaluation evaluation) throws IOException {
        ObjectMapper json = new ObjectMapper();
        StringBuilder lines = new StringBuilder();
        for (Evaluation.Prediction prediction : evaluation.predictions()) {
            Sample sample = prediction.sample();
            ObjectNode line = json.createObjectNode();
            line.put("id", sample.id());
            line.put("problem", sample.problem());
            line.put("answer", sample.answer());
            line.put("completion", prediction.completion());
            line.put("correct", prediction.correct());
            line.put("formatted", prediction.formatted());
            line.put("tokens", prediction.tokens());
            line.put("finished", prediction.finished());
            lines.append(json.writeValueAsString(line)).append('\n');
        }
        return lines.toString();
    }
}
