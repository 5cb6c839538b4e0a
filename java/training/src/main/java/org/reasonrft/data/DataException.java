package org.reasonrft.data;

/**
 * A data set, record or prompt template that cannot be used. The message is one line and names the file and, for a
 * record, its index, id and field.
 */
public final class DataException extends RuntimeException {
    /** @param message one line: what is wrong and where */
    public DataException(String message) {
        super(message);
    }

    /**
     * @param message one line: what is wrong and where
     * @param cause what the platform reported
     */
    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
