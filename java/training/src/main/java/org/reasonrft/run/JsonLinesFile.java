package org.reasonrft.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of JSON lines, each with a number that never falls, its {@code "step"} unless another key is named. Every line
 * reaches the operating system in one write, so a killed process leaves at most one torn line, the last.
 */
final class JsonLinesFile implements AutoCloseable {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final String STEP = "step";

    private final Path path;
    private final String key;
    private final FileChannel channel;
    private long lastStep;

    private JsonLinesFile(Path path, String key, FileChannel channel, long lastStep) {
        this.path = path;
        this.key = key;
        this.channel = channel;
        this.lastStep = lastStep;
    }

    /** Starts a file; an existing one that holds anything is refused. */
    static JsonLinesFile open(Path path) {
        try {
            if (Files.isRegularFile(path) && Files.size(path) > 0) {
                throw new RunException("cannot start " + path + ": it already holds lines of another run");
            }
            return new JsonLinesFile(path, STEP, append(path), -1);
        } catch (IOException e) {
            throw RunException.of("write", path, e);
        }
    }

    /**
     * Continues a file after {@code lastStep}: lines of later steps and a torn last line are cut off, so that what is appended next
     * stands where an undisturbed run would have put it.
     */
    static JsonLinesFile openForResume(Path path, long lastStep) {
        return openForResume(path, STEP, lastStep);
    }

    /** The same where the number has another name. */
    static JsonLinesFile openForResume(Path path, String key, long lastStep) {
        try {
            // A device has no lines to go back to, and may never end.
            if (Files.isRegularFile(path)) {
                long end = endOfStep(path, key, lastStep);
                try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                    file.truncate(end);
                }
            }
            return new JsonLinesFile(path, key, append(path), lastStep);
        } catch (IOException e) {
            throw RunException.of("continue", path, e);
        }
    }

    private static FileChannel append(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    }

    /** The offset just behind the last whole line whose step is at most {@code lastStep}. */
    private static long endOfStep(Path path, String key, long lastStep) throws IOException {
        long end = 0;
        long lineNumber = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b != '\n') {
                    line.write(b);
                    continue;
                }
                lineNumber++;
                if (stepOf(line.toByteArray(), path, key, lineNumber) > lastStep) {
                    return end;
                }
                end += line.size() + 1L;
                line.reset();
            }
        }
        return end;
    }

    private static long stepOf(byte[] line, Path path, String key, long lineNumber) throws IOException {
        JsonNode step;
        try {
            step = MAPPER.readTree(line).get(key);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new RunException(
                    path + ", line " + lineNumber + ": not a JSON object; the file was changed by something else", e);
        }
        if (step == null || !step.isIntegralNumber()) {
            throw new RunException(path + ", line " + lineNumber + ": no whole number \"" + key + "\"");
        }
        return step.asLong();
    }

    /** Writes the fields of one line; its number is already written. */
    @FunctionalInterface
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    void append(long step, Fields fields) {
        if (step < 0 || step < lastStep) {
            throw new IllegalArgumentException(
                    key + " is " + step + " after " + key + " " + lastStep + " in " + path + "; it never falls");
        }
        try {
            ByteArrayOutputStream line = new ByteArrayOutputStream(256);
            try (JsonGenerator json = FACTORY.createGenerator(line)) {
                json.writeStartObject();
                json.writeNumberField(key, step);
                fields.write(json);
                json.writeEndObject();
            }
            line.write('\n');
            ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw RunException.of("write", path, e);
        }
        lastStep = step;
    }

    /** Forces everything appended so far to the device. */
    void sync() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw RunException.of("write", path, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw RunException.of("close", path, e);
        }
    }

    /** Not-a-number and the infinities have no JSON form; they become {@code null}. */
    static void writeNumber(JsonGenerator json, Number value) throws IOException {
        if (value instanceof Double || value instanceof Float) {
            if (!Double.isFinite(value.doubleValue())) {
                json.writeNull();
            } else if (value instanceof Float) {
                json.writeNumber(value.floatValue());
            } else {
                json.writeNumber(value.doubleValue());
            }
        } else if (value instanceof Long || value instanceof Integer) {
            json.writeNumber(value.longValue());
        } else {
            throw new IllegalArgumentException("a metric is "
                    + (value == null ? "null" : "a " + value.getClass().getSimpleName())
                    + "; wanted a double, float, long or int");
        }
    }
}
