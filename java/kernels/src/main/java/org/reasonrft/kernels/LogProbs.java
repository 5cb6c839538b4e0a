package org.reasonrft.kernels;

import java.lang.ref.Reference;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.LogProbsArgs;

/**
 * Log-probabilities of given tokens under rows of logits, without materialising a softmax, and the way back. With
 * {@code z = logits / temperature} and {@code y} the token of a row:
 *
 * <pre>{@code
 * logProb   = z[y] - logSumExp(z)
 * entropy   = logSumExp(z) - sum_v softmax(z)_v z_v                                   in nats
 * gradLogit = (gradLogProb ([v = y] - p_v) - gradEntropy p_v (log p_v + entropy)) / temperature,   p = softmax(z)
 * }</pre>
 *
 * Same mathematics as TRL's {@code selective_log_softmax} and {@code entropy_from_logits}. One read of the logits
 * forward, one read and one write backward; log-probabilities are float32 whatever the logits are. A row's results do
 * not depend, to the last bit, on the rows around it or the number of threads. Rows whose mask is 0 are never read and
 * get 0.
 *
 * <pre>{@code
 * LogProbs.of(logits, completionIds).mask(completionMask).temperature(0.9).forward(oldLogProbs);
 * }</pre>
 *
 * A call object: set it up once and use it as often as its views stay in place. Not for concurrent use.
 */
public final class LogProbs {

    private final LogitRows rows;
    private View logSumExp;
    private View entropy;
    private View gradEntropy;

    private LogProbs(LogitRows rows) {
        this.rows = rows;
    }

    /**
     * @param logits F32, BF16 or F16 of shape (B, T, V), V at least 1 and contiguous; {@code logits.narrow(1, 0, T)} is
     *     fine. Or packed rows (N, V), as of sequences laid end to end without padding: every other shape that this class
     *     names (B, T) is (N) then, and (B, T, V) is (N, V)
     * @param tokenIds I32 or I64 of shape (B, T), tokens contiguous, each in [0, V) where the mask is not 0
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static LogProbs of(View logits, View tokenIds) {
        return new LogProbs(LogitRows.of(logits, "tokenIds", tokenIds));
    }

    /** U8 of shape (B, T), contiguous: 0 leaves a row out. Null, the default, counts every row. */
    public LogProbs mask(View mask) {
        rows.mask(mask);
        return this;
    }

    /** What logits are divided by first; the temperature of sampling. Above 0, 1 by default. */
    public LogProbs temperature(double temperature) {
        rows.temperature(temperature);
        return this;
    }

    /**
     * A temperature for each row in place of {@link #temperature}: F32 of shape (B, T), or (N) for packed rows, contiguous, each above 0
     * and finite where the mask is not 0. Null, the default: the same for all.
     */
    public LogProbs temperatures(View input) {
        rows.temperatures(input);
        return this;
    }

    /** Threads at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public LogProbs threads(int threads) {
        rows.threads(threads);
        return this;
    }

    /** The implementation to run. Null, the default: the one for where the views are. */
    public LogProbs backend(Backend backend) {
        rows.backend(backend);
        return this;
    }

    /** Where {@link #forward} also writes the log-sum-exp of {@code z}: F32 of shape (B, T). Null: not wanted. */
    public LogProbs logSumExp(View output) {
        logSumExp = output == null ? null : Checks.output("logSumExp", output, rows.shape(), DType.F32);
        return this;
    }

    /** Where {@link #forward} also writes the entropy, in nats: F32 of shape (B, T). Null: not wanted. */
    public LogProbs entropy(View output) {
        entropy = output == null ? null : Checks.output("entropy", output, rows.shape(), DType.F32);
        return this;
    }

    /** The gradient by the entropy that {@link #backward} adds: F32 of shape (B, T). Null, the default: none. */
    public LogProbs gradEntropy(View input) {
        gradEntropy = input == null ? null : Checks.contiguous("gradEntropy", input, rows.shape(), DType.F32);
        return this;
    }

    /**
     * Writes the log-probabilities, and the outputs asked for before.
     *
     * @param logProbs F32 of shape (B, T), contiguous, apart from every input
     * @throws IllegalArgumentException for this argument, for a token id outside the vocabulary in a row that counts,
     *     and for memory that overlaps or has been released; nothing has been written then
     */
    public void forward(View logProbs) {
        Checks.output("logProbs", logProbs, rows.shape(), DType.F32);
        Native call = Native.ofThread();
        LogProbsArgs args = rows.fill(call, Native.cleared(call.logProbs))
                .log_probs(call.pointer("logProbs", logProbs))
                .log_sum_exp(call.pointer("logSumExp", logSumExp))
                .entropy(call.pointer("entropy", entropy));
        int status = switch (call.backend(rows.backend)) {
            case REFERENCE -> Abi.rrft_reference_log_probs_forward(args);
            case CPU -> Abi.rrft_cpu_log_probs_forward(args);
            case CUDA -> call.cuda("rrft_cuda_log_probs_forward", args);
        };
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(logProbs);
        Native.check(status);
    }

    /**
     * Writes the gradient of a scalar by the logits, given its gradient by the log-probabilities.
     *
     * @param gradLogProbs F32 of shape (B, T), contiguous
     * @param gradLogits of the type and shape of the logits, vocabulary contiguous; may be the view of the logits itself,
     *     which are overwritten then, and must otherwise be apart from every input. Rows with mask 0 become 0
     * @throws IllegalArgumentException as for {@link #forward}
     */
    public void backward(View gradLogProbs, View gradLogits) {
        Checks.contiguous("gradLogProbs", gradLogProbs, rows.shape(), DType.F32);
        rows.gradLogits(gradLogits);
        Native call = Native.ofThread();
        LogProbsArgs args = rows.fill(call, Native.cleared(call.logProbs))
                .grad_log_probs(call.pointer("gradLogProbs", gradLogProbs))
                .grad_entropy(call.pointer("gradEntropy", gradEntropy));
        LogitRows.fillGradLogits(call, args, gradLogits);
        int status = switch (call.backend(rows.backend)) {
            case REFERENCE -> Abi.rrft_reference_log_probs_backward(args);
            case CPU -> Abi.rrft_cpu_log_probs_backward(args);
            case CUDA -> call.cuda("rrft_cuda_log_probs_backward", args);
        };
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(gradLogProbs);
        Reference.reachabilityFence(gradLogits);
        Native.check(status);
    }
}
