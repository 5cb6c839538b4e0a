package org.reasonrft.run;

/** A configuration is wrong. The message is one line that names the key, the value that came, what was wanted, and where it came from. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }

    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
