package org.reasonrft.kernels;

import java.lang.ref.Reference;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.LinearLogProbsArgs;

/**
 * {@link LogProbs} of rows whose logits exist one vocabulary tile at a time: the online softmax behind
 * {@link LinearLogProbs}, for trainers that make the tiles themselves, with whatever matrix product, soft cap or sharding
 * over the vocabulary they have. (Milakov and Gimelshein 2018, arXiv:1805.02867, for the merge.)
 *
 * <pre>{@code
 * LogitTiles tiles = LogitTiles.of(tokenIds, V).temperature(0.9);
 * for (long begin = 0; begin < V; begin += W) {
 *     tiles.merge(begin, makeTile(begin, W));        // (N, W), the buffer may be the same each time
 * }
 * tiles.finish(logProbs);
 * for (long begin = 0; begin < V; begin += W) {
 *     View tile = makeTile(begin, W);                // the same logits again
 *     tiles.backward(begin, tile, gradLogProbs, tile);   // in place: now d loss / d logits
 *     ...                                            // into the gradients of what made it
 * }
 * }</pre>
 *
 * Between tiles an object keeps {@value #STATE_BYTES} bytes a row. Where every tile but the last has a multiple of
 * {@value #ALIGNMENT} entries, results on the processor are bit for bit those of {@code LogProbs} on whole rows. On a device
 * they are its numbers, bit for bit the same for the same tiles; what only the arrays show, a token id outside the vocabulary
 * or a tile that was left out, makes rows NaN there in place of an exception.
 *
 * <p>Not for concurrent use. After a refused call everything is as it was before.
 */
public final class LogitTiles {

    /** Entries of the vocabulary in the pieces that a row is summed in. */
    public static final int ALIGNMENT = Abi.RRFT_TILE_ALIGNMENT;

    /** Memory for a row between tiles. */
    public static final int STATE_BYTES = Abi.RRFT_TILE_STATE_BYTES;

    private static final DType[] LOGITS = {DType.F32, DType.BF16, DType.F16};

    private final View tokenIds;
    private final long vocabulary;
    private final long rows;
    private final View state;
    private View mask;
    private double temperature = 1;
    private View temperatures;
    private int threads;
    private Backend backend; // null: where the views are
    private View logSumExp;
    private View entropy;
    private View gradEntropy;

    private LogitTiles(View tokenIds, long vocabulary, View givenState) {
        this.tokenIds = Checks.contiguous("tokenIds", tokenIds, new long[] {-1}, DType.I32, DType.I64);
        Checks.atLeast("vocabulary", vocabulary, 1);
        this.vocabulary = vocabulary;
        this.rows = tokenIds.size(0);
        long[] stateShape = {rows, STATE_BYTES / Long.BYTES};
        this.state = givenState == null
                ? View.allocate(DType.I64, stateShape)
                : Checks.output("state", givenState, stateShape, DType.I64);
    }

    /**
     * @param tokenIds I32 or I64 of shape (N), contiguous, each in [0, V) where the mask is not 0
     * @param vocabulary V, entries of all tiles together
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static LogitTiles of(View tokenIds, long vocabulary) {
        return new LogitTiles(tokenIds, vocabulary, null);
    }

    /**
     * With memory of the caller's, as calls on a device need.
     *
     * @param state I64 of shape (N, {@value #STATE_BYTES} / 8), contiguous, where the other views are; its content does not
     *     matter
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static LogitTiles of(View tokenIds, long vocabulary, View state) {
        if (state == null) {
            throw new IllegalArgumentException("state: null; wanted memory for " + STATE_BYTES + " bytes a row");
        }
        return new LogitTiles(tokenIds, vocabulary, state);
    }

    /** U8 of shape (N), contiguous: 0 leaves a row out, whose logits are never read. Null, the default, counts all. */
    public LogitTiles mask(View newMask) {
        mask = newMask == null ? null : Checks.contiguous("mask", newMask, shape(), DType.U8);
        return this;
    }

    /** What logits are divided by first; the temperature of sampling. Above 0, 1 by default. */
    public LogitTiles temperature(double newTemperature) {
        temperature = Checks.temperature(newTemperature);
        return this;
    }

    /** A temperature for each row in place of {@link #temperature}: F32 of shape (N), contiguous. Null: one for all. */
    public LogitTiles temperatures(View input) {
        temperatures = input == null ? null : Checks.contiguous("temperatures", input, shape(), DType.F32);
        return this;
    }

    /** Threads at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public LogitTiles threads(int newThreads) {
        threads = Checks.threads(newThreads);
        return this;
    }

    /** The implementation to run, the same one for all tiles. Null, the default: the one for where the views are. */
    public LogitTiles backend(Backend newBackend) {
        backend = newBackend;
        return this;
    }

    /** Where {@link #finish} also writes the log-sum-exp of {@code logits / temperature}: F32 of shape (N). Null: not wanted. */
    public LogitTiles logSumExp(View output) {
        logSumExp = output == null ? null : Checks.output("logSumExp", output, shape(), DType.F32);
        return this;
    }

    /** Where {@link #finish} also writes the entropy, in nats: F32 of shape (N). Null: not wanted. */
    public LogitTiles entropy(View output) {
        entropy = output == null ? null : Checks.output("entropy", output, shape(), DType.F32);
        return this;
    }

    /** The gradient by the entropy that {@link #backward} adds: F32 of shape (N). Null, the default: none. */
    public LogitTiles gradEntropy(View input) {
        gradEntropy = input == null ? null : Checks.contiguous("gradEntropy", input, shape(), DType.F32);
        return this;
    }

    /**
     * Takes the next tile in.
     *
     * @param begin the first entry of the vocabulary in the tile: 0 starts anew, else where the tile before ended
     * @param logits F32, BF16 or F16 of shape (N, W), the vocabulary contiguous; free again after the call
     * @throws IllegalArgumentException naming the argument, also for a token id outside the vocabulary
     */
    public void merge(long begin, View logits) {
        Native call = Native.ofThread();
        LinearLogProbsArgs args = fillTile(call, begin, logits);
        finishCall(
                switch (call.backend(backend)) {
                    case REFERENCE -> Abi.rrft_reference_linear_log_probs_merge(args);
                    case CPU -> Abi.rrft_cpu_linear_log_probs_merge(args);
                    case CUDA -> call.cuda("rrft_cuda_linear_log_probs_merge", args);
                },
                logits);
    }

    /**
     * Writes the log-probabilities, and the outputs asked for before; all tiles have been merged.
     *
     * @param logProbs F32 of shape (N), contiguous
     * @throws IllegalArgumentException naming the argument, or for tiles that are missing
     */
    public void finish(View logProbs) {
        Checks.output("logProbs", logProbs, shape(), DType.F32);
        Native call = Native.ofThread();
        LinearLogProbsArgs args = fill(call)
                .log_probs(call.pointer("logProbs", logProbs))
                .log_sum_exp(call.pointer("logSumExp", logSumExp))
                .entropy(call.pointer("entropy", entropy));
        finishCall(
                switch (call.backend(backend)) {
                    case REFERENCE -> Abi.rrft_reference_linear_log_probs_finish(args);
                    case CPU -> Abi.rrft_cpu_linear_log_probs_finish(args);
                    case CUDA -> call.cuda("rrft_cuda_linear_log_probs_finish", args);
                },
                logProbs);
    }

    /**
     * Writes the gradient of a scalar by the logits of one tile, given its gradient by the log-probabilities. Tiles may
     * come in any order and sizes, after the last {@link #merge}.
     *
     * @param begin the first entry of the vocabulary in the tile
     * @param logits as merged
     * @param gradLogProbs F32 of shape (N), contiguous
     * @param gradLogits of the type and shape of the logits; may be the view of the logits itself. Masked rows become 0
     * @throws IllegalArgumentException naming the argument, or for tiles that were never merged
     */
    public void backward(long begin, View logits, View gradLogProbs, View gradLogits) {
        Checks.contiguous("gradLogProbs", gradLogProbs, shape(), DType.F32);
        Native call = Native.ofThread();
        LinearLogProbsArgs args = fillTile(call, begin, logits);
        Checks.rows("gradLogits", gradLogits, new long[] {rows, logits.size(1)}, logits.dtype());
        Checks.writable("gradLogits", gradLogits);
        args.grad_log_probs(call.pointer("gradLogProbs", gradLogProbs))
                .grad_entropy(call.pointer("gradEntropy", gradEntropy))
                .grad_logits(call.pointer("gradLogits", gradLogits))
                .grad_logits_stride(gradLogits.stride(0));
        finishCall(
                switch (call.backend(backend)) {
                    case REFERENCE -> Abi.rrft_reference_linear_log_probs_backward(args);
                    case CPU -> Abi.rrft_cpu_linear_log_probs_backward(args);
                    case CUDA -> call.cuda("rrft_cuda_linear_log_probs_backward", args);
                },
                logits,
                gradLogProbs,
                gradLogits);
    }

    private long[] shape() {
        return new long[] {rows};
    }

    private LinearLogProbsArgs fillTile(Native call, long begin, View logits) {
        Checks.rows("logits", logits, new long[] {rows, -1}, LOGITS);
        Checks.atLeast("logits: vocabulary of the tile", logits.size(1), 1);
        Checks.atLeast("begin", begin, 0);
        return fill(call)
                .tile_begin(begin)
                .tile_size(logits.size(1))
                .logits(call.pointer("logits", logits))
                .logits_dtype(logits.dtype().code())
                .logits_stride(logits.stride(0));
    }

    private LinearLogProbsArgs fill(Native call) {
        LinearLogProbsArgs args = Native.cleared(call.linearLogProbs);
        return args.struct_size(args.sizeof())
                .rows(rows)
                .vocabulary(vocabulary)
                .token_ids(call.pointer("tokenIds", tokenIds))
                .token_ids_dtype(tokenIds.dtype().code())
                .mask(call.pointer("mask", mask))
                .temperature((float) temperature)
                .temperatures(call.pointer("temperatures", temperatures))
                .state(call.pointer("state", state))
                .threads(threads);
    }

    private void finishCall(int status, View... used) {
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(used);
        Native.check(status);
    }
}
