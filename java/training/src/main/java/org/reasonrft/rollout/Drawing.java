package org.reasonrft.rollout;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.kernels.LogProbs;
import org.reasonrft.kernels.View;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/** From logits to the next token of every row and its log-prob. */
final class Drawing {
    private final GenerationOptions options;
    private final boolean[] stops;
    private final StopText stopText;
    private final Sampler sampler;
    private final int vocabulary;

    Drawing(GenerationOptions options, boolean[] forbidden, boolean[] stops, StopText stopText) {
        this.options = options;
        this.stops = stops;
        this.stopText = stopText;
        sampler = new Sampler(options, forbidden);
        vocabulary = forbidden.length;
    }

    /**
     * Appends a token to every row that has not ended.
     *
     * @param logits (rows / repeat, vocabulary) of any type
     * @param repeat consecutive rows that share a row of logits
     * @param step counts the tokens drawn so far
     */
    void step(Tensor logits, int repeat, CompletionRow[] rows, int step) {
        Tensor raw = logits.to(ScalarType.Float);
        if (options.temperature() > 0 && options.repetitionPenalty() == 1) {
            // Each probability decides about its token and gives its log-prob.
            float[] probabilities = probabilities(raw);
            for (int i = 0; i < rows.length; i++) {
                if (!rows[i].ended()) {
                    int offset = i / repeat * vocabulary;
                    int token = sample(probabilities, offset, rows[i], step);
                    append(rows[i], token, Math.log(probabilities[offset + token]));
                }
            }
            return;
        }
        if (options.temperature() == 0 && options.repetitionPenalty() == 1) {
            greedyStep(raw.cpu(), repeat, rows);
            return;
        }
        float temperature = options.temperature() > 0 ? options.temperature() : 1;
        float[] scores = Torch.floats(raw);
        float[] logSumExp = Torch.floats(raw.div(new Scalar(temperature)).logsumexp(1));
        float[] penalised = options.repetitionPenalty() == 1 ? scores : penalised(scores, repeat, rows);
        int stride = penalised == scores ? repeat : 1;
        float[] weights =
                options.temperature() > 0 ? probabilities(Torch.tensor(penalised, rows.length, vocabulary)) : penalised;
        for (int i = 0; i < rows.length; i++) {
            if (!rows[i].ended()) {
                int offset = i / stride * vocabulary;
                int token = options.temperature() > 0
                        ? sample(weights, offset, rows[i], step)
                        : sampler.argmax(weights, offset);
                int row = i / repeat;
                append(rows[i], token, scores[row * vocabulary + token] / temperature - logSumExp[row]);
            }
        }
    }

    private void greedyStep(Tensor logits, int repeat, CompletionRow[] rows) {
        float[] scores = Torch.floats(logits);
        long[] tokens = new long[rows.length / repeat];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = sampler.argmax(scores, i * vocabulary);
        }
        Tensor result = torch.empty(new long[] {tokens.length}, Torch.options(ScalarType.Float), null);
        LogProbs.of(TensorViews.of(logits), View.copyOf(tokens, tokens.length))
                .threads(Torch.threads())
                .forward(TensorViews.of(result));
        float[] logProbs = Torch.floats(result);
        for (int i = 0; i < rows.length; i++) {
            if (!rows[i].ended()) {
                append(rows[i], (int) tokens[i / repeat], logProbs[i / repeat]);
            }
        }
    }

    private float[] probabilities(Tensor logits) {
        Tensor scaled = options.temperature() == 1 ? logits : logits.div(new Scalar(options.temperature()));
        return Torch.floats(torch.softmax(scaled, 1));
    }

    private int sample(float[] probabilities, int offset, CompletionRow row, int step) {
        return sampler.sample(probabilities, offset, CounterRandom.uniform(row.key, step));
    }

    /** One row of logits per row of the batch, each with its own penalties. */
    private float[] penalised(float[] logits, int repeat, CompletionRow[] rows) {
        float[] result = new float[Math.multiplyExact(rows.length, vocabulary)];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(logits, i / repeat * vocabulary, result, i * vocabulary, vocabulary);
            if (!rows[i].ended()) {
                rows[i].penalise(result, i * vocabulary, options.repetitionPenalty());
            }
        }
        return result;
    }

    private void append(CompletionRow row, int token, double logProb) {
        row.append(token, (float) logProb, stops[token], stopText);
    }
}
