package org.reasonrft.run;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** All the logs of a run: each number goes to its JSON-lines file and to TensorBoard under the same name. */
public final class RunLog implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final MetricsLog metrics;
    private final MetricsLog timing;
    private final SampleLog samples;
    private final TensorBoardWriter tensorBoard;

    private RunLog(Path run, long lastStep) {
        try {
            metrics = opened(MetricsLog.openForResume(run.resolve(RunFolder.METRICS), lastStep));
            timing = opened(MetricsLog.openForResume(run.resolve(RunFolder.TIMING), lastStep));
            samples = opened(SampleLog.openForResume(run.resolve(RunFolder.SAMPLES), lastStep));
            tensorBoard = opened(TensorBoardWriter.openForResume(run.resolve(RunFolder.TENSORBOARD), lastStep));
        } catch (RuntimeException e) {
            try {
                close();
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    static RunLog open(Path run, long lastStep) {
        return new RunLog(run, lastStep);
    }

    private <T extends AutoCloseable> T opened(T log) {
        open.push(log);
        return log;
    }

    /** Numbers that follow from configuration, data and seed alone: losses, rewards, lengths. See {@link MetricsLog#append}. */
    public void metrics(long step, Map<String, ? extends Number> values) {
        metrics.append(step, values);
        tensorBoard.scalars(step, values);
    }

    /** Numbers that depend on the clock or the machine: seconds, rates, memory. */
    public void timing(long step, Map<String, ? extends Number> values) {
        timing.append(step, values);
        tensorBoard.scalars(step, values);
    }

    /** One question with its sampled completions. */
    public void sample(SampledGroup sample) {
        samples.append(sample);
    }

    /** Forces everything to the device; call it before publishing a checkpoint. */
    public void sync() {
        metrics.sync();
        timing.sync();
        samples.sync();
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            } catch (Exception e) {
                throw new IllegalStateException("a log threw a checked exception on close", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
