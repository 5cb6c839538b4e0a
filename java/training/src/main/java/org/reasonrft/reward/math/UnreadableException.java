package org.reasonrft.reward.math;

/** A text that is no formula of the kinds read here; never leaves the package. */
final class UnreadableException extends RuntimeException {
    UnreadableException(String message) {
        // Most completions of an untrained model end here: no stack trace, which would be most of the cost.
        super(message, null, false, false);
    }
}
