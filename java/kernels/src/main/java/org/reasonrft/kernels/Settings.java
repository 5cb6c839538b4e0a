package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;

/** What the process is told to run with: system properties, which win over the environment. Read once. */
final class Settings {

    static final String CPU_TIER_PROPERTY = "reasonrft.cpu.tier";
    static final String THREADS_PROPERTY = "reasonrft.num.threads";

    /** The tier that the property names, or null. */
    static final String CPU_TIER = System.getProperty(CPU_TIER_PROPERTY);

    private Settings() {}

    /**
     * Hands the settings to the native library, which has just been loaded, and so has it check the environment too.
     *
     * @throws IllegalArgumentException for a name or a number that is none
     * @throws UnsupportedOperationException for a tier that this processor lacks
     */
    static void apply() {
        int status = Abi.rrft_configure(CPU_TIER, threads(System.getProperty(THREADS_PROPERTY)));
        try {
            Native.check(status);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(named(e), e);
        } catch (UnsupportedOperationException e) {
            throw new UnsupportedOperationException(named(e), e);
        }
    }

    /** 0 without the property. */
    private static int threads(String text) {
        if (text == null) {
            return 0;
        }
        try {
            int threads = Integer.parseInt(text);
            if (threads >= 1 && threads <= 1024) {
                return threads;
            }
        } catch (NumberFormatException e) {
            // refused below, as a number out of range is
        }
        throw new IllegalArgumentException(
                "system property " + THREADS_PROPERTY + " is \"" + text + "\", wanted a number from 1 to 1024");
    }

    /** The library calls its argument cpu_tier, where the user knows the property. */
    private static String named(RuntimeException refused) {
        return refused.getMessage()
                .replace("rrft_configure: cpu_tier", "system property " + CPU_TIER_PROPERTY)
                .replace("rrft_configure: ", "");
    }
}
