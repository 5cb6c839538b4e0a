package org.reasonrft.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.reasonrft.data.RecordCorpus;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskFolder;
import org.reasonrft.model.FreshCheckpoint;
import org.reasonrft.run.RunOutput;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.ParameterType;

/**
 * The comparison of the paper's table 1 with a model of a million parameters: every task gets one base model, which
 * describes pictures, and from it the variants are trained with every seed.
 */
final class Reproduction {
    /**
     * How much of everything.
     *
     * @param captions descriptions of pictures that a base model is made with
     * @param chains questions with a teacher's chains of thought
     * @param train other questions with right answers
     * @param test questions of each split that models are compared on
     * @param steps factor on the steps that the recipes name
     */
    record Size(int captions, int chains, int train, int test, double steps) {
        static Size usual(double steps) {
            return new Size(60_000, 6_400, 12_800, 500, steps);
        }

        /** As many steps as a recipe names, by the factor; at least 1. */
        long scaled(int recipeSteps) {
            return Math.max(1, Math.round(recipeSteps * steps));
        }
    }

    /** Of the base models and their data, whatever the seeds of the runs. */
    private static final long BASE_SEED = 1;

    private final Path output;
    private final Map<ReasonRftTask, Path> givenBases;
    private final Size size;
    private final int threads;
    private final StopSignal stop;
    private final PrintWriter out;

    Reproduction(
            Path output,
            Map<ReasonRftTask, Path> givenBases,
            Size size,
            int threads,
            StopSignal stop,
            PrintWriter out) {
        this.output = output;
        this.givenBases = givenBases;
        this.size = size;
        this.threads = threads;
        this.stop = stop;
        this.out = out;
    }

    /**
     * Trains, evaluates and writes the results.
     *
     * @return false when it was asked to stop on the way
     */
    boolean run(List<ReasonRftTask> tasks, List<Long> seeds, boolean resume) throws IOException {
        Stages.claim(output, resume);
        List<ReproductionRun.Outcome> outcomes = new ArrayList<>();
        try {
            for (ReasonRftTask task : tasks) {
                Path base = base(task);
                if (base == null) {
                    return false;
                }
                for (long seed : seeds) {
                    ReproductionRun run = new ReproductionRun(
                            task,
                            seed,
                            output.resolve(task.toString()).resolve("seed-" + seed),
                            size,
                            threads,
                            stop,
                            out);
                    if (!run.run(base)) {
                        return false;
                    }
                    outcomes.add(run.outcome());
                }
            }
        } catch (CancellationException e) {
            return false;
        }
        out.println();
        out.print(ReproductionResults.of(outcomes).write(output));
        out.println("figure:  " + output.resolve(ReproductionResults.FIGURE));
        return true;
    }

    /** The base model of a task; null when its training was asked to stop. */
    private Path base(ReasonRftTask name) throws IOException {
        if (givenBases.containsKey(name)) {
            return givenBases.get(name);
        }
        Path folder = output.resolve(name.toString());
        SmallTask task = SmallTask.of(name);
        if (task.imageMean() == null) {
            Path base = folder.resolve("base");
            if (Files.notExists(base)) {
                BaseModel.extractTo(base);
            }
            return base;
        }
        Path data = folder.resolve("base-data");
        Path fresh = folder.resolve("fresh");
        out.println();
        out.println(name + ": base model");
        out.flush();
        if (Files.notExists(data)) {
            TaskFolder.write(task.generator(), BASE_SEED, baseCounts(task), data);
        }
        if (Files.notExists(fresh)) {
            List<Path> records = baseCounts(task).keySet().stream()
                    .map(split -> data.resolve(split.label() + ".json"))
                    .toList();
            RunOutput.publish(
                    fresh,
                    target -> FreshCheckpoint.write(
                            target,
                            FreshCheckpoint.Size.million(),
                            RecordCorpus.texts(records),
                            task.imageMean(),
                            ParameterType.FLOAT32.scalarType(),
                            BASE_SEED));
        }
        Stages stages = new Stages(folder, BASE_SEED, threads, stop);
        Path base = stages.sft("base", reader -> {
            Variant.Scale.SMALL
                    .add(reader, "captions", name)
                    .set("model", "model", fresh.toString())
                    .set("data", "data", data.resolve("captions.json").toString())
                    .set(
                            "data",
                            "evaluation.data.captions",
                            data.resolve("captions-test.json").toString());
            reader.set(
                    "steps",
                    "max_steps",
                    Long.toString(size.scaled(reader.resolve().maxSteps())));
        });
        return stages.interrupted() ? null : base;
    }

    /** Beside captions some questions: a base model never sees them, but has tokens for their words. */
    private Map<Split, Integer> baseCounts(SmallTask task) {
        int words = Math.min(2_000, size.chains());
        Map<Split, Integer> counts = new LinkedHashMap<>();
        counts.put(Split.of(Purpose.CAPTIONS), size.captions());
        counts.put(Split.of(Purpose.CAPTIONS_TEST), size.test());
        counts.put(Split.of(Purpose.CHAINS), words);
        counts.put(Split.of(Purpose.TRAIN), words);
        task.compared().forEach(split -> counts.put(split, words));
        return counts;
    }
}
