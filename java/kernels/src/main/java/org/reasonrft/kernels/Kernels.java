package org.reasonrft.kernels;

/** What the native library is and what it can use here. */
public final class Kernels {

    /**
     * What the CUDA library can use.
     *
     * @param devices number of CUDA devices; 0 when the library, the driver or a device is missing
     * @param reason what is missing, or what was found, in a sentence
     */
    public record Cuda(int devices, String reason) {

        /** Whether there is a device to run on. */
        public boolean available() {
            return devices > 0;
        }
    }

    private Kernels() {}

    /** Version of the native library's interface, for example {@code 0.1.0}. */
    public static String version() {
        int version = Native.version();
        return version / 10000 + "." + version / 100 % 100 + "." + version % 100;
    }

    /**
     * The instruction set that {@link Backend#CPU} runs with, for example {@code x86-64-v3}: the one that the system
     * property {@code reasonrft.cpu.tier} names when this package is first used, else the environment variable
     * REASONRFT_CPU_TIER, else the best that the processor has. A name that is none, or that this processor lacks, makes
     * the package fail to load: the first use ends in an {@link ExceptionInInitializerError} that says why.
     */
    public static String cpuTier() {
        return Native.cpuTier();
    }

    /**
     * Why {@link #cpuTier} is what it is: {@code best of x86-64-v4, x86-64-v3, x86-64 that this processor supports},
     * {@code forced by REASONRFT_CPU_TIER} or {@code forced by system property reasonrft.cpu.tier}.
     */
    public static String cpuTierReason() {
        return Native.cpuTierReason();
    }

    /**
     * Threads of a call that asks for 0: the system property {@code reasonrft.num.threads} when this package is first
     * used, else the environment variable REASONRFT_NUM_THREADS, else the processors that this process may use
     * (affinity, cgroup v2 quota). Neither may be anything but a number from 1 to 1024; see {@link #cpuTier} for what
     * happens otherwise.
     */
    public static int defaultThreads() {
        return Native.defaultThreads();
    }

    /**
     * Whether the CUDA library is there, loads and finds a device; looked up once. Never fails. The library is that of the
     * classifier {@code PLATFORM-gpu}, or the file that the system property {@code reasonrft.cuda.library} names.
     */
    public static Cuda cuda() {
        return CudaLibrary.STATUS;
    }
}
