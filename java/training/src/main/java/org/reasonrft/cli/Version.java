package org.reasonrft.cli;

import picocli.CommandLine;

/** What {@code --version} prints: our version from the manifest of the jar, and the virtual machine, which bug reports need. */
final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {
            "reason-rft " + (version == null ? "(built from sources, no jar)" : version),
            "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch")
        };
    }
}
