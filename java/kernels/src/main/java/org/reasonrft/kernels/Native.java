package org.reasonrft.kernels;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.FusedPolicyLossArgs;
import org.reasonrft.kernels.internal.GroupAdvantagesArgs;
import org.reasonrft.kernels.internal.LinearLogProbsArgs;
import org.reasonrft.kernels.internal.LogProbsArgs;
import org.reasonrft.kernels.internal.PolicyLossArgs;
import org.reasonrft.kernels.internal.PolicyLossOptionsStruct;
import org.reasonrft.kernels.internal.PolicyMetricsStruct;

/**
 * The argument structs of one thread, allocated once: a call costs no native allocation. Reaching this class loads the
 * native library.
 */
final class Native {

    static {
        try {
            Loader.load(Abi.class);
        } catch (UnsatisfiedLinkError e) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError("reason-rft-kernels has no native library for "
                    + Loader.getPlatform() + " on the class path; add the artifact reason-rft-kernels with classifier "
                    + Loader.getPlatform() + " (" + e.getMessage() + ")");
            error.initCause(e);
            throw error;
        }
        Settings.apply();
    }

    private static final ThreadLocal<Native> OF_THREAD = ThreadLocal.withInitial(Native::new);

    final LogProbsArgs logProbs = new LogProbsArgs();
    final LinearLogProbsArgs linearLogProbs = new LinearLogProbsArgs();
    final GroupAdvantagesArgs groupAdvantages = new GroupAdvantagesArgs();
    final PolicyLossArgs policyLoss = new PolicyLossArgs();
    final FusedPolicyLossArgs fused = new FusedPolicyLossArgs();
    final LogProbsArgs fusedRows = fused.rows();
    final DoublePointer scalar = new DoublePointer(1);
    final PolicyMetricsStruct metrics = new PolicyMetricsStruct();
    private final PolicyLossOptionsStruct policyLossOptions = policyLoss.options();
    private final PolicyLossOptionsStruct fusedOptions = fused.options();
    private final Address address = new Address();

    /** The caller may have a PointerScope open, which would free everything allocated here when it closes. */
    private Native() {
        for (Pointer owned :
                new Pointer[] {logProbs, linearLogProbs, groupAdvantages, policyLoss, fused, scalar, metrics}) {
            owned.retainReference();
        }
    }

    /** The calling thread's structs, holding what its last call left in them. */
    static Native ofThread() {
        return OF_THREAD.get();
    }

    static <T extends Pointer> T cleared(T struct) {
        Pointer.memset(struct, 0, struct.sizeof());
        return struct;
    }

    /** The view's address as a pointer that is good until the next call of this method, or null for no view. */
    Pointer pointer(String name, View view) {
        return view == null ? null : address.at(view.address(name));
    }

    void setPolicyLossOptions(PolicyLossOptions options) {
        PolicyStructs.set(policyLossOptions, options);
    }

    void setFusedOptions(PolicyLossOptions options) {
        PolicyStructs.set(fusedOptions, options);
    }

    PolicyMetrics metrics() {
        return PolicyStructs.metrics(metrics);
    }

    /** Turns the status of a call into the exception that it stands for. */
    static void check(int status) {
        if (status == Abi.RRFT_OK) {
            return;
        }
        String text = Abi.rrft_last_error().getString();
        if (status == Abi.RRFT_ERROR_UNAVAILABLE) {
            throw new UnsupportedOperationException(text);
        }
        if (status == Abi.RRFT_ERROR_INTERNAL || status == Abi.RRFT_ERROR_STRUCT_SIZE) {
            throw new IllegalStateException(text);
        }
        throw new IllegalArgumentException(text);
    }

    static int version() {
        return Abi.rrft_version();
    }

    static int defaultThreads() {
        int threads = Abi.rrft_default_threads();
        check(Math.min(threads, Abi.RRFT_OK));
        return threads;
    }

    static String cpuTier() {
        return Abi.rrft_cpu_tier().getString();
    }

    static String cpuTierReason() {
        return Settings.CPU_TIER == null
                ? Abi.rrft_cpu_tier_reason().getString()
                : "forced by system property " + Settings.CPU_TIER_PROPERTY;
    }
}
