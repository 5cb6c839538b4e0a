package org.reasonrft.rollout;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
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
    /** Rows that have ended are dropped when they make up this part of the batch: dropping moves others. */
    private static final int DROP_FRACTION = 8;

    private final QwenModel model;
    private final long paddingId;
    private final boolean[] stops;
    private final boolean[] forbidden;
    /** For stop strings; null: none can be asked for. */
    private final Tokenizer tokenizer;

    /**
     * A generator for prompts of token ids, without stop strings.
     *
     * @param paddingId fills up prompts and ended rows; always masked
     * @param stopIds tokens that end a completion
     * @param forbiddenIds tokens that are never drawn
     * @throws IllegalArgumentException if an id lies outside the vocabulary, or a stop token is forbidden
     */
    public Generator(QwenModel model, long paddingId, Set<Long> stopIds, Set<Long> forbiddenIds) {
        this(model, paddingId, stopIds, forbiddenIds, null);
    }

    private Generator(QwenModel model, long paddingId, Set<Long> stopIds, Set<Long> forbiddenIds, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
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
        return new Generator(model, tokenizer.specialTokenId("<|endoftext|>"), Set.of(stop), forbidden, tokenizer);
    }

    /**
     * Generates {@code groupSize} completions for each prompt.
     *
     * @param promptKeys one per prompt; together with the seed they name the random streams, so a prompt that keeps its
     *     key keeps its samples in whatever batch it comes
     * @throws IllegalArgumentException if the arguments do not fit each other, or ask for stop strings of a generator without
     *     a tokenizer
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
        StopText stopText = new StopText(tokenizer, options.stopStrings());
        if (prompts.isEmpty()) {
            return List.of();
        }
        CompletionRow[] rows = new CompletionRow[prompts.size() * groupSize];
        for (int i = 0; i < rows.length; i++) {
            Prompt prompt = prompts.get(i / groupSize);
            long key = CounterRandom.combine(
                    CounterRandom.combine(options.seed(), promptKeys[i / groupSize]), i % groupSize);
            rows[i] = new CompletionRow(key, prompt, options);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            run(prompts, groupSize, options, rows, new Drawing(options, forbidden, stops, stopText));
        }
        return Arrays.stream(rows).map(CompletionRow::completion).toList();
    }

    private void run(
            List<Prompt> prompts, int groupSize, GenerationOptions options, CompletionRow[] rows, Drawing drawing) {
        PromptBatch batch = PromptBatch.of(prompts, paddingId);
        Tensor mask = batch.completionAttentionMask(groupSize, options.maxNewTokens());
        try (KeyValueCache cache = prefill(batch, groupSize, options, rows, drawing)) {
            CompletionRow[] batchRows = rows;
            for (int step = 1; step < options.maxNewTokens(); step++) {
                long[] alive = alive(batchRows);
                if (alive.length == 0) {
                    return;
                }
                if ((batchRows.length - alive.length) * DROP_FRACTION >= batchRows.length) {
                    mask = drop(cache, mask, alive);
                    CompletionRow[] before = batchRows;
                    batchRows =
                            Arrays.stream(alive).mapToObj(i -> before[(int) i]).toArray(CompletionRow[]::new);
                }
                decodeStep(cache, mask, batchRows, step, drawing);
            }
        }
    }

    /** Decodes each prompt once, draws the first token of every row, and spreads the keys and values to the rows. */
    private KeyValueCache prefill(
            PromptBatch batch, int groupSize, GenerationOptions options, CompletionRow[] rows, Drawing drawing) {
        try (PointerScope scope = new PointerScope()) {
            QwenModel.Decoded decoded = batch.prefill(model);
            Tensor logits = model.logits(decoded.hidden().select(1, batch.length() - 1L));
            drawing.step(logits, groupSize, rows, 0);
            return new KeyValueCache(
                    decoded.keyValues().repeatInterleave(groupSize), batch.length() + (long) options.maxNewTokens());
        }
    }

    private void decodeStep(KeyValueCache cache, Tensor mask, CompletionRow[] rows, int step, Drawing drawing) {
        try (PointerScope scope = new PointerScope()) {
            long[] ids = new long[rows.length];
            long[] positions = new long[3 * rows.length];
            for (int i = 0; i < rows.length; i++) {
                ids[i] = rows[i].ended() ? paddingId : rows[i].lastId();
                positions[i] = rows[i].lastPosition();
            }
            System.arraycopy(positions, 0, positions, rows.length, rows.length);
            System.arraycopy(positions, 0, positions, 2 * rows.length, rows.length);
            Tensor visible = mask == null ? null : mask.narrow(1, 0, cache.length() + 1);
            Tensor hidden = model.decode(
                    model.embed(Torch.tensor(ids, rows.length, 1).to(model.device(), ScalarType.Long)),
                    Torch.tensor(positions, 3, rows.length, 1),
                    visible,
                    cache);
            drawing.step(model.logits(hidden.select(1, 0)), 1, rows, step);
        }
    }

    /** Leaves only the named rows in cache and mask. */
    private Tensor drop(KeyValueCache cache, Tensor mask, long[] alive) {
        cache.keepRows(alive);
        return mask == null ? null : mask.index_select(0, Torch.tensor(alive, alive.length));
    }

    private static long[] alive(CompletionRow[] rows) {
        return IntStream.range(0, rows.length)
                .filter(i -> !rows[i].ended())
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
}
