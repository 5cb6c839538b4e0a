package org.reasonrft.rollout;

import org.bytedeco.pytorch.Tensor;

/**
 * Prompts and the completions that grow behind them, decoded token by token. Tensors returned belong to the caller's scope.
 */
sealed interface Decoding extends AutoCloseable permits PaddedDecoding, SequenceDecoding {
    /** Decodes the prompts: logits of the first token of each, (B, vocabulary). */
    Tensor first();

    /** Goes on with some rows alone: row i becomes row {@code kept[i]}, itself or a later one. */
    void keep(long[] kept);

    /**
     * Decodes the token that each row drew last.
     *
     * @return logits of the next one, (rows, vocabulary)
     */
    Tensor next(CompletionRow[] rows);

    @Override
    void close();
}
