package org.reasonrft.model;

import java.io.IOException;

/** A checkpoint file that is damaged, lies about itself or does not fit the model. The message names the file. */
public final class ModelFormatException extends IOException {
    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
