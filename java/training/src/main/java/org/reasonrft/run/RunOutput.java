package org.reasonrft.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.reasonrft.io.AtomicDirectory;
import org.reasonrft.io.AtomicFile;

/** Publishes files and folders all at once; failures come as {@link RunException}s that name them. */
public final class RunOutput {
    private RunOutput() {}

    /**
     * Refuses to write over something: before hours of work, not after them.
     *
     * @throws RunException if there is anything at {@code target}
     */
    public static void requireAbsent(Path target) {
        if (Files.exists(target)) {
            throw new RunException("cannot write " + target + ": it exists already");
        }
    }

    /**
     * Writes and publishes a folder; see {@link AtomicDirectory#publish}.
     *
     * @throws RunException if anything cannot be written; an existing {@code target} is then left as it was
     */
    public static void publish(Path target, AtomicDirectory.Writer writer) {
        try {
            AtomicDirectory.publish(target, writer);
        } catch (IOException e) {
            throw RunException.of("write", target, e);
        }
    }

    /**
     * Writes and publishes a text; see {@link AtomicFile#write(Path, String)}.
     *
     * @throws RunException if it cannot be written; an existing {@code target} is then left as it was
     */
    public static void writeFile(Path target, String text) {
        try {
            AtomicFile.write(target, text);
        } catch (IOException e) {
            throw RunException.of("write", target, e);
        }
    }
}
