package org.reasonrft.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C (SIGINT) and SIGTERM into a question the training loop asks at each step boundary, so that it can write a checkpoint and
 * leave in order.
 *
 * <pre>{@code
 * try (StopSignal stop = StopSignal.install(Duration.ofMinutes(2))) {
 *     for (long step = first; step <= last && !stop.requested(); step++) { ... }
 *     writeCheckpoint();
 * }
 * }</pre>
 *
 * <p>The virtual machine answers either signal by running its shutdown hooks while all other threads go on. The hook of this class waits
 * until {@link #close} is called, but no longer than the grace period; the process then ends with the usual status, 130 for SIGINT and 143
 * for SIGTERM. A second Ctrl-C is ignored by the virtual machine; SIGKILL is safe at any time, and loses the steps since the last checkpoint.
 */
public final class StopSignal implements AutoCloseable {
    private final Duration grace;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean requested;

    private StopSignal(Duration grace) {
        this.grace = grace;
        this.hook = new Thread(this::stopAndWait, "reason-rft-stop");
    }

    /**
     * Starts to listen.
     *
     * @param grace how long the process may take, after a signal, to reach {@link #close}; more than zero
     */
    public static StopSignal install(Duration grace) {
        if (grace.isZero() || grace.isNegative()) {
            throw new IllegalArgumentException("grace is " + grace + "; wanted more than zero");
        }
        StopSignal signal = new StopSignal(grace);
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    /** A signal that nothing sends but {@link #request}, for programs that handle interrupts themselves. */
    public static StopSignal manual() {
        return new StopSignal(Duration.ofSeconds(1));
    }

    /** Whether the loop should stop at this step boundary. */
    public boolean requested() {
        return requested;
    }

    /** Asks the loop to stop, as a signal would. */
    public void request() {
        requested = true;
    }

    private void stopAndWait() {
        requested = true;
        if (finished.getCount() == 0) {
            return;
        }
        System.err.println(
                "reason-rft: stopping; waiting up to " + grace.toSeconds() + " s until what was done is on disk");
        try {
            if (!finished.await(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("reason-rft: not on disk after " + grace.toSeconds()
                        + " s; giving up what was done since the last time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says that all is written: a process that was asked to stop may end now. */
    @Override
    public void close() {
        finished.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // Shutdown began a moment ago; the hook sees that the work is finished and returns at once.
                requested = true;
            }
        }
    }
}
