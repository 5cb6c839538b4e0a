package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.LogProbsArgs;

/**
 * What {@link LogProbs} and {@link FusedPolicyLoss} read: a (B, T) block of logit rows and a token in each. Packed rows
 * (N, V) are the tokens of one sequence to the kernels; only the shapes of the views differ.
 */
final class LogitRows {

    private static final DType[] LOGITS = {DType.F32, DType.BF16, DType.F16};

    final View logits;
    private final boolean packed;
    private final long vocabulary;
    final View tokenIds;
    final String tokenIdsName;
    final long batch;
    final long tokens;
    View mask;
    private double temperature = 1;
    private View temperatures;
    int threads;
    Backend backend; // null: where the views are

    private LogitRows(View logits, String tokenIdsName, View tokenIds) {
        this.logits = logits;
        this.packed = logits.rank() == 2;
        this.batch = packed ? 1 : logits.size(0);
        this.tokens = logits.size(logits.rank() - 2);
        this.vocabulary = logits.size(logits.rank() - 1);
        Checks.atLeast("logits: vocabulary", vocabulary, 1);
        this.tokenIdsName = tokenIdsName;
        this.tokenIds = Checks.operand(tokenIdsName, tokenIds, shape(), DType.I32, DType.I64);
        if (tokens > 1 && tokenIds.stride(tokenIds.rank() - 1) != 1) {
            throw new IllegalArgumentException(tokenIdsName + ": " + tokenIds + "; wanted the tokens contiguous");
        }
    }

    /** Rows of (B, T, V) or (N, V) logits. */
    static LogitRows of(View logits, String tokenIdsName, View tokenIds) {
        boolean packed = logits != null && logits.rank() == 2;
        long[] shape = packed ? new long[] {-1, -1} : new long[] {-1, -1, -1};
        return new LogitRows(Checks.rows("logits", logits, shape, LOGITS), tokenIdsName, tokenIds);
    }

    /** Of arrays with one element a row: (B, T), or (N) for packed rows. */
    long[] shape() {
        return packed ? new long[] {tokens} : new long[] {batch, tokens};
    }

    void mask(View newMask) {
        mask = newMask == null ? null : Checks.contiguous("mask", newMask, shape(), DType.U8);
    }

    void temperature(double newTemperature) {
        temperature = Checks.temperature(newTemperature);
    }

    void temperatures(View newTemperatures) {
        temperatures =
                newTemperatures == null ? null : Checks.contiguous("temperatures", newTemperatures, shape(), DType.F32);
    }

    void threads(int newThreads) {
        threads = Checks.threads(newThreads);
    }

    void backend(Backend newBackend) {
        backend = newBackend;
    }

    View gradLogits(View gradLogits) {
        long[] wanted = packed ? new long[] {tokens, vocabulary} : new long[] {batch, tokens, vocabulary};
        return Checks.writable("gradLogits", Checks.rows("gradLogits", gradLogits, wanted, logits.dtype()));
    }

    /** Fills what both directions need; the struct must be cleared. */
    LogProbsArgs fill(Native call, LogProbsArgs args) {
        return args.struct_size(args.sizeof())
                .batch(batch)
                .tokens(tokens)
                .vocabulary(vocabulary)
                .logits(call.pointer("logits", logits))
                .logits_dtype(logits.dtype().code())
                .logits_batch_stride(batchStride(logits, 3))
                .logits_token_stride(logits.stride(logits.rank() - 2))
                .token_ids(call.pointer(tokenIdsName, tokenIds))
                .token_ids_dtype(tokenIds.dtype().code())
                .token_ids_batch_stride(batchStride(tokenIds, 2))
                .mask(call.pointer("mask", mask))
                .temperature((float) temperature)
                .temperatures(call.pointer("temperatures", temperatures))
                .threads(threads);
    }

    static LogProbsArgs fillGradLogits(Native call, LogProbsArgs args, View gradLogits) {
        return args.grad_logits(call.pointer("gradLogits", gradLogits))
                .grad_logits_batch_stride(batchStride(gradLogits, 3))
                .grad_logits_token_stride(gradLogits.stride(gradLogits.rank() - 2));
    }

    /** Packed rows have no batch dimension; the stride of one that has size 1 does not matter. */
    private static long batchStride(View view, int paddedRank) {
        return view.rank() == paddedRank ? view.stride(0) : 0;
    }
}
