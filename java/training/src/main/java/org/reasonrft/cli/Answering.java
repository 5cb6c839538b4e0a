package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.reasonrft.data.PromptTemplate;
import org.reasonrft.data.Sample;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.eval.Evaluator;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.rollout.PromptEncoder;
import org.reasonrft.run.Progress;
import org.reasonrft.torch.Torch;

/**
 * How a model is asked.
 *
 * @param prompt    name of a shipped template or path of one
 * @param options   decoding
 * @param batchSize questions generated together
 * @param threads   processor threads; 0: all
 */
record Answering(String prompt, GenerationOptions options, int batchSize, int threads) {
    /** Splits share few pictures, so that a large cache would only hold memory. */
    private static final long PICTURE_CACHE_BYTES = 64L << 20;

    /**
     * Lets a model answer all questions.
     *
     * @param model  checkpoint folder
     * @param splits questions by name of the split
     */
    Map<String, Evaluation> answer(Path model, Map<String, List<Sample>> splits) throws IOException {
        PromptTemplate template = PromptTemplate.resolve(prompt);
        try (ModelDirectory directory = ModelDirectory.load(model)) {
            int positions = directory.model().config().text().maxPositions();
            if (options.maxNewTokens() > positions) {
                throw new IllegalArgumentException("longest completion: got " + options.maxNewTokens() + " tokens, but "
                        + model + " has only " + positions + " positions");
            }
            Torch.setThreads(
                    threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
                    directory.model().config().text().hiddenSize());
            PromptEncoder encoder = new PromptEncoder(
                    directory.tokenizer(),
                    directory.template(),
                    directory.processor(),
                    directory.model().config(),
                    PICTURE_CACHE_BYTES);
            Evaluator evaluator = new Evaluator(encoder, template, options, batchSize);
            Map<String, Evaluation> evaluations = new LinkedHashMap<>();
            for (Map.Entry<String, List<Sample>> split : splits.entrySet()) {
                try (PointerScope scope = new PointerScope();
                        Progress progress = Progress.start(
                                split.getKey(), 0, split.getValue().size())) {
                    evaluations.put(
                            split.getKey(),
                            evaluator.evaluate(
                                    directory,
                                    split.getKey(),
                                    split.getValue(),
                                    done -> progress.update(done, Map.of())));
                }
            }
            return evaluations;
        }
    }
}
