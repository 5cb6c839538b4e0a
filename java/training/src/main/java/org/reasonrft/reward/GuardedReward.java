package org.reasonrft.reward;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a reward function so that it can neither end nor hold up a run.
 *
 * <p>The whole batch is one call. If that throws, takes too long, or returns anything but one finite number or NaN per
 * completion, the completions are scored again in smaller calls, one by one where the function
 * {@linkplain RewardFunction#judgesEachAlone() judges each alone}, else sample by sample, and those whose call fails again
 * are unscored. The smaller calls together get as much time again, each a tenth of it at most, so a batch takes twice
 * the time limit in the worst case. A call that took too long is interrupted, and left behind on its thread if it does not
 * mind.
 */
public final class GuardedReward {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedReward.class);
    private static final int SHARES = 10;
    private static final ThreadPoolExecutor THREADS =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "reward");
                thread.setDaemon(true);
                return thread;
            });

    private final RewardFunction function;
    private final Duration timeout;

    /** @param timeout for a call of the whole batch; zero: no limit, and calls on the caller's thread */
    public GuardedReward(RewardFunction function, Duration timeout) {
        this.function = Objects.requireNonNull(function, "function");
        this.timeout = Objects.requireNonNull(timeout, "timeout");
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout: got " + timeout + ", wanted 0 or more");
        }
    }

    /**
     * What came of a batch.
     *
     * @param rewards one a completion; NaN where the function does not apply or failed
     * @param failed one a completion: whether the function failed on it, so that nothing can be said about the completion
     */
    public record Scored(float[] rewards, boolean[] failed) {}

    /** The name of the function. */
    public String name() {
        return function.name();
    }

    /** Scores a batch; see above for what happens when the function fails. */
    public Scored score(List<RewardInput> batch) {
        boolean[] failed = new boolean[batch.size()];
        try {
            return new Scored(call(batch, timeout.toNanos()), failed);
        } catch (FailedException e) {
            LOG.warn(
                    "reward {} failed on {} completions, scoring them in parts: {}",
                    name(),
                    batch.size(),
                    e.getMessage());
        }
        float[] rewards = new float[batch.size()];
        Arrays.fill(rewards, Float.NaN);
        long deadline = System.nanoTime() + timeout.toNanos();
        for (int[] part : parts(batch)) {
            List<RewardInput> inputs = Arrays.stream(part).mapToObj(batch::get).toList();
            try {
                float[] scores = call(inputs, share(deadline));
                for (int i = 0; i < part.length; i++) {
                    rewards[part[i]] = scores[i];
                }
            } catch (FailedException e) {
                Arrays.stream(part).forEach(i -> failed[i] = true);
                LOG.warn(
                        "reward {}: unscored: sample {}: {}",
                        name(),
                        inputs.get(0).sample().id(),
                        e.getMessage());
            }
        }
        return new Scored(rewards, failed);
    }

    private List<int[]> parts(List<RewardInput> batch) {
        if (function.judgesEachAlone()) {
            return IntStream.range(0, batch.size()).mapToObj(i -> new int[] {i}).toList();
        }
        Map<String, int[]> samples = new LinkedHashMap<>();
        for (int i = 0; i < batch.size(); i++) {
            int[] one = {i};
            samples.merge(
                    batch.get(i).sample().id(),
                    one,
                    (a, b) ->
                            IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray());
        }
        return List.copyOf(samples.values());
    }

    /** Time for the next small call; 0 without limit. */
    private long share(long deadline) throws FailedException {
        if (timeout.isZero()) {
            return 0;
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new FailedException("no time left");
        }
        return Math.min(left, Math.max(1, timeout.toNanos() / SHARES));
    }

    /** @param nanos 0: no limit */
    private float[] call(List<RewardInput> batch, long nanos) throws FailedException {
        if (nanos == 0) {
            return checked(batch);
        }
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        Future<float[]> future = THREADS.submit(() -> {
            Thread.currentThread().setContextClassLoader(loader);
            return checked(batch);
        });
        try {
            return future.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new FailedException("took longer than " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FailedException failure) {
                throw failure;
            }
            throw (Error) e.getCause();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted");
        }
    }

    private float[] checked(List<RewardInput> batch) throws FailedException {
        float[] rewards;
        try {
            rewards = function.score(batch);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            // Recursion over a completion's nested brackets ends in the second: the completion's fault, not the
            // machine's.
            throw new FailedException(e.toString());
        }
        if (rewards == null || rewards.length != batch.size()) {
            throw new FailedException("returned " + (rewards == null ? "null" : rewards.length + " rewards") + " for "
                    + batch.size() + " completions");
        }
        for (float reward : rewards) {
            if (Float.isInfinite(reward)) {
                throw new FailedException("returned " + reward);
            }
        }
        return rewards;
    }

    /** Why a call gave no rewards. */
    private static final class FailedException extends Exception {
        FailedException(String message) {
            super(message, null, false, false);
        }
    }
}
