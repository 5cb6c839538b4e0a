package org.reasonrft.run;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.reasonrft.io.IoFailure;

/**
 * Builds a configuration record from layers: the {@link Default} values of its components, then each {@link #file}, {@link #yaml} and
 * {@link #set} in the order of the calls. Later layers win, key by key; lists are replaced whole.
 *
 * <pre>{@code
 * GrpoConfig config = ConfigReader.of(GrpoConfig.class).file(recipe).set("optimizer.learning_rate=2e-6").resolve();
 * }</pre>
 *
 * <p>YAML keys are the component names in snake case ({@code learningRate} is {@code learning_rate}). Reading is strict: an unknown key, a
 * duplicate key, a value of another type and a missing value are refused with a {@link ConfigException}. Components may be primitives and
 * their boxes, {@code String}, {@code Path} (relative to the working directory), enums (lower case), records, and lists, maps from
 * {@code String} and {@code Optional}s of these. What a record's constructor refuses with an {@code IllegalArgumentException} whose message
 * starts with the key path is reported with the place the value came from.
 */
public final class ConfigReader<T extends Record> {
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                    .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Class<T> type;
    private final ObjectNode tree = YAML.createObjectNode();
    /** Where the value of a key path came from, for messages. */
    private final Map<String, String> origins = new HashMap<>();

    private ConfigReader(Class<T> type) {
        this.type = type;
    }

    /** Starts with nothing but the defaults that {@code type} declares. */
    public static <T extends Record> ConfigReader<T> of(Class<T> type) {
        return new ConfigReader<>(Objects.requireNonNull(type, "type"));
    }

    /**
     * Adds what a YAML file says.
     *
     * @throws ConfigException if it cannot be read, is not YAML, or has a key that the record lacks
     */
    public ConfigReader<T> file(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new ConfigException("cannot read configuration file " + file + ": " + IoFailure.reason(e), e);
        }
        return yaml(file.toString(), text);
    }

    /**
     * Adds what a YAML text says.
     *
     * @param source the name of the text in messages
     */
    public ConfigReader<T> yaml(String source, String text) {
        JsonNode node = parse(source, text);
        if (node.isMissingNode() || node.isNull()) {
            return this;
        }
        if (!node.isObject()) {
            throw new ConfigException(source + ": wanted keys with values, got " + ConfigTypes.describe(node));
        }
        merge(tree, (ObjectNode) node, type, "", source);
        return this;
    }

    /**
     * Adds one value given as {@code key=value} or {@code outer.inner=value}, the value in YAML.
     *
     * @throws ConfigException if there is no {@code =}, or the record has no such key
     */
    public ConfigReader<T> set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new ConfigException("--set " + assignment + ": wanted key=value");
        }
        return set(
                "--set " + assignment,
                assignment.substring(0, equals).strip(),
                assignment.substring(equals + 1).strip());
    }

    /**
     * Adds one value given by a command-line option.
     *
     * @param option  the name of the option in messages
     * @param keyPath the key, with dots between outer and inner ones
     * @param value   the value as text in YAML, or null when the option was not given: nothing is added then
     */
    public ConfigReader<T> set(String option, String keyPath, String value) {
        if (value == null) {
            return this;
        }
        String[] keys = keyPath.split("\\.", -1);
        ConfigTypes.Slot slot = ConfigTypes.Slot.root(type);
        for (int i = 0; i < keys.length; i++) {
            slot = slot.child(keys[i], option);
        }
        JsonNode node = slot.wantsText() && !value.equals("null") ? TextNode.valueOf(value) : parse(option, value);
        ObjectNode layer = YAML.createObjectNode();
        ObjectNode inner = layer;
        for (int i = 0; i < keys.length - 1; i++) {
            inner = inner.putObject(keys[i]);
        }
        inner.set(keys[keys.length - 1], node.isMissingNode() ? TextNode.valueOf("") : node);
        merge(tree, layer, type, "", option);
        return this;
    }

    /**
     * Builds the record.
     *
     * @throws ConfigException if a value is missing or of the wrong type, if a path marked {@link MustExist} does not exist, or if the
     *                         record refuses its values
     */
    public T resolve() {
        return type.cast(new ConfigBinder(origins, YAML).record(type, tree, ""));
    }

    /** The record as YAML, every key with its value in the order of the components; {@link #yaml} reads it back to an equal record. */
    public static String toYaml(Record record) {
        try {
            return YAML.writeValueAsString(ConfigTypes.toTree(record));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a " + record.getClass().getSimpleName() + " has no YAML form", e);
        }
    }

    private static JsonNode parse(String source, String text) {
        try {
            return YAML.readTree(text);
        } catch (JsonProcessingException e) {
            String problem = e.getOriginalMessage()
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .findFirst()
                    .orElse("");
            String line =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new ConfigException(source + line + ": not valid YAML: " + problem, e);
        }
    }

    private void merge(ObjectNode into, ObjectNode layer, Class<?> record, String path, String source) {
        mergeInto(into, layer, ConfigTypes.Slot.root(record), path, source);
    }

    private void mergeInto(ObjectNode into, ObjectNode layer, ConfigTypes.Slot slot, String path, String source) {
        for (Map.Entry<String, JsonNode> field : layer.properties()) {
            String key = field.getKey();
            JsonNode value = field.getValue();
            ConfigTypes.Slot child = slot.child(key, source);
            String childPath = path.isEmpty() ? key : path + "." + key;
            if (value.isObject() && child.hasChildren()) {
                JsonNode present = into.get(key);
                ObjectNode inner = present instanceof ObjectNode ? (ObjectNode) present : into.putObject(key);
                mergeInto(inner, (ObjectNode) value, child, childPath, source);
            } else {
                into.set(key, value);
            }
            origins.put(childPath, source);
        }
    }
}
