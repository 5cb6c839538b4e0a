package org.reasonrft.vision;

import java.io.IOException;

/** A picture file that is damaged, too large or of an unknown kind. The message names the file. */
public final class ImageFormatException extends IOException {
    public ImageFormatException(String message) {
        super(message);
    }

    public ImageFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
