package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.EvaluationOptions;
import org.reasonrft.eval.Evaluator;
import org.reasonrft.eval.Prediction;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.rollout.Generator;
import org.reasonrft.rollout.PromptEncoder;
import org.reasonrft.run.Progress;
import org.reasonrft.torch.Torch;
import org.reasonrft.train.ParameterType;

/** A loaded model that answers questions, with a progress bar. */
final class Answering implements AutoCloseable {
    /** Splits share few pictures, so that a large cache would only hold memory. */
    private static final long PICTURE_CACHE_BYTES = 64L << 20;

    /**
     * Bounds on the area of a picture in pixels.
     *
     * @param min null: as in the checkpoint
     * @param max null: as in the checkpoint
     */
    record PixelBounds(Long min, Long max) {
        static final PixelBounds OF_THE_CHECKPOINT = new PixelBounds(null, null);
    }

    private final ModelDirectory model;
    private final Evaluator evaluator;

    private Answering(ModelDirectory model, Evaluator evaluator) {
        this.model = model;
        this.evaluator = evaluator;
    }

    /**
     * Loads a model.
     *
     * @param checkpoint its folder
     * @param dtype type of the parameters and activations
     * @param threads processor threads; 0: all
     */
    static Answering open(
            Path checkpoint,
            ParameterType dtype,
            PromptSet prompts,
            EvaluationOptions options,
            PixelBounds bounds,
            int threads)
            throws IOException {
        ModelDirectory model;
        try (PointerScope scope = new PointerScope()) {
            model = ModelDirectory.load(checkpoint, dtype.scalarType(), new Device("cpu"));
        }
        try {
            int positions = model.model().config().text().maxPositions();
            int longest = options.generation().maxNewTokens();
            if (longest > positions) {
                throw new IllegalArgumentException("longest completion: got " + longest + " tokens, but " + checkpoint
                        + " has only " + positions + " positions");
            }
            Torch.setThreads(
                    threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
                    model.model().config().text().hiddenSize());
            // Refuses a tokenizer that lacks the tokens of a conversation, before there is a folder.
            Generator.forChat(model);
            PromptEncoder encoder = new PromptEncoder(
                    model.tokenizer(),
                    model.template(),
                    model.processor(),
                    model.model().config(),
                    PICTURE_CACHE_BYTES);
            if (!bounds.equals(PixelBounds.OF_THE_CHECKPOINT)) {
                encoder = encoder.withPixelBounds(bounds.min(), bounds.max());
            }
            return new Answering(model, new Evaluator(encoder, prompts, options));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Lets the model answer the questions of a split; see {@link Evaluator#evaluate}.
     *
     * @throws CancellationException if {@code stop} said so
     */
    Evaluation answer(
            String split,
            List<Sample> samples,
            List<Prediction> earlier,
            Consumer<List<Prediction>> answered,
            BooleanSupplier stop)
            throws IOException {
        try (PointerScope scope = new PointerScope();
                Progress progress = Progress.start(split, earlier.size(), samples.size())) {
            int[] done = {earlier.size()};
            return evaluator.evaluate(
                    model,
                    split,
                    samples,
                    earlier,
                    batch -> {
                        answered.accept(batch);
                        done[0] += batch.size();
                        progress.update(done[0], Map.of());
                    },
                    stop);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
