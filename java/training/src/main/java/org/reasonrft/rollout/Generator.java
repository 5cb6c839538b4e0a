package org.reasonrft.rollout;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.model.KeyValueCache;
import org.reasonrft.model.QwenModel;
import org.reasonrft.text.Tokenizer;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.Torch;

/**
 * Groups of completions for a batch of prompts. Each prompt is decoded once, however many completions it gets; then all
 * rows go on token by token, and rows that have ended are dropped from the batch.
 *
 * <p>What row g of a prompt with key k draws at step t comes from (seed, k, g, t) alone. Rows differ from a run alone
 * only by the last bits of the matrix products, which depend on the batch size.
 */
public final class Generator {
    /** Rows that have ended are dropped when they make up this part of the batch: dropping copies the cache. */
    private static final int DROP_FRACTION = 8;

    private final QwenModel model;
    private final long paddingId;
    private final boolean[] stops;
    private final boolean[] forbidden;

    /**
     * @param paddingId fills up prompts and ended rows; always masked
     * @param stopIds tokens that end a completion
     * @param forbiddenIds tokens that are never drawn
     * @throws IllegalArgumentException if an id lies outside the vocabulary, or a stop token is forbidden
     */
    public Generator(QwenModel model, long paddingId, Set<Long> stopIds, Set<Long> forbiddenIds) {
        this.model = model;
        this.paddingId = paddingId;
        stops = marks("stopIds", stopIds);
        forbidden = marks("forbiddenIds", forbiddenIds);
        marks("paddingId", Set.of(paddingId));
        for (long stop : stopIds) {
            if (forbidden[(int) stop]) {
                throw new IllegalArgumentException("token " + stop + " is both a stop token and forbidden");
            }
        }
    }

    /**
     * A generator that ends at {@code <|im_end|>} and never draws another special token or one the tokenizer does not
     * know; models have rows of padding at the end of the vocabulary.
     */
    public static Generator forChat(QwenModel model, Tokenizer tokenizer) {
        long stop = tokenizer.specialTokenId("<|im_end|>");
        Set<Long> forbidden = new HashSet<>();
        tokenizer.specialTokens().values().forEach(id -> forbidden.add((long) id));
        forbidden.remove(stop);
        for (long id = tokenizer.vocabularySize(); id < model.config().text().vocabularySize(); id++) {
            forbidden.add(id);
        }
        return new Generator(model, tokenizer.specialTokenId("<|endoftext|>"), Set.of(stop), forbidden);
    }

    /**
     * Generates {@code groupSize} completions for each prompt.
     *
     * @param promptKeys one per prompt; together with the seed they name the random streams, so a prompt that keeps its
     *     key keeps its samples in whatever batch it comes
     * @return completions, prompt by prompt: number {@code prompt * groupSize + g}
     */
    public List<Completion> generate(
            List<Prompt> prompts, int groupSize, GenerationOptions options, long[] promptKeys) {
        if (groupSize < 1) {
            throw new IllegalArgumentException("groupSize must be at least 1, got " + groupSize);
        }
        if (promptKeys.length != prompts.size()) {
            throw new IllegalArgumentException(
                    "promptKeys has " + promptKeys.length + " keys for " + prompts.size() + " prompts");
        }
        if (prompts.isEmpty()) {
            return List.of();
        }
        Row[] rows = new Row[prompts.size() * groupSize];
        for (int i = 0; i < rows.length; i++) {
            Prompt prompt = prompts.get(i / groupSize);
            long key = CounterRandom.combine(
                    CounterRandom.combine(options.seed(), promptKeys[i / groupSize]), i % groupSize);
            rows[i] = new Row(key, prompt, options.maxNewTokens());
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            run(prompts, groupSize, options, rows);
        }
        return Arrays.stream(rows).map(Row::completion).toList();
    }

    private void run(List<Prompt> prompts, int groupSize, GenerationOptions options, Row[] rows) {
        Sampler sampler = new Sampler(options, forbidden);
        PromptBatch batch = PromptBatch.of(prompts, paddingId);
        Tensor mask = batch.completionAttentionMask(groupSize, options.maxNewTokens());
        try (KeyValueCache cache = prefill(batch, groupSize, options, rows, sampler)) {
            Row[] batchRows = rows;
            for (int step = 1; step < options.maxNewTokens(); step++) {
                long[] alive = alive(batchRows);
                if (alive.length == 0) {
                    return;
                }
                if ((batchRows.length - alive.length) * DROP_FRACTION >= batchRows.length) {
                    mask = drop(cache, mask, alive);
                    Row[] before = batchRows;
                    batchRows =
                            Arrays.stream(alive).mapToObj(i -> before[(int) i]).toArray(Row[]::new);
                }
                decodeStep(cache, mask, options, batchRows, step, sampler);
            }
        }
    }

    /** Decodes each prompt once, draws the first token of every row, and spreads the keys and values to the rows. */
    private KeyValueCache prefill(
            PromptBatch batch, int groupSize, GenerationOptions options, Row[] rows, Sampler sampler) {
        try (PointerScope scope = new PointerScope()) {
            QwenModel.Decoded decoded = batch.prefill(model);
            float[] scores = scores(decoded.hidden().select(1, batch.length() - 1L), options);
            for (int i = 0; i < rows.length; i++) {
                draw(rows[i], scores, i / groupSize, 0, options, sampler);
            }
            return new KeyValueCache(
                    decoded.keyValues().repeatInterleave(groupSize), batch.length() + (long) options.maxNewTokens());
        }
    }

    private void decodeStep(
            KeyValueCache cache, Tensor mask, GenerationOptions options, Row[] rows, int step, Sampler sampler) {
        try (PointerScope scope = new PointerScope()) {
            long[] ids = new long[rows.length];
            long[] positions = new long[3 * rows.length];
            for (int i = 0; i < rows.length; i++) {
                ids[i] = rows[i].ended ? paddingId : rows[i].ids[step - 1];
                positions[i] = rows[i].firstPosition + step - 1;
            }
            System.arraycopy(positions, 0, positions, rows.length, rows.length);
            System.arraycopy(positions, 0, positions, 2 * rows.length, rows.length);
            Tensor visible = mask == null ? null : mask.narrow(1, 0, cache.length() + 1);
            Tensor hidden = model.decode(
                    model.embed(Torch.tensor(ids, rows.length, 1).to(model.device(), ScalarType.Long)),
                    Torch.tensor(positions, 3, rows.length, 1),
                    visible,
                    cache);
            float[] scores = scores(hidden.select(1, 0), options);
            for (int i = 0; i < rows.length; i++) {
                if (!rows[i].ended) {
                    draw(rows[i], scores, i, step, options, sampler);
                }
            }
        }
    }

    /**
     * Per row of (rows, hidden): at temperature 0 the logits, else the probabilities; then, in one more column, the
     * logarithm of the sum of the exponentials, which only temperature 0 needs.
     */
    private float[] scores(Tensor hidden, GenerationOptions options) {
        Tensor logits = model.logits(hidden).to(ScalarType.Float);
        return Torch.floats(
                options.temperature() == 0
                        ? torch.cat(new TensorVector(logits, logits.logsumexp(new long[] {1}, true)), 1)
                        : torch.softmax(logits.div(new Scalar(options.temperature())), 1));
    }

    private void draw(Row row, float[] scores, int index, int step, GenerationOptions options, Sampler sampler) {
        int vocabulary = forbidden.length;
        int token;
        double logProb;
        if (options.temperature() == 0) {
            int offset = index * (vocabulary + 1);
            token = sampler.argmax(scores, offset);
            logProb = scores[offset + token] - scores[offset + vocabulary];
        } else {
            int offset = index * vocabulary;
            token = sampler.sample(scores, offset, CounterRandom.uniform(row.key, step));
            logProb = Math.log(scores[offset + token]);
        }
        row.append(token, (float) logProb, stops[token]);
    }

    /** Leaves only the named rows in cache and mask. */
    private Tensor drop(KeyValueCache cache, Tensor mask, long[] alive) {
        try (PointerScope scope = new PointerScope()) {
            cache.keepRows(Torch.tensor(alive, alive.length).to(model.device(), ScalarType.Long));
        }
        return mask == null ? null : mask.index_select(0, Torch.tensor(alive, alive.length));
    }

    private static long[] alive(Row[] rows) {
        return IntStream.range(0, rows.length)
                .filter(i -> !rows[i].ended)
                .asLongStream()
                .toArray();
    }

    private boolean[] marks(String name, Set<Long> ids) {
        boolean[] marks = new boolean[model.config().text().vocabularySize()];
        for (long id : ids) {
            if (id < 0 || id >= marks.length) {
                throw new IllegalArgumentException(
                        name + ": token " + id + " lies outside the vocabulary of " + marks.length);
            }
            marks[(int) id] = true;
        }
        return marks;
    }

    /** A completion under way. */
    private static final class Row {
        private final long key;
        private final long firstPosition;
        private final long[] ids;
        private final float[] logProbs;
        private int length;
        private boolean stopped;
        private boolean ended;

        Row(long key, Prompt prompt, int maxNewTokens) {
            this.key = key;
            firstPosition = prompt.nextPosition();
            ids = new long[maxNewTokens];
            logProbs = new float[maxNewTokens];
        }

        void append(long token, float logProb, boolean isStop) {
            ids[length] = token;
            logProbs[length++] = logProb;
            stopped = isStop;
            ended = isStop || length == ids.length;
        }

        Completion completion() {
            return new Completion(Arrays.copyOf(ids, length), Arrays.copyOf(logProbs, length), stopped);
        }
    }
}
