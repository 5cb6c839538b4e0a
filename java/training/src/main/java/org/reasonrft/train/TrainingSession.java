package org.reasonrft.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.EvaluationOptions;
import org.reasonrft.eval.Evaluator;
import org.reasonrft.model.LoraAdapter;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.model.QwenModel;
import org.reasonrft.rollout.Generator;
import org.reasonrft.rollout.PromptEncoder;
import org.reasonrft.run.Checkpoints;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.RunLog;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.Torch;

/**
 * What both phases do around their algorithm: the run folder, starting or resuming, the optimizer, logging, evaluation
 * while training and checkpoints. A step is {@link #beginStep}, the algorithm, {@link #update}, {@link #endStep}.
 */
final class TrainingSession implements AutoCloseable {
    /**
     * The parts of a configuration that both phases have.
     *
     * @param phase name in checkpoints and messages
     * @param configuration written to the run folder
     */
    record Setup(
            String phase,
            Record configuration,
            Path model,
            Path output,
            String prompt,
            boolean freezeVision,
            ParameterType dtype,
            LoraSettings lora,
            long seed,
            OptimizerConfig optimizer,
            EvaluationConfig evaluation,
            int maxCompletionLength,
            int saveSteps,
            int saveTotalLimit,
            int threads) {}

    /** Pixel values kept between steps. */
    private static final long PICTURE_CACHE_BYTES = 512L << 20;

    private final Setup setup;
    private final int threads;
    private final RunFolder folder;
    private final RunLog log;
    private final ModelDirectory model;
    private final AdamW optimizer;
    private final PromptEncoder encoder;
    private final Generator generator;
    private final PromptSet prompts;
    private final Map<String, List<Sample>> evaluationData;
    private final Map<String, Evaluation> lastEvaluations = new LinkedHashMap<>();
    private long step;
    private long tokens;
    private long stepStart;
    /** Of this step, with gradient. */
    private int passes;

    /**
     * Opens or resumes a run. Data and model are read before the run folder is touched, so a refused start leaves
     * nothing behind.
     *
     * @param resume continue from the newest checkpoint in the run folder (from the start if there is none yet)
     * @param check refuses data that do not fit the model, by throwing
     */
    static TrainingSession open(Setup setup, boolean resume, Consumer<ModelDirectory> check) throws IOException {
        PromptSet prompts = PromptSet.resolve(setup.prompt());
        Map<String, List<Sample>> evaluationData = readEvaluationData(setup.evaluation());
        int threads = setup.threads() == 0 ? Runtime.getRuntime().availableProcessors() : setup.threads();
        ModelDirectory model = null;
        RunFolder folder = null;
        try {
            if (!resume) {
                model = start(setup, check);
            }
            folder = resume ? RunFolder.resume(setup.output()) : RunFolder.create(setup.output());
            Optional<Checkpoints.Checkpoint> latest = folder.checkpoints().latest();
            if (resume) {
                model = latest.isPresent() ? load(latest.get().path(), setup, check) : start(setup, check);
                requireSameKind(model, setup, folder.path());
            } else {
                folder.writeConfig(setup.configuration());
            }
            return new TrainingSession(setup, threads, folder, latest, model, prompts, evaluationData);
        } catch (IOException | RuntimeException e) {
            if (folder != null) {
                folder.close();
            }
            if (model != null) {
                model.close();
            }
            throw e;
        }
    }

    /**
     * The model to begin with: an adapter it comes with becomes part of it, and it gets a new one if that is trained.
     */
    private static ModelDirectory start(Setup setup, Consumer<ModelDirectory> check) throws IOException {
        ModelDirectory model = load(setup.model(), setup, check);
        try {
            model.mergeAdapter();
            if (setup.lora().enabled()) {
                model.put(LoraAdapter.create(
                        model.model(), setup.lora().config(), name -> isTrained(name, setup), setup.seed()));
            }
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static void requireSameKind(ModelDirectory model, Setup setup, Path run) {
        if ((model.adapter() != null) != setup.lora().enabled()) {
            throw new IllegalArgumentException("lora.rank: got " + setup.lora().rank() + ", but the checkpoint in "
                    + run + (model.adapter() == null ? " has no adapter" : " is that of an adapter"));
        }
    }

    private static boolean isTrained(String parameter, Setup setup) {
        return !setup.freezeVision() || !parameter.startsWith("visual.");
    }

    private static ModelDirectory load(Path path, Setup setup, Consumer<ModelDirectory> check) throws IOException {
        ModelDirectory model;
        try (PointerScope scope = new PointerScope()) {
            model = ModelDirectory.load(path, setup.dtype().scalarType(), new Device("cpu"));
        }
        try {
            int positions = model.model().config().text().maxPositions();
            if (setup.maxCompletionLength() > positions) {
                throw new IllegalArgumentException("max_completion_length: got " + setup.maxCompletionLength()
                        + ", but " + path + " has only " + positions + " positions");
            }
            // Refuses a tokenizer that lacks the tokens of a conversation, before there is a folder.
            Generator.forChat(model);
            check.accept(model);
            return model;
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private TrainingSession(
            Setup setup,
            int threads,
            RunFolder folder,
            Optional<Checkpoints.Checkpoint> latest,
            ModelDirectory model,
            PromptSet prompts,
            Map<String, List<Sample>> evaluationData)
            throws IOException {
        this.setup = setup;
        this.threads = threads;
        this.folder = folder;
        this.model = model;
        this.prompts = prompts;
        this.evaluationData = evaluationData;
        Torch.setThreads(threads, model.model().config().text().hiddenSize());
        encoder = new PromptEncoder(
                model.tokenizer(),
                model.template(),
                model.processor(),
                model.model().config(),
                PICTURE_CACHE_BYTES);
        generator = Generator.forChat(model);
        optimizer = new AdamW(trained(model, setup), setup.optimizer().adamW());
        if (latest.isPresent()) {
            TrainingState.Header header = TrainingState.restore(latest.get().path(), setup.phase(), threads, optimizer);
            step = header.step();
            tokens = header.tokens();
        }
        // Step 0 is the evaluation before training; -1 clears what a run that was killed before its first checkpoint
        // wrote.
        log = folder.openLog(latest.isPresent() ? step : -1);
    }

    /** The adapter, or the parameters that are not frozen; all others ask for no gradient. */
    private static Map<String, Tensor> trained(ModelDirectory model, Setup setup) {
        model.model().requireGradients(name -> false);
        if (model.adapter() != null) {
            return model.adapter().parameters();
        }
        Map<String, Tensor> trained = new LinkedHashMap<>();
        model.model().parameters().forEach((name, parameter) -> {
            if (isTrained(name, setup)) {
                trained.put(name, parameter);
            }
        });
        return trained;
    }

    private static Map<String, List<Sample>> readEvaluationData(EvaluationConfig config) {
        Map<String, List<Sample>> data = new LinkedHashMap<>();
        config.data().forEach((split, file) -> {
            List<Sample> samples = SampleReader.read(file, config.imageRoot());
            boolean all = config.samples() == 0 || config.samples() >= samples.size();
            data.put(split, all ? samples : samples.subList(0, config.samples()));
        });
        return data;
    }

    ModelDirectory model() {
        return model;
    }

    /** The model beneath the adapter that is trained; without one, the model itself. */
    QwenModel baseModel() {
        return model.adapter() == null ? model.model() : model.adapter().base();
    }

    PromptEncoder encoder() {
        return encoder;
    }

    Generator generator() {
        return generator;
    }

    PromptSet prompts() {
        return prompts;
    }

    RunLog log() {
        return log;
    }

    int threads() {
        return threads;
    }

    /** Steps done. */
    long step() {
        return step;
    }

    /**
     * Passes on the number of steps to train.
     *
     * @throws IllegalArgumentException if more than that are done already
     */
    long until(long maxSteps) {
        if (step > maxSteps) {
            throw new IllegalArgumentException(
                    "max_steps: got " + maxSteps + ", but " + folder.path() + " is at step " + step + " already");
        }
        return maxSteps;
    }

    /** The evaluations after the last step, by split. */
    Map<String, Evaluation> lastEvaluations() {
        return lastEvaluations;
    }

    void beginStep() {
        stepStart = System.nanoTime();
        passes = 0;
    }

    /**
     * Runs a pass that adds to the gradient, with dropout where the adapter has any; masks are a function of seed, step
     * and the number of the pass in its step.
     */
    <T> T trainingPass(Supplier<T> pass) {
        LoraAdapter adapter = model.adapter();
        if (adapter != null) {
            adapter.dropUnder(CounterRandom.combine(CounterRandom.combine(setup.seed(), step), passes));
        }
        passes++;
        try {
            return pass.get();
        } finally {
            if (adapter != null) {
                adapter.dropNothing();
            }
            optimizer.collectGradients();
        }
    }

    /**
     * Applies the accumulated gradient, clipped by norm, and forgets it.
     *
     * @return the norm before clipping
     */
    double update(double learningRate) {
        double norm = optimizer.gradientNorm();
        if (!Double.isFinite(norm)) {
            throw new RunException("step " + (step + 1) + ": the gradient's norm is " + norm
                    + "; the run has diverged, lower the learning rate");
        }
        double limit = setup.optimizer().maxGradNorm();
        optimizer.step(learningRate, limit > 0 && norm > limit ? limit / norm : 1);
        optimizer.zeroGradients();
        return norm;
    }

    /**
     * Counts the step, logs it, and evaluates and saves where that is due.
     *
     * @param metrics what the step measured; a function of configuration, data and seed alone
     * @param stepTokens tokens that passed through the model
     * @param last whether training ends here: then it is evaluated and saved in any case
     */
    void endStep(Map<String, Number> metrics, long stepTokens, boolean last) throws IOException {
        double seconds = (System.nanoTime() - stepStart) * 1e-9;
        step++;
        tokens += stepTokens;
        metrics.put("num_tokens", tokens);
        boolean evaluate = last || due(setup.evaluation().steps());
        if (evaluate) {
            evaluate(metrics);
        }
        log.metrics(step, metrics);
        Map<String, Number> timing = new LinkedHashMap<>();
        timing.put("step_time", seconds);
        timing.put("tokens_per_second", stepTokens / seconds);
        timing.put("resident_bytes", Torch.residentBytes());
        log.timing(step, timing);
        if (last || due(setup.saveSteps())) {
            save();
        }
    }

    private boolean due(int every) {
        return every > 0 && step % every == 0;
    }

    private void evaluate(Map<String, Number> metrics) throws IOException {
        Evaluator evaluator = new Evaluator(
                encoder,
                prompts,
                EvaluationOptions.greedy(
                        setup.maxCompletionLength(), setup.evaluation().batchSize()));
        for (Map.Entry<String, List<Sample>> data : evaluationData.entrySet()) {
            try (PointerScope scope = new PointerScope()) {
                String split = data.getKey();
                Evaluation evaluation = evaluator.evaluate(model, split, data.getValue());
                lastEvaluations.put(split, evaluation);
                metrics.put("eval/" + split + "/accuracy", evaluation.accuracy());
                metrics.put("eval/" + split + "/format", evaluation.format());
                metrics.put("eval/" + split + "/mean_length", evaluation.meanLength());
                metrics.put("eval/" + split + "/truncated", evaluation.truncated());
            }
        }
    }

    /** Publishes a checkpoint of the current step; the logs before it are on the device first. */
    void save() {
        log.sync();
        folder.checkpoints().publish(step, checkpoint -> {
            model.writeInto(checkpoint);
            TrainingState.write(checkpoint, new TrainingState.Header(setup.phase(), step, threads, tokens), optimizer);
        });
        folder.checkpoints().keepLast(setup.saveTotalLimit());
    }

    /** Saves what a stop before the end would lose, and sums the run up. */
    TrainingResult finish(boolean complete) {
        Optional<Checkpoints.Checkpoint> latest = folder.checkpoints().latest();
        if (latest.isEmpty() || latest.get().step() < step) {
            save();
        }
        Path checkpoint = folder.checkpoints().latest().orElseThrow().path();
        return new TrainingResult(step, complete, checkpoint, Map.copyOf(lastEvaluations));
    }

    @Override
    public void close() {
        try (folder;
                log;
                model) {
            optimizer.close();
        }
    }
}
