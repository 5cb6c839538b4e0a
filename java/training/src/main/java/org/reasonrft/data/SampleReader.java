package org.reasonrft.data;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reasonrft.io.IoFailure;

/**
 * Reads records in the Reason-RFT form from a JSON array ({@code .json}) or one object per line ({@code .jsonl}).
 *
 * <p>A record is {@code {"id", "image", "problem", "answer" | "solution", "cot"?}}. {@code image} is a path, a list of
 * paths, or a list of {@code {"path": ...}} objects, each relative to the image root; it may be absent or empty for a
 * question in text alone. The gold answer may be wrapped in {@code <answer>} tags, which are taken off. Other fields
 * are kept in {@link Sample#extras()}.
 *
 * <p>Every complaint is a {@link DataException} of one line that names the file, the record's index (from 0), its id
 * and the field.
 */
public final class SampleReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> KNOWN = Set.of("id", "image", "problem", "answer", "solution", "cot");

    private final Path file;
    private final Path imageRoot;
    private final List<Sample> samples = new ArrayList<>();
    private final Map<String, Integer> indexOfId = new HashMap<>();

    private SampleReader(Path file, Path imageRoot) {
        this.file = file;
        this.imageRoot = imageRoot;
    }

    /**
     * Reads a data set whose image paths are relative to the folder of {@code file}.
     *
     * @throws DataException see {@link #read(Path, Path)}
     */
    public static List<Sample> read(Path file) {
        return read(file, null);
    }

    /**
     * Reads a data set, in file order.
     *
     * @param file a JSON array of records or JSON Lines, UTF-8
     * @param imageRoot folder that image paths are relative to; null: that of the file
     * @return the samples, at least one, unmodifiable
     * @throws DataException if the file cannot be read or parsed, holds no record, repeats an id, has a malformed
     *     record, or names a picture that is not a file
     */
    public static List<Sample> read(Path file, Path imageRoot) {
        Path root = imageRoot == null ? file.toAbsolutePath().getParent() : imageRoot;
        SampleReader reader = new SampleReader(file, root);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
                JsonParser parser = JSON.createParser(in)) {
            reader.readAll(parser);
        } catch (JacksonException e) {
            throw new DataException(
                    file + ": record " + reader.samples.size() + ": not valid JSON: "
                            + firstLine(e.getOriginalMessage()) + place(e),
                    e);
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": no such file", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + IoFailure.reason(e), e);
        }
        if (reader.samples.isEmpty()) {
            throw new DataException(file + ": data set is empty");
        }
        return List.copyOf(reader.samples);
    }

    private void readAll(JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        boolean array = first == JsonToken.START_ARRAY;
        JsonToken token = array ? parser.nextToken() : first;
        JsonToken end = array ? JsonToken.END_ARRAY : null;
        for (int index = 0; token != end; index++) {
            JsonNode node = parser.readValueAsTree();
            if (!(node instanceof ObjectNode record)) {
                throw new DataException(file + ": record " + index + ": wanted a JSON object, got " + shown(node));
            }
            samples.add(new RecordReader(record, index).read());
            token = parser.nextToken();
        }
        if (array && parser.nextToken() != null) {
            throw new DataException(file + ": something follows the end of the JSON array");
        }
    }

    /** One record; holds what every complaint has to name. */
    private final class RecordReader {
        private final ObjectNode record;
        private final int index;
        private String id;

        RecordReader(ObjectNode record, int index) {
            this.record = record;
            this.index = index;
        }

        Sample read() {
            id = scalarText("id", true);
            Integer earlier = indexOfId.putIfAbsent(id, index);
            if (earlier != null) {
                throw wrong("id", "was used before, by record " + earlier);
            }
            String problem = scalarText("problem", true);
            String cot = scalarText("cot", false);
            return new Sample(id, images(), problem, goldAnswer(), cot, extras());
        }

        private String goldAnswer() {
            String answer = unwrapped("answer");
            String solution = unwrapped("solution");
            if (answer == null && solution == null) {
                throw wrong("answer", "missing (neither 'answer' nor 'solution' is there)");
            }
            if (answer != null && solution != null && !answer.equals(solution)) {
                throw wrong("solution", "'" + solution + "' contradicts answer '" + answer + "'");
            }
            return answer != null ? answer : solution;
        }

        private String unwrapped(String field) {
            String text = scalarText(field, false);
            if (text == null) {
                return null;
            }
            String inside = AnswerTags.insideOrWhole(text);
            if (inside.isBlank()) {
                throw wrong(field, "wanted an answer, got '" + text + "'");
            }
            return inside;
        }

        private List<Path> images() {
            JsonNode node = record.path("image");
            if (node.isMissingNode() || node.isNull()) {
                return List.of();
            }
            List<Path> paths = new ArrayList<>();
            if (node.isArray()) {
                for (JsonNode item : node) {
                    paths.add(image(item.isObject() ? item.path("path") : item));
                }
            } else if (!node.isTextual() || !node.textValue().isEmpty()) {
                paths.add(image(node));
            }
            return paths;
        }

        private Path image(JsonNode node) {
            if (!node.isTextual() || node.textValue().isBlank()) {
                throw wrong("image", "wanted a path or a list of paths, got " + shown(node));
            }
            Path path;
            try {
                path = imageRoot.resolve(node.textValue());
            } catch (InvalidPathException e) {
                throw wrong("image", "not a path: '" + node.textValue() + "'");
            }
            if (!Files.isRegularFile(path)) {
                throw wrong("image", "no such file: " + path);
            }
            return path;
        }

        private Map<String, Object> extras() {
            Map<String, Object> extras = new LinkedHashMap<>();
            record.properties().forEach(entry -> {
                if (!KNOWN.contains(entry.getKey()) && !entry.getValue().isNull()) {
                    extras.put(entry.getKey(), JSON.convertValue(entry.getValue(), Object.class));
                }
            });
            return extras;
        }

        /** Text of a string or number field; null for an absent field that is not required. */
        private String scalarText(String field, boolean required) {
            JsonNode node = record.path(field);
            if (node.isMissingNode() || node.isNull()) {
                if (required) {
                    throw wrong(field, "missing");
                }
                return null;
            }
            if (!node.isTextual() && !node.isNumber()) {
                throw wrong(field, "wanted text, got " + shown(node));
            }
            String text = node.asText();
            if (required && text.isBlank()) {
                throw wrong(field, "wanted text, got '" + text + "'");
            }
            return text;
        }

        private DataException wrong(String field, String what) {
            return new DataException(file + ": record " + index + (id == null ? "" : " (id '" + id + "')") + ": field '"
                    + field + "': " + what);
        }
    }

    private static String shown(JsonNode node) {
        String text = node == null || node.isMissingNode() ? "nothing" : firstLine(node.toString());
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String place(JacksonException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }
}
