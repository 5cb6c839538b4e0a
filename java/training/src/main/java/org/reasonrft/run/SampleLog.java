package org.reasonrft.run;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Sampled completions by step, one {@link SampledGroup} a line:
 * {@code {"step":3,"question":"...","image":["a.png"],"answer":"4","completions":[{"text":"...","rewards":{"format":1.0},"reward":1.0,
 * "advantage":0.7,"tokens":31}]}}. As deterministic as {@link MetricsLog}.
 */
public final class SampleLog implements AutoCloseable {
    private final JsonLinesFile file;

    private SampleLog(JsonLinesFile file) {
        this.file = file;
    }

    /** Starts a log; see {@link MetricsLog#open}. */
    public static SampleLog open(Path path) {
        return new SampleLog(JsonLinesFile.open(path));
    }

    /** Continues a log; see {@link MetricsLog#openForResume}. */
    public static SampleLog openForResume(Path path, long lastStep) {
        return new SampleLog(JsonLinesFile.openForResume(path, lastStep));
    }

    /**
     * Appends a line and hands it to the operating system.
     *
     * @throws RunException if the line cannot be written
     */
    public void append(SampledGroup sample) {
        file.append(sample.step(), json -> write(json, sample));
    }

    private static void write(JsonGenerator json, SampledGroup sample) throws IOException {
        json.writeStringField("question", sample.question());
        json.writeArrayFieldStart("image");
        for (String image : sample.image()) {
            json.writeString(image);
        }
        json.writeEndArray();
        json.writeStringField("answer", sample.answer());
        json.writeArrayFieldStart("completions");
        for (SampledGroup.Completion completion : sample.completions()) {
            json.writeStartObject();
            json.writeStringField("text", completion.text());
            json.writeObjectFieldStart("rewards");
            for (Map.Entry<String, Double> reward : completion.rewards().entrySet()) {
                json.writeFieldName(reward.getKey());
                JsonLinesFile.writeNumber(json, reward.getValue());
            }
            json.writeEndObject();
            json.writeFieldName("reward");
            JsonLinesFile.writeNumber(json, completion.reward());
            json.writeFieldName("advantage");
            JsonLinesFile.writeNumber(json, completion.advantage());
            json.writeNumberField("tokens", completion.tokens());
            json.writeEndObject();
        }
        json.writeEndArray();
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
