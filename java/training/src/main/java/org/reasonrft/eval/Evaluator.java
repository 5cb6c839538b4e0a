package org.reasonrft.eval;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.rollout.Completion;
import org.reasonrft.rollout.Generator;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.rollout.PromptEncoder;
import org.reasonrft.text.Tokenizer.SpecialTokens;

/** Lets a model answer questions in batches and judges the answers. */
public final class Evaluator {
    private final PromptEncoder encoder;
    private final PromptSet prompts;
    private final EvaluationOptions options;

    public Evaluator(PromptEncoder encoder, PromptSet prompts, EvaluationOptions options) {
        this.encoder = encoder;
        this.prompts = prompts;
        this.options = options;
    }

    /**
     * Answers every sample.
     *
     * @throws IOException if a picture cannot be read
     * @throws IllegalArgumentException if a question and its longest completion have more tokens than the model has
     *     positions
     */
    public Evaluation evaluate(ModelDirectory model, String split, List<Sample> samples) throws IOException {
        return evaluate(model, split, samples, List.of(), predictions -> {}, () -> false);
    }

    /**
     * Answers the samples that are not answered yet. In float32 an answer depends on model, question and options
     * alone, so an evaluation that is stopped and taken up again ends as if it had not been.
     *
     * @param earlier predictions of the first samples
     * @param answered given the predictions of each batch, in the order of the samples
     * @param stop asked once per generated token
     * @throws CancellationException if {@code stop} said so; the batch in progress is lost
     * @throws IOException if a picture cannot be read
     * @throws IllegalArgumentException if a question and its longest completion have more tokens than the model has
     *     positions
     */
    public Evaluation evaluate(
            ModelDirectory model,
            String split,
            List<Sample> samples,
            List<Prediction> earlier,
            Consumer<List<Prediction>> answered,
            BooleanSupplier stop)
            throws IOException {
        Scorer scorer = options.scorer() == null ? Scorer.of(samples) : options.scorer();
        Generator generator = Generator.forChat(model);
        int questions = Math.max(1, options.batchSize() / options.samples());
        List<Prediction> predictions = new ArrayList<>(earlier);
        while (predictions.size() < samples.size()) {
            int from = predictions.size();
            List<Sample> batch = samples.subList(from, Math.min(samples.size(), from + questions));
            List<Prompt> encoded = new ArrayList<>();
            long[] keys = new long[batch.size()];
            for (int i = 0; i < keys.length; i++) {
                encoded.add(encode(model, batch.get(i)));
                keys[i] = from + i;
            }
            List<Completion> completions =
                    generator.generate(encoded, options.samples(), options.generation(), keys, stop);
            for (int i = 0; i < keys.length; i++) {
                List<Attempt> attempts = new ArrayList<>();
                for (int n = 0; n < options.samples(); n++) {
                    Completion completion = completions.get(i * options.samples() + n);
                    attempts.add(Attempt.judge(
                            model.tokenizer().decode(completion.ids(), SpecialTokens.SKIP),
                            batch.get(i),
                            scorer.family(),
                            completion.ids().length,
                            completion.stopped()));
                }
                predictions.add(new Prediction(batch.get(i), attempts));
            }
            answered.accept(List.copyOf(predictions.subList(from, predictions.size())));
        }
        return new Evaluation(split, scorer, predictions);
    }

    private Prompt encode(ModelDirectory model, Sample sample) throws IOException {
        Prompt prompt = encoder.encode(prompts.fill(sample), sample.images());
        int positions = model.model().config().text().maxPositions();
        int longest = options.generation().maxNewTokens();
        // By tokens, as everywhere; the position of the last one is smaller where there are pictures.
        if (prompt.length() + longest > positions) {
            int ofPictures = prompt.pictures().isEmpty()
                    ? 0
                    : prompt.pictureTokens(model.model().config().vision().mergeSize());
            throw new IllegalArgumentException("question " + sample.id() + ": got a prompt of " + prompt.length()
                    + " tokens, " + ofPictures + " of them for pictures, and completions of up to " + longest
                    + ", but the model has only " + positions
                    + " positions; allow fewer pixels per picture or shorter completions");
        }
        return prompt;
    }
}
