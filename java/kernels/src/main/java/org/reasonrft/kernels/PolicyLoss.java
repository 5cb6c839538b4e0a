package org.reasonrft.kernels;

import java.lang.ref.Reference;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.PolicyLossArgs;
import org.reasonrft.kernels.internal.PolicyMetricsStruct;

/**
 * The policy loss of {@link PolicyLossOptions} from log-probabilities: loss, metrics and the gradient by the
 * log-probabilities in one call. Where the logits are at hand, {@link FusedPolicyLoss} spares the two other passes.
 *
 * <pre>{@code
 * PolicyMetrics metrics = PolicyLoss.of(logProbs, advantages)
 *         .mask(completionMask).oldLogProbs(oldLogProbs).gradLogProbs(gradLogProbs)
 *         .compute(PolicyLossOptions.grpo());
 * }</pre>
 *
 * The derivative of {@code min} at a tie is that of its unclipped term. A call object: set it up once and use it as
 * often as its views stay in place. Not for concurrent use.
 */
public final class PolicyLoss {

    private final View logProbs;
    private final PolicyTerms terms;
    private View mask;
    private View entropy;
    private View gradLogProbs;
    private View gradEntropy;
    private int threads;
    private Backend backend; // null: where the views are

    private PolicyLoss(View logProbs, View advantages) {
        boolean packed = logProbs != null && logProbs.rank() == 1;
        this.logProbs =
                Checks.contiguous("logProbs", logProbs, packed ? new long[] {-1} : new long[] {-1, -1}, DType.F32);
        this.terms = new PolicyTerms(shape(), advantages);
    }

    /**
     * @param logProbs of the policy being trained, F32 of shape (B, T), contiguous. Or those of packed rows, (N): every
     *     other shape that this class names (B, T) is (N) then; see {@link FusedPolicyLoss} for what they are good for
     * @param advantages one a sequence, F32 of shape (B), or one a token, F32 of shape (B, T); of packed rows one a token
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static PolicyLoss of(View logProbs, View advantages) {
        return new PolicyLoss(logProbs, advantages);
    }

    /** U8 of shape (B, T), contiguous: 0 leaves a token out. Null, the default, counts every token. */
    public PolicyLoss mask(View input) {
        mask = input == null ? null : Checks.contiguous("mask", input, shape(), DType.U8);
        return this;
    }

    /**
     * Log-probabilities at sampling time, F32 of shape (B, T). Null, the default, takes the policy's own: ratio 1 and the
     * plain policy gradient, right for the first update after a rollout.
     */
    public PolicyLoss oldLogProbs(View input) {
        terms.oldLogProbs(input);
        return this;
    }

    /** Log-probabilities of the reference model, F32 of shape (B, T). Needed when the KL coefficient is not 0. */
    public PolicyLoss refLogProbs(View input) {
        terms.refLogProbs(input);
        return this;
    }

    /**
     * Log-probabilities that the sampling engine reported, F32 of shape (B, T). Needed by
     * {@link PolicyLossOptions#samplerCorrection()}; without it they are compared, see {@link PolicyMetrics.Sampling}. Null,
     * the default: none.
     */
    public PolicyLoss samplingLogProbs(View input) {
        terms.samplingLogProbs(input);
        return this;
    }

    /**
     * Token entropies in nats, F32 of shape (B, T), as {@link LogProbs} gives them. Needed by the entropy filters and the
     * entropy bonus. Null, the default: none.
     */
    public PolicyLoss entropy(View input) {
        entropy = input == null ? null : Checks.contiguous("entropy", input, shape(), DType.F32);
        return this;
    }

    /** Where the gradient of the loss goes: F32 of shape (B, T), 0 where the mask is 0. Null, the default: nowhere. */
    public PolicyLoss gradLogProbs(View output) {
        gradLogProbs = output == null ? null : Checks.output("gradLogProbs", output, shape(), DType.F32);
        return this;
    }

    /**
     * Where the gradient of the loss by the entropies goes, for {@link LogProbs#gradEntropy}: F32 of shape (B, T). Null, the
     * default: nowhere.
     */
    public PolicyLoss gradEntropy(View output) {
        gradEntropy = output == null ? null : Checks.output("gradEntropy", output, shape(), DType.F32);
        return this;
    }

    /** Threads at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public PolicyLoss threads(int count) {
        threads = Checks.threads(count);
        return this;
    }

    /** The implementation to run. Null, the default: the one for where the views are. */
    public PolicyLoss backend(Backend choice) {
        backend = choice;
        return this;
    }

    /**
     * Computes the loss and its metrics, and writes the gradient if asked for.
     *
     * @throws IllegalArgumentException for an input that the options need and that is not set, and for memory that overlaps or has been
     *     released; nothing has been written then
     */
    public PolicyMetrics compute(PolicyLossOptions options) {
        terms.check(options);
        if (entropy == null
                && (options.tokenFilter().readsEntropy()
                        || options.entropyBonus().coefficient() > 0)) {
            throw new IllegalArgumentException(
                    "entropy: not set; wanted for the entropy filter or bonus of " + options);
        }
        Native call = Native.ofThread();
        PolicyLossArgs args = Native.cleared(call.policyLoss);
        args.struct_size(args.sizeof())
                .batch(logProbs.rank() == 1 ? 1 : logProbs.size(0))
                .tokens(logProbs.size(logProbs.rank() - 1))
                .log_probs(call.pointer("logProbs", logProbs))
                .old_log_probs(call.pointer("oldLogProbs", terms.oldLogProbs))
                .ref_log_probs(call.pointer("refLogProbs", terms.refLogProbs))
                .advantages(call.pointer("advantages", terms.sequenceAdvantages()))
                .token_advantages(call.pointer("advantages", terms.tokenAdvantages()))
                .sampling_log_probs(call.pointer("samplingLogProbs", terms.samplingLogProbs))
                .entropy(call.pointer("entropy", entropy))
                .grad_entropy(call.pointer("gradEntropy", gradEntropy))
                .mask(call.pointer("mask", mask))
                .grad_log_probs(call.pointer("gradLogProbs", gradLogProbs))
                .metrics(call.metrics)
                .threads(threads);
        call.setPolicyLossOptions(options);
        int status = switch (call.backend(backend)) {
            case REFERENCE -> Abi.rrft_reference_policy_loss(args);
            case CPU -> Abi.rrft_cpu_policy_loss(args);
            case CUDA ->
                call.cuda("rrft_cuda_policy_loss", args, call.metrics, to -> args.metrics(new PolicyMetricsStruct(to)));
        };
        Reference.reachabilityFence(this);
        Native.check(status);
        return call.metrics();
    }

    private long[] shape() {
        return logProbs.rank() == 1 ? new long[] {logProbs.size(0)} : new long[] {logProbs.size(0), logProbs.size(1)};
    }
}
