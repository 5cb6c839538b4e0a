package org.reasonrft.run;

import java.io.IOException;
import java.nio.file.Path;
import org.reasonrft.io.IoFailure;

/** A run cannot be started, written or read. The message is one line that names the file or folder and the reason. */
public final class RunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RunException(String message) {
        super(message);
    }

    public RunException(String message, Throwable cause) {
        super(message, cause);
    }

    /** {@code cannot <action> <path>: <reason>}. */
    public static RunException of(String action, Path path, IOException cause) {
        return new RunException("cannot " + action + " " + path + ": " + IoFailure.reason(cause), cause);
    }
}
