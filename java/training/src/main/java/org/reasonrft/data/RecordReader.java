package org.reasonrft.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a sample of one record of any published form; {@link SampleReader} lists them. */
final class RecordReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> KNOWN =
            Set.of("id", "image", "images", "problem", "answer", "solution", "cot", "messages");
    private static final String IMAGE = "<image>";

    private final ObjectNode record;
    private final Path imageRoot;
    /** File and index, for complaints. */
    private final String place;

    private String id;

    RecordReader(ObjectNode record, Path imageRoot, String place) {
        this.record = record;
        this.imageRoot = imageRoot;
        this.place = place;
    }

    /** @throws DataException naming place, id and field */
    Sample read() {
        id = scalarText("id", true);
        return record.hasNonNull("messages") ? conversation() : question();
    }

    private Sample question() {
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

    /** A user turn with a mark for each picture, and an assistant turn with or without chain of thought. */
    private Sample conversation() {
        JsonNode messages = record.get("messages");
        boolean system = messages.isArray()
                && "system".equals(messages.path(0).path("role").textValue());
        int user = system ? 1 : 0;
        if (!messages.isArray() || messages.size() != user + 2) {
            throw wrong("messages", "wanted a turn of the user and one of the assistant, got " + shown(messages));
        }
        String asked = content(messages, user, "user");
        String target = content(messages, user + 1, "assistant");
        List<Path> images = images();
        int marks = (asked.length() - asked.replace(IMAGE, "").length()) / IMAGE.length();
        if (marks != images.size()) {
            throw wrong(
                    "messages",
                    "has " + marks + " " + IMAGE + " for " + images.size()
                            + (images.size() == 1 ? " picture" : " pictures"));
        }
        String problem = AnswerTags.strip(asked.replace(IMAGE, ""));
        if (problem.isEmpty()) {
            throw wrong("messages", "the user says nothing");
        }
        String answer = AnswerTags.insideOrWhole(target);
        if (answer.isBlank()) {
            throw wrong("messages", "wanted an answer, got '" + shortened(target) + "'");
        }
        return new Sample(id, images, problem, answer, thinking(target), extras());
    }

    private String content(JsonNode messages, int index, String role) {
        JsonNode message = messages.get(index);
        if (!role.equals(message.path("role").textValue())
                || !message.path("content").isTextual()) {
            throw wrong("messages[" + index + "]", "wanted a text of the " + role + ", got " + shown(message));
        }
        return message.get("content").textValue();
    }

    /** The text inside the thinking tags; null if the target has none. */
    private static String thinking(String target) {
        int start = target.indexOf("<think>");
        int end = start < 0 ? -1 : target.indexOf("</think>", start);
        String thinking = end < 0 ? "" : AnswerTags.strip(target.substring(start + "<think>".length(), end));
        return thinking.isEmpty() ? null : thinking;
    }

    private List<Path> images() {
        String field = record.hasNonNull("image") ? "image" : "images";
        JsonNode node = record.path(field);
        if (field.equals("image")
                && record.hasNonNull("images")
                && !record.get("images").equals(node)) {
            throw wrong("images", "is there beside 'image' and says something else");
        }
        if (node.isMissingNode() || node.isNull()) {
            return List.of();
        }
        List<Path> paths = new ArrayList<>();
        if (node.isArray()) {
            for (JsonNode item : node) {
                paths.add(image(field, item.isObject() ? item.path("path") : item));
            }
        } else if (!node.isTextual() || !node.textValue().isEmpty()) {
            paths.add(image(field, node));
        }
        return paths;
    }

    private Path image(String field, JsonNode node) {
        if (!node.isTextual() || node.textValue().isBlank()) {
            throw wrong(field, "wanted a path or a list of paths, got " + shown(node));
        }
        Path path;
        try {
            path = imageRoot.resolve(node.textValue());
        } catch (InvalidPathException e) {
            throw wrong(field, "not a path: '" + node.textValue() + "'");
        }
        if (!Files.isRegularFile(path)) {
            throw wrong(field, "no such file: " + path);
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

    /** A complaint about a field. */
    DataException wrong(String field, String what) {
        return new DataException(place + (id == null ? "" : " (id '" + id + "')") + ": field '" + field + "': " + what);
    }

    static String shown(JsonNode node) {
        return node == null || node.isMissingNode() ? "nothing" : shortened(node.toString());
    }

    private static String shortened(String text) {
        String line = text.lines().findFirst().orElse("");
        return line.length() <= 60 ? line : line.substring(0, 57) + "...";
    }
}
