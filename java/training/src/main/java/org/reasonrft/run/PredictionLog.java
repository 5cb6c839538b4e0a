package org.reasonrft.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Answers of a model, one {@link PredictionLine} a line and question, written while it answers:
 *
 * <pre>{@code
 * {"index":0,"id":"a","problem":"How many?","image":["a.png"],"answer":"4","completions":[
 *   {"text":"...","scores":{"accuracy":1.0},"right":true,"formatted":true,"tokens":31,"finished":true}]}
 * }</pre>
 *
 * <p>The bytes follow from model, data and settings alone.
 */
public final class PredictionLog implements AutoCloseable {
    private static final String INDEX = "index";
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final ObjectReader LINE =
            JSON.readerFor(PredictionLine.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path path;
    private final List<PredictionLine> earlier;
    /** Null until something is appended: an evaluation that fails at its first question leaves no file. */
    private JsonLinesFile file;

    private PredictionLog(Path path, List<PredictionLine> earlier) {
        this.path = path;
        this.earlier = earlier;
    }

    /**
     * Opens the log to go on behind its last whole line; what a killed writer left behind that is cut off when the
     * next is appended. A file that is missing is started then.
     *
     * @throws RunException if a whole line is not one of ours
     */
    public static PredictionLog open(Path path) {
        List<PredictionLine> lines = new ArrayList<>();
        if (Files.exists(path)) {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                for (int b = in.read(); b >= 0; b = in.read()) {
                    if (b == '\n') {
                        lines.add(read(path, lines.size(), line.toByteArray()));
                        line.reset();
                    } else {
                        line.write(b);
                    }
                }
            } catch (IOException e) {
                throw RunException.of("continue", path, e);
            }
        }
        return new PredictionLog(path, List.copyOf(lines));
    }

    private static PredictionLine read(Path path, int index, byte[] line) throws IOException {
        String problem;
        try {
            PredictionLine read = LINE.readValue(line);
            if (read != null && read.index() == index) {
                return read;
            }
            problem = "wanted question " + index + ", got " + (read == null ? "null" : read.index());
        } catch (JsonMappingException e) {
            problem =
                    e.getCause() == null ? e.getOriginalMessage() : e.getCause().getMessage();
        } catch (JsonProcessingException e) {
            problem = e.getOriginalMessage();
        }
        throw new RunException(path + ", line " + (index + 1) + ": not one of ours: " + problem);
    }

    /** What the file held when it was opened: questions 0 and following. */
    public List<PredictionLine> earlier() {
        return earlier;
    }

    /**
     * Appends a line and hands it to the operating system.
     *
     * @throws RunException if it cannot be written
     */
    public void append(PredictionLine line) {
        if (file == null) {
            file = JsonLinesFile.openForResume(path, INDEX, earlier.size() - 1L);
        }
        file.append(line.index(), json -> {
            json.writeStringField("id", line.id());
            json.writeStringField("problem", line.problem());
            json.writeArrayFieldStart("image");
            for (String image : line.image()) {
                json.writeString(image);
            }
            json.writeEndArray();
            json.writeStringField("answer", line.answer());
            json.writeArrayFieldStart("completions");
            for (PredictionLine.Completion completion : line.completions()) {
                json.writeStartObject();
                json.writeStringField("text", completion.text());
                json.writeObjectFieldStart("scores");
                for (Map.Entry<String, Double> score : completion.scores().entrySet()) {
                    json.writeNumberField(score.getKey(), score.getValue());
                }
                json.writeEndObject();
                json.writeBooleanField("right", completion.right());
                json.writeBooleanField("formatted", completion.formatted());
                json.writeNumberField("tokens", completion.tokens());
                json.writeBooleanField("finished", completion.finished());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    @Override
    public void close() {
        if (file != null) {
            file.sync();
            file.close();
        }
    }
}
