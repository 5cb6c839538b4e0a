package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskFolder;
import org.reasonrft.eval.EvaluationOptions;
import org.reasonrft.report.RunFiles;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.ParameterType;
import org.reasonrft.train.SftConfig;

/**
 * The variants on one task with one seed, which decides data, order and sampling. Each stage leaves a folder; a stage
 * whose folder is complete is not repeated.
 *
 * <p>Reason-RFT is trained first. CoT-SFT then gets as many steps as fit into the seconds that both of its phases took,
 * ANS-SFT as many as CoT-SFT, and Zero as many as phase 2.
 */
final class ReproductionRun {
    private static final int BATCH = 128;

    private final ReasonRftTask name;
    private final SmallTask task;
    private final long seed;
    private final Path folder;
    private final Reproduction.Size size;
    private final int threads;
    private final StopSignal stop;
    private final PrintWriter out;
    private final Stages stages;

    ReproductionRun(
            ReasonRftTask name,
            long seed,
            Path folder,
            Reproduction.Size size,
            int threads,
            StopSignal stop,
            PrintWriter out) {
        this.name = name;
        this.seed = seed;
        this.folder = folder;
        this.size = size;
        this.threads = threads;
        this.stop = stop;
        this.out = out;
        task = SmallTask.of(name);
        stages = new Stages(folder, seed, threads, stop);
    }

    /**
     * What came out, read once.
     *
     * @param scores by split
     * @param training what was logged, stage by stage
     * @param questionsPerStep of phase 2
     */
    record Outcome(
            ReasonRftTask task,
            long seed,
            Map<Contender, Map<String, SplitScores>> scores,
            Map<Contender, List<RunFiles>> training,
            int questionsPerStep) {
        Map<String, SplitScores> scores(Contender contender) {
            return scores.get(contender);
        }

        List<RunFiles> training(Contender contender) {
            return training.get(contender);
        }
    }

    /** The outcome, once {@link #run} has returned true. */
    Outcome outcome() {
        Map<Contender, Map<String, SplitScores>> scores = new EnumMap<>(Contender.class);
        Map<Contender, List<RunFiles>> training = new EnumMap<>(Contender.class);
        for (Contender contender : Contender.values()) {
            scores.put(contender, SplitScores.read(scoresFile(contender)));
            training.put(contender, contender.stages().stream().map(this::files).toList());
        }
        int questions = ConfigReader.of(GrpoConfig.class)
                .file(stages.folder(Contender.REASON_RFT.last().name()).resolve(RunFolder.CONFIG))
                .resolve()
                .questionsPerStep();
        return new Outcome(name, seed, scores, training, questions);
    }

    private Path scoresFile(Contender contender) {
        return folder.resolve("scores").resolve(contender.name().toLowerCase(Locale.ROOT) + ".json");
    }

    private Path data(String split) {
        return folder.resolve("data").resolve(split + ".json");
    }

    /**
     * Does what is left to do.
     *
     * @return false when it was asked to stop on the way
     */
    boolean run(Path base) throws IOException {
        makeData();
        Map<Contender, Path> models = new EnumMap<>(Contender.class);
        models.put(Contender.ZERO_SHOT, base);
        for (Variant variant : List.of(Variant.REASON_RFT, Variant.COT_SFT, Variant.ANS_SFT, Variant.ZERO)) {
            Path model = base;
            for (Variant.Stage stage : variant.stages()) {
                heading(stage.name());
                Path start = model;
                model = stage.supervised()
                        ? stages.sft(stage.name(), reader -> configure(reader, stage, start))
                        : stages.grpo(stage.name(), reader -> configure(reader, stage, start));
                if (stages.interrupted()) {
                    return false;
                }
                models.put(Contender.of(stage), model);
            }
        }
        for (Map.Entry<Contender, Path> model : models.entrySet()) {
            if (Files.notExists(scoresFile(model.getKey()))) {
                heading("evaluation of " + model.getKey().label());
                evaluate(model.getKey(), model.getValue());
            }
        }
        return true;
    }

    private void heading(String what) {
        out.println();
        out.println(name + ", seed " + seed + ": " + what);
        out.flush();
    }

    private void makeData() {
        if (Files.exists(folder.resolve("data"))) {
            return;
        }
        heading("pictures and questions");
        Map<Split, Integer> counts = new LinkedHashMap<>();
        counts.put(Split.of(Purpose.CHAINS), size.chains());
        counts.put(Split.of(Purpose.TRAIN), size.train());
        task.compared().forEach(split -> counts.put(split, size.test()));
        TaskFolder.write(task.generator(), seed, counts, folder.resolve("data"));
    }

    private void configure(ConfigReader<?> reader, Variant.Stage stage, Path start) {
        Purpose questions = stage.learns() == Variant.Learns.CHAINS ? Purpose.CHAINS : Purpose.TRAIN;
        Variant.Scale.SMALL
                .add(reader, stage, name)
                .set("model", "model", start.toString())
                .set("data", "data", data(questions.label()).toString());
        for (Split split : task.compared()) {
            reader.set(
                    "data",
                    "evaluation.data." + split.label(),
                    data(split.label()).toString());
        }
        reader.set("steps", "max_steps", Long.toString(steps(reader, stage)));
    }

    private long steps(ConfigReader<?> reader, Variant.Stage stage) {
        return switch (Contender.of(stage)) {
            case COT_SFT -> {
                // A step on chains takes as long in both.
                RunFiles phase1 = files(Contender.PHASE_1.last());
                RunFiles phase2 = files(Contender.REASON_RFT.last());
                yield phase1.stepsWithin(phase1.seconds() + phase2.seconds());
            }
            case ANS_SFT -> stepsOf(Contender.COT_SFT);
            case ZERO -> stepsOf(Contender.REASON_RFT);
            default -> {
                Record recipe = reader.resolve();
                int steps = recipe instanceof SftConfig sft ? sft.maxSteps() : ((GrpoConfig) recipe).maxSteps();
                yield size.scaled(steps);
            }
        };
    }

    private long stepsOf(Contender contender) {
        return files(contender.last()).lastStep();
    }

    private RunFiles files(Variant.Stage stage) {
        return RunFiles.read(stages.folder(stage.name()));
    }

    /** How a model was asked in its last stage. */
    private record Asked(String prompt, int maxCompletionLength) {}

    private Asked asked(Variant.Stage stage) {
        Path file = stages.folder(stage.name()).resolve(RunFolder.CONFIG);
        if (stage.supervised()) {
            SftConfig config = ConfigReader.of(SftConfig.class).file(file).resolve();
            return new Asked(config.prompt(), config.maxCompletionLength());
        }
        GrpoConfig config = ConfigReader.of(GrpoConfig.class).file(file).resolve();
        return new Asked(config.prompt(), config.maxCompletionLength());
    }

    private void evaluate(Contender contender, Path model) throws IOException {
        // The base model is asked as Reason-RFT is, which starts from it.
        Asked asked = asked((contender.last() == null ? Contender.REASON_RFT : contender).last());
        Map<String, SplitScores> scores = new LinkedHashMap<>();
        try (Answering answering = Answering.open(
                model,
                ParameterType.FLOAT32,
                PromptSet.resolve(asked.prompt()),
                EvaluationOptions.greedy(asked.maxCompletionLength(), BATCH),
                Answering.PixelBounds.OF_THE_CHECKPOINT,
                threads)) {
            for (Split split : task.compared()) {
                List<Sample> samples = SampleReader.read(data(split.label()));
                scores.put(
                        split.label(),
                        SplitScores.of(
                                answering.answer(split.label(), samples, List.of(), batch -> {}, stop::requested)));
            }
        }
        Files.createDirectories(folder.resolve("scores"));
        SplitScores.write(scoresFile(contender), scores);
    }
}
