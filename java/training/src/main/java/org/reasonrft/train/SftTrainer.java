package org.reasonrft.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.data.DataException;
import org.reasonrft.data.ReadSummary;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.SampleSet;
import org.reasonrft.data.TargetText;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.LogProbs;
import org.reasonrft.kernels.View;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.model.QwenModel;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.run.Progress;
import org.reasonrft.torch.TensorViews;

/**
 * Phase 1: supervised fine-tuning on chain-of-thought data (Reason-RFT section 3.2, stage 1). Cross-entropy on the
 * assistant's tokens, end of turn included; the prompt is context only. The loss of a step is the mean over its target
 * tokens.
 *
 * <p>A step, top to bottom: take a batch of samples of like length; for each micro-batch run the model over prompts and
 * targets, have the kernels turn logits into log-probs and then, in place, into the loss's gradient, and hand that to
 * libtorch; update the weights.
 */
public final class SftTrainer {
    private final SftConfig config;
    private final ReadSummary data;
    private final List<Sample> samples;

    /**
     * Reads the data.
     *
     * @throws DataException if a record is malformed or lacks what the target needs
     */
    public SftTrainer(SftConfig config) {
        this.config = config;
        SampleSet all = SampleReader.read(config.data(), config.imageRoot(), config.onBadRecord());
        data = all.summary();
        samples = all.part(0, config.maxSamples());
        try {
            samples.forEach(this::target);
        } catch (DataException e) {
            throw new DataException(config.data() + ": " + e.getMessage(), e);
        }
    }

    /** How reading the record file went. */
    public ReadSummary data() {
        return data;
    }

    /**
     * Trains until the last step or until asked to stop.
     *
     * @param resume continue the run in the output folder
     * @param stop asked before each step; true ends the run there, with a checkpoint that can be resumed
     */
    public TrainingResult run(boolean resume, BooleanSupplier stop) throws IOException {
        List<long[]> targets = new ArrayList<>();
        try (TrainingSession session = TrainingSession.open(
                setup(), resume, model -> samples.forEach(sample -> targets.add(tokens(model, sample))))) {
            SampleOrder order = new SampleOrder(
                    samples.size(),
                    config.batchSize(),
                    config.seed(),
                    targets.stream().mapToInt(t -> t.length).toArray());
            long maxSteps = session.until(config.maxSteps() > 0 ? config.maxSteps() : order.stepsFor(config.epochs()));
            try (Progress progress = Progress.start("sft", session.step(), maxSteps)) {
                while (session.step() < maxSteps && !stop.getAsBoolean()) {
                    session.beginStep();
                    try (PointerScope scope = new PointerScope()) {
                        Map<String, Number> metrics = new LinkedHashMap<>();
                        double rate = config.optimizer().rateAt(session.step(), maxSteps);
                        int[] batch = order.batch(session.step());
                        long passed = accumulateGradient(session, batch, targets, metrics);
                        metrics.put("grad_norm", session.update(rate));
                        metrics.put("learning_rate", rate);
                        session.endStep(metrics, passed, session.step() + 1 == maxSteps);
                        progress.update(session.step(), Map.of("loss", metrics.get("loss")));
                    }
                }
            }
            return session.finish(session.step() == maxSteps);
        }
    }

    /** Adds the gradient of the batch's mean loss to the parameters'. */
    private long accumulateGradient(
            TrainingSession session, int[] batch, List<long[]> targets, Map<String, Number> metrics)
            throws IOException {
        long targetTokens = 0;
        for (int index : batch) {
            targetTokens += targets.get(index).length;
        }
        double lossSum = 0;
        long correct = 0;
        long passed = 0;
        for (int from = 0; from < batch.length; from += config.microBatchSize()) {
            try (PointerScope scope = new PointerScope()) {
                List<Prompt> prompts = new ArrayList<>();
                List<long[]> completions = new ArrayList<>();
                for (int i = from; i < from + config.microBatchSize(); i++) {
                    Sample sample = samples.get(batch[i]);
                    prompts.add(session.encoder().encode(session.prompts().fill(sample), sample.images()));
                    completions.add(targets.get(batch[i]));
                }
                CompletionRows rows = CompletionRows.of(completions, null);
                float[] gradient = new float[(int) (rows.rows() * rows.tokens())];
                Arrays.fill(gradient, -1f / targetTokens);
                View gradLogProbs = View.copyOf(gradient, rows.rows(), rows.tokens());
                View logProbs = session.trainingPass(() -> lossPass(session, prompts, rows, gradLogProbs));
                for (float logProb : logProbs.toFloatArray()) {
                    lossSum -= logProb;
                }
                passed += rows.count()
                        + prompts.stream().mapToLong(Prompt::length).sum();
            }
        }
        metrics.put("loss", lossSum / targetTokens);
        return passed;
    }

    /** Log-probs of the targets, whose given gradient goes into the parameters'. */
    private View lossPass(TrainingSession session, List<Prompt> prompts, CompletionRows rows, View gradLogProbs) {
        QwenModel model = session.model().model();
        if (!config.gradientCheckpointing()) {
            return lossPass(session, model, CompletionForward.hidden(model, prompts, 1, rows), rows, gradLogProbs);
        }
        RecomputedForward forward = new RecomputedForward(model, prompts, 1, rows);
        View logProbs = lossPass(session, model, forward.hidden(), rows, gradLogProbs);
        forward.backward();
        return logProbs;
    }

    private View lossPass(
            TrainingSession session, QwenModel model, Tensor hidden, CompletionRows rows, View gradLogProbs) {
        if (config.fuseHead()) {
            FusedHead head = new FusedHead(model, hidden, rows, 1, session.threads());
            View logProbs = head.logProbs();
            head.backward(gradLogProbs, null);
            return logProbs;
        }
        Tensor logits = model.logits(hidden);
        View logitsView = TensorViews.of(logits);
        View logProbs = View.allocate(DType.F32, rows.rows(), rows.tokens());
        LogProbs kernel =
                LogProbs.of(logitsView, rows.idsView()).mask(rows.mask()).threads(session.threads());
        kernel.forward(logProbs);
        kernel.backward(gradLogProbs, logitsView);
        CompletionForward.backward(logits, logits);
        return logProbs;
    }

    private String target(Sample sample) {
        return switch (config.target()) {
            case CHAIN_OF_THOUGHT -> TargetText.reasoned(sample);
            case ANSWER -> TargetText.bare(sample);
        };
    }

    private long[] tokens(ModelDirectory model, Sample sample) {
        long[] text = model.tokenizer().encode(target(sample));
        long[] tokens = Arrays.copyOf(text, text.length + 1);
        tokens[text.length] = model.tokenizer().specialTokenId("<|im_end|>");
        if (tokens.length > config.maxCompletionLength()) {
            throw new DataException(config.data() + ": sample '" + sample.id() + "': its target has " + tokens.length
                    + " tokens, max_completion_length is " + config.maxCompletionLength());
        }
        return tokens;
    }

    private TrainingSession.Setup setup() {
        return new TrainingSession.Setup(
                "sft",
                config,
                config.model(),
                config.output(),
                config.prompt(),
                config.freezeVision(),
                config.dtype(),
                config.lora(),
                config.seed(),
                config.optimizer(),
                config.evaluation(),
                config.maxCompletionLength(),
                config.saveSteps(),
                config.saveTotalLimit(),
                config.threads());
    }
}
