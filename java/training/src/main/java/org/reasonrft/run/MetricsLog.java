package org.reasonrft.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Numbers by step, one JSON object a line: {@code {"step":3,"kl":0.01,"loss":0.25}}.
 *
 * <p>The bytes are a function of the numbers alone: keys are sorted, floating-point numbers print as {@link Double#toString(double)} or
 * {@link Float#toString(float)} do, not-a-number and infinities as {@code null}, and nothing depends on the clock. A run that was killed
 * and resumed therefore leaves the same file as one that was not. Whatever depends on the clock belongs into a log of its own.
 */
public final class MetricsLog implements AutoCloseable {
    private final JsonLinesFile file;

    private MetricsLog(JsonLinesFile file) {
        this.file = file;
    }

    /**
     * Starts a log.
     *
     * @throws RunException if {@code path} holds lines already or cannot be written
     */
    public static MetricsLog open(Path path) {
        return new MetricsLog(JsonLinesFile.open(path));
    }

    /**
     * Continues a log after {@code lastStep} (-1: from the start); lines of later steps and a torn last line are cut off. A file that is
     * missing is started.
     *
     * @throws RunException if a line before the last is not one of ours or the file cannot be written
     */
    public static MetricsLog openForResume(Path path, long lastStep) {
        return new MetricsLog(JsonLinesFile.openForResume(path, lastStep));
    }

    /**
     * Appends a line and hands it to the operating system.
     *
     * @param step   0 or more, and not below that of the line before
     * @param values doubles, floats, longs or ints by name; {@code step} is no name
     * @throws RunException if the line cannot be written, for example on a full disk
     */
    public void append(long step, Map<String, ? extends Number> values) {
        if (values.containsKey("step")) {
            throw new IllegalArgumentException("values has a key \"step\"; the step is an argument of its own");
        }
        file.append(step, json -> {
            for (Map.Entry<String, ? extends Number> value : new TreeMap<String, Number>(values).entrySet()) {
                json.writeFieldName(value.getKey());
                JsonLinesFile.writeNumber(json, value.getValue());
            }
        });
    }

    /** Forces the lines to the device; call it before publishing a checkpoint that continues them. */
    public void sync() {
        file.sync();
    }

    @Override
    public void close() {
        file.close();
    }
}
