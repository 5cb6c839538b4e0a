package org.reasonrft.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Turns a tree of YAML values into records, naming key, value and origin of what does not fit. */
final class ConfigBinder {
    /** {@code 1e-6} is a text by the rules of YAML 1.1, which ask for a point; nobody who writes it means a text. */
    private static final Pattern NUMBER = Pattern.compile("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");

    private final Map<String, String> origins;
    private final ObjectMapper yaml;

    ConfigBinder(Map<String, String> origins, ObjectMapper yaml) {
        this.origins = origins;
        this.yaml = yaml;
    }

    Record record(Class<?> type, ObjectNode tree, String path) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] arguments = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            String key = ConfigTypes.key(component);
            String childPath = path.isEmpty() ? key : path + "." + key;
            JsonNode node = withDefaults(component, tree.get(key), childPath);
            arguments[i] = value(component.getGenericType(), node, childPath);
            if (component.isAnnotationPresent(MustExist.class)) {
                refuseMissing(arguments[i], childPath);
            }
        }
        return construct(type, components, arguments);
    }

    /** A nested record starts from the default of its component, key by key; anything else is replaced whole. */
    private JsonNode withDefaults(RecordComponent component, JsonNode given, String path) {
        if (given == null) {
            return defaultOf(component, path);
        }
        if (given.isObject() && component.getType().isRecord() && component.isAnnotationPresent(Default.class)) {
            ObjectNode merged = defaultOf(component, path).deepCopy();
            return merged.setAll((ObjectNode) given);
        }
        return given;
    }

    private JsonNode defaultOf(RecordComponent component, String path) {
        Default annotation = component.getAnnotation(Default.class);
        if (annotation != null) {
            try {
                JsonNode node = yaml.readTree(annotation.value());
                return node.isMissingNode() ? NullNode.instance : node;
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("the default of " + path + " is not YAML: " + annotation.value(), e);
            }
        }
        if (ConfigTypes.isRecord(component.getType())) {
            return yaml.createObjectNode();
        }
        if (component.getType() == Optional.class) {
            return NullNode.instance;
        }
        throw new ConfigException(path + ": is required; wanted " + ConfigTypes.wanted(component.getGenericType()));
    }

    private Object value(Type type, JsonNode node, String path) {
        Class<?> raw = ConfigTypes.raw(type);
        if (raw == Optional.class) {
            return node.isNull() ? Optional.empty() : Optional.of(value(ConfigTypes.argument(type, 0), node, path));
        }
        if (node.isNull() && !raw.isPrimitive()) {
            return null;
        }
        Object value = scalar(raw, node, path);
        if (value != null) {
            return value;
        }
        if (raw.isRecord() && node.isObject()) {
            return record(raw, (ObjectNode) node, path);
        }
        if (raw == List.class && node.isArray()) {
            List<Object> list = new ArrayList<>();
            for (JsonNode element : node) {
                list.add(element(ConfigTypes.argument(type, 0), element, path + "[" + list.size() + "]"));
            }
            return Collections.unmodifiableList(list);
        }
        if (raw == Map.class && node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                map.put(
                        field.getKey(),
                        element(ConfigTypes.argument(type, 1), field.getValue(), path + "." + field.getKey()));
            }
            return Collections.unmodifiableMap(map);
        }
        throw refuse(path, node, ConfigTypes.wanted(type));
    }

    private Object element(Type type, JsonNode node, String path) {
        if (node.isNull()) {
            throw refuse(path, node, ConfigTypes.wanted(type));
        }
        return value(type, node, path);
    }

    /** The value where {@code raw} is a scalar type and the node fits it, null otherwise. */
    private Object scalar(Class<?> raw, JsonNode node, String path) {
        if (raw == boolean.class || raw == Boolean.class) {
            return node.isBoolean() ? node.booleanValue() : null;
        }
        if (raw == int.class || raw == Integer.class) {
            if (node.isIntegralNumber() && !node.canConvertToInt()) {
                throw refuse(path, node, "a whole number between -2147483648 and 2147483647");
            }
            return node.isIntegralNumber() ? node.intValue() : null;
        }
        if (raw == long.class || raw == Long.class) {
            return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : null;
        }
        if (raw == double.class || raw == Double.class) {
            return number(node);
        }
        if (raw == float.class || raw == Float.class) {
            Double number = number(node);
            return number == null ? null : (Object) number.floatValue();
        }
        if (raw == String.class) {
            return node.textValue();
        }
        if (raw == Path.class && node.isTextual()) {
            try {
                return node.textValue().isEmpty() ? null : Path.of(node.textValue());
            } catch (InvalidPathException e) {
                throw refuse(path, node, "a path");
            }
        }
        if (raw.isEnum() && node.isTextual()) {
            String name = node.textValue().replace('-', '_').toLowerCase(Locale.ROOT);
            return Arrays.stream(raw.getEnumConstants())
                    .filter(c -> ConfigTypes.enumName((Enum<?>) c).equals(name))
                    .findFirst()
                    .orElse(null);
        }
        return null;
    }

    private static Double number(JsonNode node) {
        if (node.isNumber()) {
            return Double.isFinite(node.doubleValue()) ? (Double) node.doubleValue() : null;
        }
        if (node.isTextual() && NUMBER.matcher(node.textValue()).matches()) {
            double value = Double.parseDouble(node.textValue());
            return Double.isFinite(value) ? (Double) value : null;
        }
        return null;
    }

    private ConfigException refuse(String path, JsonNode node, String wanted) {
        return new ConfigException(at(path) + "got " + ConfigTypes.describe(node) + ", wanted " + wanted);
    }

    private void refuseMissing(Object value, String path) {
        if (value instanceof Path && Files.notExists((Path) value)) {
            throw new ConfigException(at(path) + value + " does not exist");
        }
        if (value instanceof List<?>) {
            ((List<?>) value).forEach(element -> refuseMissing(element, path));
        }
        if (value instanceof Map<?, ?>) {
            ((Map<?, ?>) value).forEach((key, element) -> refuseMissing(element, path + "." + key));
        }
    }

    /** The start of a message about a value: where it came from and its key, which an option of its own names well enough. */
    private String at(String path) {
        String origin = from(path);
        return origin.startsWith("--") && !origin.startsWith("--set ") ? origin : origin + path + ": ";
    }

    /** The origin of a key, or of the nearest outer key that has one, as the start of a message. */
    private String from(String path) {
        for (String outer = path;
                !outer.isEmpty();
                outer = outer.contains(".") ? outer.substring(0, outer.lastIndexOf('.')) : "") {
            String origin = origins.get(outer.replaceAll("\\[[0-9]+]", ""));
            if (origin != null) {
                return origin + ": ";
            }
        }
        return "";
    }

    private Record construct(Class<?> type, RecordComponent[] components, Object[] arguments) {
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return (Record) constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IllegalArgumentException || cause instanceof NullPointerException) {
                throw new ConfigException(withOrigin(String.valueOf(cause.getMessage())), cause);
            }
            throw new IllegalStateException(type.getName() + " cannot be built", cause);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " cannot be built", e);
        }
    }

    /** The messages of the records start with the key; where its value came from is known only here. */
    private String withOrigin(String message) {
        return from(message.split("[: ]", 2)[0]) + message;
    }
}
