package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.counting.CountingGenerator;
import org.reasonrft.data.counting.CountingSpec;
import org.reasonrft.data.counting.CountingSplit;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.EvaluationOptions;
import org.reasonrft.report.EvaluationSummary;
import org.reasonrft.report.HtmlReport;
import org.reasonrft.report.ReportContent;
import org.reasonrft.report.RunFiles;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.ParameterType;

/**
 * The stages of the quickstart. Each leaves a folder; a stage whose folder is complete is not repeated, and one that was stopped in the
 * middle is resumed with the configuration it began with.
 *
 * <p>It starts, as Reason-RFT does, from a model that sees but does not reason: the {@link BaseModel} that comes with the program. The
 * control continues phase 1 on the same chains for the time that GRPO took, so that the two differ in the method alone. The chains come from
 * a teacher who overlooks objects: supervision hands its errors on, rewards on right answers can undo them.
 */
final class Quickstart {
    /**
     * How much of everything.
     *
     * @param chains questions of phase 1, with a teacher's chains of thought
     * @param overlooking probability that the teacher misses a green or purple object, 0 to 1
     * @param train questions of phase 2, with right answers
     * @param test  questions of each kind for evaluation
     * @param steps factor on the steps that the recipes name
     */
    record Size(int chains, double overlooking, int train, int test, double steps) {
        /** With 1,000 questions the standard error of an accuracy near one half is 1.6 points. */
        static Size usual(double overlooking, double steps) {
            return new Size(1_600, overlooking, 8_400, 1_000, steps);
        }
    }

    private static final int EXAMPLES_PER_SPLIT = 3;

    private final Path output;
    private final Path givenBase;
    private final Size size;
    private final long seed;
    private final int threads;
    private final StopSignal stop;
    private final PrintWriter out;
    private final Stages stages;

    Quickstart(Path output, Path givenBase, Size size, long seed, int threads, StopSignal stop, PrintWriter out) {
        this.output = output;
        this.givenBase = givenBase;
        this.size = size;
        this.seed = seed;
        this.threads = threads;
        this.stop = stop;
        this.out = out;
        stages = new Stages(output, seed, threads, stop);
    }

    /** Runs all stages; false when it was asked to stop on the way. */
    boolean run(boolean resume) throws IOException {
        Stages.claim(output, resume);
        makeData();
        Path base = base();
        Path sft = sft("sft", "1. Phase 1: supervised fine-tuning on chains of thought", base, 0);
        Path grpo = stages.interrupted() ? null : grpo(sft);
        Path control = stages.interrupted() ? null : control(sft);
        if (stages.interrupted()) {
            return false;
        }
        Map<String, Path> models = new LinkedHashMap<>();
        models.put("base", base);
        models.put("sft", sft);
        models.put("grpo", grpo);
        models.put("control", control);
        try {
            report(models);
        } catch (CancellationException e) {
            return false;
        }
        return true;
    }

    private void heading(String text) {
        out.println();
        out.println(text);
        out.flush();
    }

    private Path data(CountingSplit split) {
        return output.resolve("data").resolve(split.label() + ".json");
    }

    private void makeData() {
        if (Files.exists(output.resolve("data"))) {
            return;
        }
        heading("0. Making " + (size.chains() + size.train() + 2 * size.test())
                + " pictures with questions, answers and chains of thought");
        List<CountingSpec> specs = new ArrayList<>();
        specs.add(new CountingSpec(CountingSplit.CHAINS, size.chains(), seed).withOverlooking(size.overlooking()));
        specs.add(new CountingSpec(CountingSplit.TRAIN, size.train(), seed));
        specs.add(new CountingSpec(CountingSplit.TEST, size.test(), seed));
        specs.add(new CountingSpec(CountingSplit.SHIFT, size.test(), seed));
        CountingGenerator.generate(specs, output.resolve("data"));
    }

    /** The model that can see, and has not learnt to answer. */
    private Path base() {
        if (givenBase != null) {
            return givenBase;
        }
        Path base = output.resolve("base");
        if (Files.notExists(base)) {
            BaseModel.extractTo(base);
        }
        return base;
    }

    /**
     * One supervised stage.
     *
     * @param maxSteps 0: as many as the recipe says
     */
    private Path sft(String stage, String heading, Path model, long maxSteps) throws IOException {
        heading(heading);
        return stages.sft(stage, reader -> {
            begin(reader, "reason-rft-sft", model, CountingSplit.CHAINS);
            setSteps(reader, maxSteps == 0 ? scaled(reader.resolve().maxSteps()) : maxSteps);
        });
    }

    private Path grpo(Path sft) throws IOException {
        heading("2. Phase 2: GRPO on other questions, with right answers and no chains of thought");
        return stages.grpo("grpo", reader -> {
            begin(reader, "reason-rft-grpo", sft, CountingSplit.TRAIN);
            setSteps(reader, scaled(reader.resolve().maxSteps()));
        });
    }

    private Path control(Path sft) throws IOException {
        long steps = RunFiles.read(output.resolve("sft"))
                .stepsWithin(RunFiles.read(output.resolve("grpo")).seconds());
        return sft("control", "3. Control: phase 1 goes on for as long as GRPO took", sft, steps);
    }

    /** The recipe for small models and what the quickstart changes in it, with model and questions. */
    private void begin(ConfigReader<?> reader, String recipe, Path model, CountingSplit questions) {
        Recipes.add(reader, "small/" + recipe);
        Recipes.add(reader, "small/quickstart/" + recipe)
                .set("model", "model", model.toString())
                .set("data", "data", data(questions).toString())
                .set("data", "evaluation.data.test", data(CountingSplit.TEST).toString())
                .set("data", "evaluation.data.shift", data(CountingSplit.SHIFT).toString());
    }

    private long scaled(int steps) {
        return Math.max(1, Math.round(steps * size.steps()));
    }

    private static void setSteps(ConfigReader<?> reader, long steps) {
        reader.set("steps", "max_steps", Long.toString(steps));
    }

    private void report(Map<String, Path> models) throws IOException {
        heading("4. Evaluation of all models on " + size.test() + " questions of each kind");
        Map<String, List<Sample>> splits = new LinkedHashMap<>();
        splits.put("test", SampleReader.read(data(CountingSplit.TEST)));
        splits.put("shift", SampleReader.read(data(CountingSplit.SHIFT)));
        GrpoConfig grpo = ConfigReader.of(GrpoConfig.class)
                .file(output.resolve("grpo").resolve(RunFolder.CONFIG))
                .resolve();
        EvaluationOptions options = EvaluationOptions.greedy(
                grpo.maxCompletionLength(), grpo.evaluation().batchSize());
        Map<String, Map<String, Evaluation>> evaluations = new LinkedHashMap<>();
        for (Map.Entry<String, Path> model : models.entrySet()) {
            out.println(label(model.getKey()));
            out.flush();
            Map<String, Evaluation> results = new LinkedHashMap<>();
            try (Answering answering = Answering.open(
                    model.getValue(),
                    ParameterType.FLOAT32,
                    PromptSet.resolve(grpo.prompt()),
                    options,
                    Answering.PixelBounds.OF_THE_CHECKPOINT,
                    threads)) {
                for (Map.Entry<String, List<Sample>> split : splits.entrySet()) {
                    results.put(
                            split.getKey(),
                            answering.answer(
                                    split.getKey(), split.getValue(), List.of(), batch -> {}, stop::requested));
                }
            }
            evaluations.put(model.getKey(), results);
        }
        EvaluationSummary summary = summary(splits, evaluations);
        summary.write(output.resolve("evaluation.json"));
        String outcome = outcome(evaluations, "test", "questions of the kind trained on") + " "
                + outcome(evaluations, "shift", "questions with colour-shape pairs and backgrounds never trained on");
        Path report = output.resolve(RunFolder.REPORT);
        HtmlReport.write(report, new ReportContent("Reason-RFT quickstart: visual counting", outcome, runs(), summary));

        heading("What was learnt");
        evaluations.forEach((model, results) -> {
            out.println(label(model));
            results.forEach((split, evaluation) -> out.println("  " + Scores.line(split, evaluation)));
        });
        out.println();
        out.println(outcome);
        out.println();
        out.println("report: " + report);
        out.println("models: " + models.get("sft") + " (phase 1), " + models.get("grpo") + " (phase 2)");
    }

    private List<ReportContent.Run> runs() {
        List<ReportContent.Run> runs = new ArrayList<>();
        runs.add(new ReportContent.Run("sft", label("sft"), output.resolve("sft"), null));
        runs.add(new ReportContent.Run("grpo", label("grpo"), output.resolve("grpo"), "sft"));
        runs.add(new ReportContent.Run("control", label("control"), output.resolve("control"), "sft"));
        return runs;
    }

    private static String label(String model) {
        return switch (model) {
            case "base" -> "Base model";
            case "sft" -> "Phase 1: CoT-SFT";
            case "grpo" -> "Phase 2: GRPO";
            default -> "SFT-only control";
        };
    }

    private static EvaluationSummary summary(
            Map<String, List<Sample>> splits, Map<String, Map<String, Evaluation>> evaluations) {
        List<EvaluationSummary.Split> described = new ArrayList<>();
        splits.forEach((name, samples) -> described.add(Scores.split(
                name, name.equals("test") ? "Same kind of scenes" : "Unseen pairs and backgrounds", samples)));
        List<EvaluationSummary.Model> models = new ArrayList<>();
        evaluations.forEach((name, results) -> {
            Map<String, EvaluationSummary.Score> scores = new LinkedHashMap<>();
            results.forEach((split, evaluation) -> scores.put(split, Scores.of(evaluation)));
            models.add(new EvaluationSummary.Model(name, label(name), scores));
        });
        List<EvaluationSummary.Example> examples = new ArrayList<>();
        splits.keySet().forEach(split -> examples.addAll(Scores.disagreements(split, evaluations, EXAMPLES_PER_SPLIT)));
        return new EvaluationSummary(described, models, examples);
    }

    private static String outcome(Map<String, Map<String, Evaluation>> evaluations, String split, String questions) {
        return String.format(
                Locale.ROOT,
                "On %s, GRPO took the accuracy from %.1f %% to %.1f %%; the same time of further supervised training took it to %.1f %%.",
                questions,
                percent(evaluations, "sft", split),
                percent(evaluations, "grpo", split),
                percent(evaluations, "control", split));
    }

    private static double percent(Map<String, Map<String, Evaluation>> evaluations, String model, String split) {
        return 100 * evaluations.get(model).get(split).accuracy();
    }
}
