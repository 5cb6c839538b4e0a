package org.reasonrft.kernels;

import org.bytedeco.javacpp.Loader;
import org.reasonrft.kernels.internal.Abi;

/** What the native library is and what it can use here. */
public final class Kernels {

    /**
     * Whether the CUDA library can be used.
     *
     * @param available whether it is there and loads
     * @param reason why it is not, in a sentence; what it is when it is
     */
    public record Cuda(boolean available, String reason) {}

    private Kernels() {}

    /** Version of the native library's interface, for example {@code 0.1.0}. */
    public static String version() {
        int version = Native.version();
        return version / 10000 + "." + version / 100 % 100 + "." + version % 100;
    }

    /** The instruction set that {@link Backend#CPU} runs with, for example {@code x86-64-v3}. */
    public static String cpuTier() {
        return Native.cpuTier();
    }

    /**
     * Threads of a call that asks for 0: the environment variable REASONRFT_NUM_THREADS, else the processors that this
     * process may use (affinity, cgroup v2 quota).
     *
     * @throws IllegalArgumentException when the variable is not a number from 1 to 1024
     */
    public static int defaultThreads() {
        return Native.defaultThreads();
    }

    /** Whether the CUDA library is there and loads; looked up once. Never fails. */
    public static Cuda cuda() {
        return CudaLibrary.STATUS;
    }

    /** Looked up on first use. */
    private static final class CudaLibrary {

        private static final Cuda STATUS = find();

        private static Cuda find() {
            String name = System.mapLibraryName("reasonrft_cuda");
            String resource = Loader.getPlatform() + "/" + name;
            if (Abi.class.getResource(resource) == null) {
                return new Cuda(
                        false,
                        "this build of reason-rft-kernels has no " + resource
                                + ": it was made with -Dcuda=off, or with -Dcuda=auto where no nvcc was found");
            }
            try {
                return new Cuda(true, Loader.loadLibrary(Abi.class, "reasonrft_cuda"));
            } catch (UnsatisfiedLinkError e) {
                return new Cuda(false, resource + " does not load: " + e.getMessage());
            }
        }
    }
}
