package org.reasonrft.kernels;

import java.util.Objects;
import org.reasonrft.kernels.internal.LogProbsArgs;

/** What {@link LogProbs} and {@link FusedPolicyLoss} read: a (B, T) block of logit rows and a token in each. */
final class LogitRows {

    final View logits;
    final View tokenIds;
    final String tokenIdsName;
    final long batch;
    final long tokens;
    View mask;
    private double temperature = 1;
    int threads;
    Backend backend = Backend.CPU;

    LogitRows(View logits, String tokenIdsName, View tokenIds) {
        this.logits = rows("logits", logits, new long[] {-1, -1, -1}, DType.F32, DType.BF16);
        Checks.atLeast("logits: vocabulary", logits.size(2), 1);
        this.batch = logits.size(0);
        this.tokens = logits.size(1);
        this.tokenIdsName = tokenIdsName;
        this.tokenIds = Checks.operand(tokenIdsName, tokenIds, shape(), DType.I32, DType.I64);
        if (tokens > 1 && tokenIds.stride(1) != 1) {
            throw new IllegalArgumentException(tokenIdsName + ": " + tokenIds + "; wanted the tokens contiguous");
        }
    }

    long[] shape() {
        return new long[] {batch, tokens};
    }

    void mask(View newMask) {
        mask = newMask == null ? null : Checks.contiguous("mask", newMask, shape(), DType.U8);
    }

    void temperature(double newTemperature) {
        if (!((float) newTemperature > 0) || Double.isInfinite((float) newTemperature)) {
            throw new IllegalArgumentException("temperature: " + newTemperature + "; wanted a finite number above 0");
        }
        temperature = newTemperature;
    }

    void threads(int newThreads) {
        threads = Checks.threads(newThreads);
    }

    void backend(Backend newBackend) {
        backend = Objects.requireNonNull(newBackend, "backend");
    }

    View gradLogits(View gradLogits) {
        long[] wanted = {batch, tokens, logits.size(2)};
        return Checks.writable("gradLogits", rows("gradLogits", gradLogits, wanted, logits.dtype()));
    }

    /** Fills what both directions need; the struct must be cleared. */
    LogProbsArgs fill(Native call, LogProbsArgs args) {
        return args.struct_size(args.sizeof())
                .batch(batch)
                .tokens(tokens)
                .vocabulary(logits.size(2))
                .logits(call.pointer("logits", logits))
                .logits_dtype(logits.dtype().code())
                .logits_batch_stride(logits.stride(0))
                .logits_token_stride(logits.stride(1))
                .token_ids(call.pointer(tokenIdsName, tokenIds))
                .token_ids_dtype(tokenIds.dtype().code())
                .token_ids_batch_stride(tokenIds.stride(0))
                .mask(call.pointer("mask", mask))
                .temperature((float) temperature)
                .threads(threads);
    }

    static LogProbsArgs fillGradLogits(Native call, LogProbsArgs args, View gradLogits) {
        return args.grad_logits(call.pointer("gradLogits", gradLogits))
                .grad_logits_batch_stride(gradLogits.stride(0))
                .grad_logits_token_stride(gradLogits.stride(1));
    }

    private static View rows(String name, View view, long[] shape, DType... dtypes) {
        Checks.operand(name, view, shape, dtypes);
        if (view.size(2) > 1 && view.stride(2) != 1) {
            throw new IllegalArgumentException(name + ": " + view + "; wanted the vocabulary contiguous");
        }
        return view;
    }
}
