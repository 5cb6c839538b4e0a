package org.reasonrft.kernels;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.DecoderLayerArgs;
import org.reasonrft.kernels.internal.FusedPolicyLossArgs;
import org.reasonrft.kernels.internal.GroupAdvantagesArgs;
import org.reasonrft.kernels.internal.LinearArgs;
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
    final LinearArgs linear = new LinearArgs();
    final DecoderLayerArgs decoderLayer = new DecoderLayerArgs();
    final LogProbsArgs fusedRows = fused.rows();
    final DoublePointer scalar = new DoublePointer(1);
    final PolicyMetricsStruct metrics = new PolicyMetricsStruct();
    private final PolicyLossOptionsStruct policyLossOptions = policyLoss.options();
    private final PolicyLossOptionsStruct fusedOptions = fused.options();
    private final PolicyStructs.OptionsWriter optionsWriter = new PolicyStructs.OptionsWriter();
    private final PolicyStructs.MetricsReader metricsReader = new PolicyStructs.MetricsReader(metrics);
    private final Address address = new Address();
    private Scratch scratch = new Scratch(1024);
    private final Map<Integer, Results> deviceResults = new HashMap<>();
    private String firstName; // of the first view of the call; null: none yet
    private CudaStream stream; // of all its views

    /** The caller may have a PointerScope open, which would free everything allocated here when it closes. */
    private Native() {
        for (Pointer owned : new Pointer[] {
            logProbs, linearLogProbs, groupAdvantages, policyLoss, fused, linear, decoderLayer, scalar, metrics
        }) {
            owned.retainReference();
        }
    }

    /** The calling thread's structs, holding what its last call left in them, for a call of which no view is known yet. */
    static Native ofThread() {
        Native call = OF_THREAD.get();
        call.firstName = null;
        call.stream = null;
        return call;
    }

    static <T extends Pointer> T cleared(T struct) {
        Pointer.memset(struct, 0, struct.sizeof());
        return struct;
    }

    /**
     * The view's address as a pointer that is good until the next call of this method, or null for no view.
     *
     * @throws IllegalArgumentException unless the view is where the others of this call are
     */
    Pointer pointer(String name, View view) {
        if (view == null) {
            return null;
        }
        if (firstName == null) {
            firstName = name;
            stream = view.streamOrNull();
        } else if (!Objects.equals(stream, view.streamOrNull())) {
            throw new IllegalArgumentException(name + ": " + view + " in memory of " + place(view.streamOrNull())
                    + "; wanted that of " + place(stream) + ", as of " + firstName);
        }
        return address.at(view.address(name));
    }

    /** Float32 memory of this thread for what one call copies in and out. Grows; what is kept is at most 4 MB. */
    static final class Scratch {
        private static final int KEPT = 1 << 20;

        final View view;
        final FloatBuffer floats;

        private Scratch(int size) {
            view = View.allocate(DType.F32, size);
            floats = view.floats();
        }
    }

    /** Memory for at least so many floats, good until the next call of this method. */
    Scratch scratch(long size) {
        if (size <= scratch.view.elements()) {
            return scratch;
        }
        Scratch larger = new Scratch(Math.toIntExact(Math.max(size, Math.min(2 * size, Scratch.KEPT))));
        if (size <= Scratch.KEPT) {
            scratch = larger;
        }
        return larger;
    }

    private static String place(CudaStream stream) {
        return stream == null ? "the processor" : stream.toString();
    }

    /**
     * What runs the call: the choice, or, where it is null, what fits its views.
     *
     * @throws IllegalArgumentException for a choice that does not fit them
     * @throws UnsupportedOperationException for CUDA where it is unavailable
     */
    Backend backend(Backend choice) {
        boolean onDevice = stream != null;
        if (onDevice || choice == Backend.CUDA) {
            CudaLibrary.require();
        }
        if (choice != null && firstName != null && onDevice != (choice == Backend.CUDA)) {
            throw new IllegalArgumentException(
                    "backend: " + choice + "; wanted " + (onDevice ? "CUDA" : "REFERENCE or CPU") + " for " + firstName
                            + " in memory of " + place(stream));
        }
        return choice != null ? choice : onDevice ? Backend.CUDA : Backend.CPU;
    }

    /** Enqueues a call on the stream of its views. */
    int cuda(String function, Pointer args) {
        CudaLibrary.call(function, args, streamOrDefault());
        return Abi.RRFT_OK;
    }

    /** A call without a view has nothing to do and can do it anywhere. */
    private CudaStream streamOrDefault() {
        return stream == null ? CudaStream.ofDefault(0) : stream;
    }

    /**
     * Runs a call on the stream of its views that returns numbers, and waits for them.
     *
     * @param result the struct or scalar that the call fills in
     * @param setResult puts the address of its memory on the device into the arguments
     */
    int cuda(String function, Pointer args, Pointer result, Consumer<Pointer> setResult) {
        CudaStream queue = streamOrDefault();
        Results results = deviceResults.computeIfAbsent(queue.device(), Results::new);
        setResult.accept(address.at(results.result));
        long bytes = CudaLibrary.workspaceBytes(function, args, queue);
        CudaLibrary.call(function, args, results.workspace(bytes), bytes, queue);
        CudaLibrary.read(function, result.address(), results.result, result.sizeof(), queue);
        return Abi.RRFT_OK;
    }

    /**
     * What calls of this thread on a device return into and work in, kept as long as the thread: each call waits for its
     * result, so no two use it at the same time.
     */
    private static final class Results {
        private static final int RESULT_BYTES = 512;

        private final int device;
        private final long result;
        private long workspace;
        private long workspaceBytes;

        Results(int device) {
            this.device = device;
            result = CudaLibrary.allocate(RESULT_BYTES, device);
        }

        long workspace(long bytes) {
            if (bytes > workspaceBytes) {
                long larger = CudaLibrary.allocate(bytes, device);
                if (workspace != 0) {
                    CudaLibrary.release(workspace, device);
                }
                workspace = larger;
                workspaceBytes = bytes;
            }
            return workspace;
        }
    }

    /**
     * {@link #backend(Backend)} of an operation that devices do not have.
     *
     * @throws UnsupportedOperationException for CUDA
     */
    Backend processorBackend(String operation, Backend choice) {
        Backend chosen = stream != null ? Backend.CUDA : backend(choice);
        if (chosen == Backend.CUDA) {
            throw new UnsupportedOperationException(
                    operation + ": no implementation for CUDA; wanted memory of the processor");
        }
        return chosen;
    }

    void setPolicyLossOptions(PolicyLossOptions options) {
        optionsWriter.write(options, policyLossOptions);
    }

    void setFusedOptions(PolicyLossOptions options) {
        optionsWriter.write(options, fusedOptions);
    }

    PolicyMetrics metrics() {
        return metricsReader.read();
    }

    /** Turns the status of a call into the exception that it stands for. */
    static void check(int status) {
        check(status, () -> Abi.rrft_last_error().getString());
    }

    /** Likewise, of a library that keeps its texts to itself. */
    static void check(int status, Supplier<String> message) {
        if (status == Abi.RRFT_OK) {
            return;
        }
        String text = message.get();
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
