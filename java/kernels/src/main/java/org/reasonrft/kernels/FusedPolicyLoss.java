package org.reasonrft.kernels;

import java.lang.ref.Reference;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.FusedPolicyLossArgs;
import org.reasonrft.kernels.internal.LogProbsArgs;
import org.reasonrft.kernels.internal.PolicyMetricsStruct;

/**
 * From logits to the policy loss of {@link PolicyLossOptions}, its gradient by the logits, log-probabilities, entropies and
 * metrics in one call. Same results as {@link LogProbs}
 * forward, {@link PolicyLoss} and {@link LogProbs} backward in turn; the gradient can take the place of the logits.
 *
 * <pre>{@code
 * PolicyMetrics metrics = FusedPolicyLoss.of(logits, completionIds, advantages)
 *         .mask(completionMask).temperature(0.9)
 *         .oldLogProbs(oldLogProbs).refLogProbs(refLogProbs)
 *         .gradLogits(logits)
 *         .compute(PolicyLossOptions.grpo().withKlCoefficient(0.04));
 * }</pre>
 *
 * Each row of logits is read and written once where its gradient needs nothing of other rows. A {@link RatioLevel} other
 * than TOKEN, VESPO, GMPO, the off-policy filter, {@link TokenFilter#topEntropyFraction()}, and a
 * {@link SamplerCorrection.Level} other than TOKEN without {@code oldLogProbs} take a second read. The entropy bonus is
 * part of the gradient.
 *
 * <p>Hand {@code gradLogits} to the model's own backward pass. A row's gradient does not depend, to the last bit, on the
 * number of threads or on the rows around it (with a set normalizer, or {@link Reduction#SEQUENCE_MEAN}'s, on the whole
 * batch). Rows whose mask is 0 are never read and get 0.
 *
 * <p>Packed rows (N, V), as of sequences laid end to end without padding, say nothing of where a sequence ends. They are
 * for losses whose tokens do not ask: token-level ratios with {@link Reduction#TOKEN_MEAN} or
 * {@link Reduction#FIXED_LENGTH}, each token with its sequence's advantage. Other options are refused. A call for each
 * sequence gives their gradients too, to the last bit those of one padded batch, if a normalizer is set:
 * {@code logits.narrow(0, begin, length).reshape(1, length, V)}. In the metrics packed rows count as one sequence.
 *
 * <p>A call object: set it up once and use it as often as its views stay in place. Not for concurrent use.
 */
public final class FusedPolicyLoss {

    private final LogitRows rows;
    private final PolicyTerms terms;
    private View logProbs;
    private View logSumExp;
    private View entropy;
    private View gradLogits;

    private FusedPolicyLoss(View logits, View completionIds, View advantages) {
        this.rows = LogitRows.of(logits, "completionIds", completionIds);
        this.terms = new PolicyTerms(rows.shape(), advantages);
    }

    /**
     * @param logits F32, BF16 or F16 of shape (B, T, V), V at least 1 and contiguous; {@code logits.narrow(1, 0, T)} is
     *     fine. Or packed rows (N, V): every other shape that this class names (B, T) is (N) then, and (B, T, V) is (N, V)
     * @param completionIds I32 or I64 of shape (B, T), tokens contiguous, each in [0, V) where the mask is not 0
     * @param advantages one a sequence, F32 of shape (B), or one a token, F32 of shape (B, T); of packed rows one a token
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static FusedPolicyLoss of(View logits, View completionIds, View advantages) {
        return new FusedPolicyLoss(logits, completionIds, advantages);
    }

    /** U8 of shape (B, T), contiguous: 0 leaves a token out. Null, the default, counts every token. */
    public FusedPolicyLoss mask(View mask) {
        rows.mask(mask);
        return this;
    }

    /** What logits are divided by first; the temperature of sampling. Above 0, 1 by default. */
    public FusedPolicyLoss temperature(double temperature) {
        rows.temperature(temperature);
        return this;
    }

    /**
     * Log-probabilities at sampling time, F32 of shape (B, T). Null, the default, takes the policy's own: ratio 1 and the
     * plain policy gradient, right for the first update after a rollout.
     */
    public FusedPolicyLoss oldLogProbs(View input) {
        terms.oldLogProbs(input);
        return this;
    }

    /** Log-probabilities of the reference model, F32 of shape (B, T). Needed when the KL coefficient is not 0. */
    public FusedPolicyLoss refLogProbs(View input) {
        terms.refLogProbs(input);
        return this;
    }

    /**
     * Log-probabilities that the sampling engine reported, F32 of shape (B, T). Needed by
     * {@link PolicyLossOptions#samplerCorrection()}; without it they are compared, see {@link PolicyMetrics.Sampling}. Null,
     * the default: none.
     */
    public FusedPolicyLoss samplingLogProbs(View input) {
        terms.samplingLogProbs(input);
        return this;
    }

    /**
     * Where the policy's log-probabilities go: F32 of shape (B, T), contiguous. Null, the default: not wanted; on a device
     * they and the entropies have to be.
     */
    public FusedPolicyLoss logProbs(View output) {
        logProbs = output == null ? null : Checks.output("logProbs", output, rows.shape(), DType.F32);
        return this;
    }

    /** Where the log-sum-exp of the scaled logits goes: F32 of shape (B, T). Null, the default: not wanted. */
    public FusedPolicyLoss logSumExp(View output) {
        logSumExp = output == null ? null : Checks.output("logSumExp", output, rows.shape(), DType.F32);
        return this;
    }

    /** Where the token entropies go, in nats: F32 of shape (B, T). Null, the default: not wanted. */
    public FusedPolicyLoss entropy(View output) {
        entropy = output == null ? null : Checks.output("entropy", output, rows.shape(), DType.F32);
        return this;
    }

    /**
     * Where the gradient of the loss by the logits goes: of the type and shape of the logits, vocabulary contiguous; may
     * be the view of the logits itself, which are overwritten then. Null, the default: loss and metrics only.
     */
    public FusedPolicyLoss gradLogits(View output) {
        gradLogits = output == null ? null : rows.gradLogits(output);
        return this;
    }

    /**
     * A temperature for each row in place of {@link #temperature}: F32 of shape (B, T), contiguous, each above 0
     * and finite where the mask is not 0. Null, the default: the same for all.
     */
    public FusedPolicyLoss temperatures(View input) {
        rows.temperatures(input);
        return this;
    }

    /** Threads at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public FusedPolicyLoss threads(int threads) {
        rows.threads(threads);
        return this;
    }

    /** The implementation to run. Null, the default: the one for where the views are. */
    public FusedPolicyLoss backend(Backend backend) {
        rows.backend(backend);
        return this;
    }

    /**
     * Computes the loss and its metrics, and writes the outputs asked for.
     *
     * @throws IllegalArgumentException for an input that the options need and that is not set, for a token id outside the vocabulary in
     *     a row that counts, and for memory that overlaps or has been released; nothing has been written then
     */
    public PolicyMetrics compute(PolicyLossOptions options) {
        terms.check(options);
        if (rows.logits.stream().isPresent()) {
            onDevice("logProbs", logProbs);
            onDevice("entropy", entropy);
        } else if (logProbs == null) {
            logProbs = View.allocate(DType.F32, rows.shape()); // the kernel keeps them between its two halves
        }
        Native call = Native.ofThread();
        FusedPolicyLossArgs args = Native.cleared(call.fused);
        LogProbsArgs rowArgs = rows.fill(call, call.fusedRows)
                .log_probs(call.pointer("logProbs", logProbs))
                .log_sum_exp(call.pointer("logSumExp", logSumExp))
                .entropy(call.pointer("entropy", entropy));
        if (gradLogits != null) {
            LogitRows.fillGradLogits(call, rowArgs, gradLogits);
        }
        args.struct_size(args.sizeof())
                .old_log_probs(call.pointer("oldLogProbs", terms.oldLogProbs))
                .ref_log_probs(call.pointer("refLogProbs", terms.refLogProbs))
                .advantages(call.pointer("advantages", terms.sequenceAdvantages()))
                .token_advantages(call.pointer("advantages", terms.tokenAdvantages()))
                .sampling_log_probs(call.pointer("samplingLogProbs", terms.samplingLogProbs))
                .metrics(call.metrics);
        call.setFusedOptions(options);
        int status = switch (call.backend(rows.backend)) {
            case REFERENCE -> Abi.rrft_reference_fused_policy_loss(args);
            case CPU -> Abi.rrft_cpu_fused_policy_loss(args);
            case CUDA ->
                call.cuda(
                        "rrft_cuda_fused_policy_loss",
                        args,
                        call.metrics,
                        to -> args.metrics(new PolicyMetricsStruct(to)));
        };
        Reference.reachabilityFence(this);
        Native.check(status);
        return call.metrics();
    }

    /** A device call allocates nothing; the kernel keeps these between its two halves. */
    private static void onDevice(String name, View output) {
        if (output == null) {
            throw new IllegalArgumentException(name + ": not set; wanted memory of the device for it");
        }
    }
}
