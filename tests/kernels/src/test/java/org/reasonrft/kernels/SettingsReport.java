package org.reasonrft.kernels;

/** Prints what a process was started with, as the library sees it. For {@link EnvironmentTest}. */
final class SettingsReport {

    private SettingsReport() {}

    public static void main(String[] arguments) {
        System.out.println("tier " + Kernels.cpuTier() + ", " + Kernels.cpuTierReason() + ", threads "
                + Kernels.defaultThreads() + ", CUDA " + Kernels.cuda().available());
    }
}
