package org.reasonrft.eval;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.reasonrft.data.PromptTemplate;
import org.reasonrft.data.Sample;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.reward.AccuracyReward;
import org.reasonrft.reward.FormatReward;
import org.reasonrft.reward.RewardInput;
import org.reasonrft.rollout.Completion;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.rollout.Generator;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.rollout.PromptEncoder;
import org.reasonrft.text.Tokenizer.SpecialTokens;

/** Lets a model answer questions in batches and judges the answers with the rewards of training. */
public final class Evaluator {
    private final PromptEncoder encoder;
    private final PromptTemplate template;
    private final GenerationOptions options;
    private final int batchSize;

    /**
     * @param options how to decode; temperature 0 is greedy
     * @param batchSize questions generated together; it changes speed, not answers
     */
    public Evaluator(PromptEncoder encoder, PromptTemplate template, GenerationOptions options, int batchSize) {
        this.encoder = encoder;
        this.template = template;
        this.options = options;
        this.batchSize = batchSize;
    }

    /**
     * Answers every sample.
     *
     * @throws IOException if a picture cannot be read
     * @param answered told the number of questions answered so far, after each batch
     */
    public Evaluation evaluate(ModelDirectory model, String split, List<Sample> samples, IntConsumer answered)
            throws IOException {
        Generator generator = Generator.forChat(model);
        AccuracyReward accuracy = new AccuracyReward();
        FormatReward format = new FormatReward();
        List<Evaluation.Prediction> predictions = new ArrayList<>(samples.size());
        for (int from = 0; from < samples.size(); from += batchSize) {
            List<Sample> batch = samples.subList(from, Math.min(samples.size(), from + batchSize));
            List<Prompt> prompts = new ArrayList<>();
            long[] keys = new long[batch.size()];
            for (int i = 0; i < batch.size(); i++) {
                Sample sample = batch.get(i);
                prompts.add(encoder.encode(template.fill(sample), sample.images()));
                keys[i] = from + i;
            }
            List<Completion> completions = generator.generate(prompts, 1, options, keys);
            List<RewardInput> inputs = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                inputs.add(new RewardInput(
                        model.tokenizer().decode(completions.get(i).ids(), SpecialTokens.SKIP), batch.get(i)));
            }
            float[] correct = accuracy.score(inputs);
            float[] formatted = format.score(inputs);
            for (int i = 0; i < batch.size(); i++) {
                Completion completion = completions.get(i);
                predictions.add(new Evaluation.Prediction(
                        batch.get(i),
                        inputs.get(i).completion(),
                        correct[i] == 1,
                        formatted[i] == 1,
                        completion.ids().length,
                        completion.stopped()));
            }
            answered.accept(predictions.size());
        }
        return new Evaluation(split, predictions);
    }
}
