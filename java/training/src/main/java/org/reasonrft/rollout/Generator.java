package org.reasonrft.rollout;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.reasonrft.model.ModelDirectory;
import org.reasonrft.model.QwenModel;
import org.reasonrft.text.Tokenizer;
import org.reasonrft.torch.CounterRandom;

/**
 * Groups of completions for a batch of prompts. Each prompt is decoded once, however many completions it gets; then all
 * rows go on token by token, and rows that have ended are dropped from the batch.
 *
 * <p>What row g of a prompt with key k draws at step t comes from (seed, k, g, t) alone. In float32 on the processor a row's
 * logits are the same bits whatever the batch, so that its tokens and log-probs are too. Elsewhere rows differ from a run
 * alone by the last bits of the matrix products, which depend on the batch size.
 */
public final class Generator {
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
     * A generator for a checkpoint's chat: it ends at {@code <|im_end|>} and at the stop tokens that the checkpoint's
     * {@code generation_config.json} names, and never draws another special token or one the tokenizer does not know; models
     * have rows of padding at the end of the vocabulary.
     */
    public static Generator forChat(ModelDirectory directory) {
        Tokenizer tokenizer = directory.tokenizer();
        Set<Long> stops = new HashSet<>();
        stops.add((long) tokenizer.specialTokenId("<|im_end|>"));
        directory.generation().stopIds().forEach(id -> stops.add((long) id));
        Set<Long> forbidden = new HashSet<>();
        tokenizer.specialTokens().values().forEach(id -> forbidden.add((long) id));
        for (long id = tokenizer.vocabularySize();
                id < directory.model().config().text().vocabularySize();
                id++) {
            forbidden.add(id);
        }
        forbidden.removeAll(stops);
        return new Generator(directory.model(), tokenizer.specialTokenId("<|endoftext|>"), stops, forbidden, tokenizer);
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
        return generate(prompts, groupSize, options, promptKeys, () -> false);
    }

    /**
     * The same, until asked to stop. A process that ends while a thread is inside libtorch may crash, and completions can
     * take minutes, so programs that can be interrupted have to be able to leave between two tokens.
     *
     * @param stop asked once per generated token
     * @throws CancellationException if {@code stop} said so; nothing of the batch is kept
     * @throws IllegalArgumentException see {@link #generate(List, int, GenerationOptions, long[])}
     */
    public List<Completion> generate(
            List<Prompt> prompts, int groupSize, GenerationOptions options, long[] promptKeys, BooleanSupplier stop) {
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
            rows[i] = new CompletionRow(i, key, prompt, options);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            run(prompts, groupSize, options, rows, new Drawing(options, forbidden, stops, stopText), stop);
        }
        return Arrays.stream(rows).map(CompletionRow::completion).toList();
    }

    private void run(
            List<Prompt> prompts,
            int groupSize,
            GenerationOptions options,
            CompletionRow[] rows,
            Drawing drawing,
            BooleanSupplier stop) {
        leaveIf(stop);
        try (Decoding decoding = decoding(prompts, groupSize, options.maxNewTokens())) {
            try (PointerScope scope = new PointerScope()) {
                drawing.step(decoding.first(), groupSize, rows, 0);
            }
            CompletionRow[] batch = rows;
            for (int step = 1; step < options.maxNewTokens(); step++) {
                long[] kept = kept(batch);
                if (kept.length == 0) {
                    return;
                }
                if (kept.length < batch.length) {
                    CompletionRow[] before = batch;
                    decoding.keep(kept);
                    batch = Arrays.stream(kept).mapToObj(i -> before[(int) i]).toArray(CompletionRow[]::new);
                }
                leaveIf(stop);
                try (PointerScope scope = new PointerScope()) {
                    drawing.step(decoding.next(batch), 1, batch, step);
                }
            }
        }
    }

    private static void leaveIf(BooleanSupplier stop) {
        if (stop.getAsBoolean()) {
            throw new CancellationException("asked to stop while generating");
        }
    }

    private Decoding decoding(List<Prompt> prompts, int groupSize, int maxNewTokens) {
        return model.decodesSequences()
                ? new SequenceDecoding(model, prompts, groupSize, maxNewTokens)
                : new PaddedDecoding(model, prompts, paddingId, groupSize, maxNewTokens);
    }

    /** The rows that have not ended: the last ones take the places of those that have, so that few move. */
    private static long[] kept(CompletionRow[] rows) {
        long[] kept = new long[rows.length];
        int end = rows.length;
        int count = 0;
        for (; count < end; count++) {
            int row = count;
            if (rows[row].ended()) {
                do {
                    row = --end;
                } while (row > count && rows[row].ended());
                if (row == count) {
                    break;
                }
            }
            kept[count] = row;
        }
        return Arrays.copyOf(kept, count);
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
