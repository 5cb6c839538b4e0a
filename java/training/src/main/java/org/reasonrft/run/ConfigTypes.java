package org.reasonrft.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a configuration record says about its keys and their types. */
final class ConfigTypes {
    private static final PropertyNamingStrategies.NamingBase SNAKE_CASE =
            (PropertyNamingStrategies.NamingBase) PropertyNamingStrategies.SNAKE_CASE;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ConfigTypes() {}

    static String key(RecordComponent component) {
        return SNAKE_CASE.translate(component.getName());
    }

    /** A place in the tree of keys, with the type that its value must have. */
    record Slot(Type type, String path) {
        static Slot root(Class<?> record) {
            return new Slot(record, "");
        }

        /** Whether inner keys may be given, so that layers are merged below this place. */
        boolean hasChildren() {
            return isRecord(value()) || raw(value()) == Map.class;
        }

        boolean wantsText() {
            Class<?> raw = raw(value());
            return raw == String.class || raw == Path.class || raw.isEnum();
        }

        private Type value() {
            return raw(type) == Optional.class ? argument(type, 0) : type;
        }

        Slot child(String key, String source) {
            String childPath = path.isEmpty() ? key : path + "." + key;
            if (raw(value()) == Map.class) {
                return new Slot(argument(value(), 1), childPath);
            }
            if (!isRecord(value())) {
                throw new ConfigException(source + ": " + path + " is " + wanted(type) + " and has no key " + key);
            }
            RecordComponent[] components = raw(value()).getRecordComponents();
            for (RecordComponent component : components) {
                if (key(component).equals(key)) {
                    return new Slot(component.getGenericType(), childPath);
                }
            }
            List<String> known = Arrays.stream(components).map(ConfigTypes::key).toList();
            throw new ConfigException(source + ": unknown key " + childPath + "; "
                    + innerHint(key, components).orElseGet(() -> NearestName.hint(key, known)));
        }

        /** Keys that other trainers have at the top, such as learning_rate, may live one level further down here. */
        private Optional<String> innerHint(String key, RecordComponent[] components) {
            for (RecordComponent component : components) {
                if (component.getType().isRecord()) {
                    for (RecordComponent inner : component.getType().getRecordComponents()) {
                        if (key(inner).equals(key)) {
                            String prefix = path.isEmpty() ? "" : path + ".";
                            return Optional.of("did you mean " + prefix + key(component) + "." + key + "?");
                        }
                    }
                }
            }
            return Optional.empty();
        }
    }

    static boolean isRecord(Type type) {
        return raw(type).isRecord();
    }

    static Class<?> raw(Type type) {
        if (type instanceof Class<?>) {
            return (Class<?>) type;
        }
        if (type instanceof ParameterizedType) {
            return (Class<?>) ((ParameterizedType) type).getRawType();
        }
        throw new IllegalStateException(
                "a configuration record has a component of type " + type + ", which has no YAML form");
    }

    static Type argument(Type type, int index) {
        return ((ParameterizedType) type).getActualTypeArguments()[index];
    }

    /** The type in the words of somebody who writes YAML. */
    static String wanted(Type type) {
        Class<?> raw = raw(type);
        if (raw == boolean.class || raw == Boolean.class) {
            return "true or false";
        }
        if (raw == int.class || raw == Integer.class || raw == long.class || raw == Long.class) {
            return "a whole number";
        }
        if (raw == float.class || raw == Float.class || raw == double.class || raw == Double.class) {
            return "a number";
        }
        if (raw == String.class) {
            return "a text";
        }
        if (raw == Path.class) {
            return "a path";
        }
        if (raw.isEnum()) {
            return "one of "
                    + String.join(
                            ", ",
                            Arrays.stream(raw.getEnumConstants())
                                    .map(c -> enumName((Enum<?>) c))
                                    .toList());
        }
        if (raw == List.class) {
            return "a list";
        }
        if (raw == Optional.class) {
            return wanted(argument(type, 0));
        }
        return "keys with values";
    }

    static String enumName(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** A value as it came, in words. */
    static String describe(JsonNode node) {
        if (node.isNull()) {
            return "nothing";
        }
        if (node.isTextual()) {
            return "the text '" + node.textValue() + "'";
        }
        if (node.isArray()) {
            return "a list";
        }
        if (node.isObject()) {
            return "keys with values";
        }
        return node.asText();
    }

    static ObjectNode toTree(Record record) {
        ObjectNode tree = NODES.objectNode();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            tree.set(key(component), toNode(value(record, component)));
        }
        return tree;
    }

    private static Object value(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    record.getClass().getName() + "." + component.getName() + " cannot be read", e);
        }
    }

    private static JsonNode toNode(Object value) {
        if (value == null) {
            return NODES.nullNode();
        }
        if (value instanceof Optional<?>) {
            return toNode(((Optional<?>) value).orElse(null));
        }
        if (value instanceof Record) {
            return toTree((Record) value);
        }
        if (value instanceof Boolean) {
            return NODES.booleanNode((Boolean) value);
        }
        if (value instanceof Double) {
            return NODES.numberNode((Double) value);
        }
        if (value instanceof Float) {
            return NODES.numberNode((Float) value);
        }
        if (value instanceof Integer) {
            return NODES.numberNode((Integer) value);
        }
        if (value instanceof Long) {
            return NODES.numberNode((Long) value);
        }
        if (value instanceof Enum<?>) {
            return NODES.textNode(enumName((Enum<?>) value));
        }
        if (value instanceof String || value instanceof Path) {
            return NODES.textNode(value.toString());
        }
        if (value instanceof List<?>) {
            ArrayNode array = NODES.arrayNode();
            ((List<?>) value).forEach(element -> array.add(toNode(element)));
            return array;
        }
        if (value instanceof Map<?, ?>) {
            ObjectNode object = NODES.objectNode();
            ((Map<?, ?>) value).forEach((key, element) -> object.set((String) key, toNode(element)));
            return object;
        }
        throw new IllegalStateException(
                "a configuration record holds a " + value.getClass().getName() + ", which has no YAML form");
    }
}
