package org.reasonrft.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** An object of {@code config.json}, read strictly: what is there must have the right type. Messages name the entry. */
final class ConfigJson {
    private final JsonNode node;
    private final String prefix;

    private ConfigJson(JsonNode node, String prefix) {
        this.node = node;
        this.prefix = prefix;
    }

    /** @throws IllegalArgumentException if the text is no JSON object */
    static ConfigJson parse(String json) {
        return new ConfigJson(JsonFile.parse(json), "");
    }

    /** Whether the entry is there and not null. */
    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** The object under a key; an empty one when it is absent. */
    ConfigJson object(String key) {
        JsonNode value = node.path(key);
        if (!value.isObject() && has(key)) {
            throw new IllegalArgumentException(prefix + key + " must be an object, got " + value);
        }
        return new ConfigJson(value, prefix + key + ".");
    }

    int integer(String key) {
        if (!has(key)) {
            throw new IllegalArgumentException(prefix + key + " is missing");
        }
        return integer(prefix + key, node.get(key));
    }

    int integer(String key, int fallback) {
        return has(key) ? integer(key) : fallback;
    }

    /** An integer, or the first of a list of them. */
    int firstInteger(String key, int fallback) {
        List<Integer> all = integerOrIntegers(key);
        return all.isEmpty() ? fallback : all.get(0);
    }

    /** An integer or a list of them; empty when it is absent. */
    List<Integer> integerOrIntegers(String key) {
        return has(key) && !node.get(key).isArray() ? List.of(integer(key)) : integers(key);
    }

    /** A list of integers; empty when it is absent. */
    List<Integer> integers(String key) {
        List<Integer> values = new ArrayList<>();
        if (has(key)) {
            JsonNode array = node.get(key);
            if (!array.isArray()) {
                throw new IllegalArgumentException(prefix + key + " must be a list of integers, got " + array);
            }
            array.forEach(value -> values.add(integer(prefix + key, value)));
        }
        return values;
    }

    double number(String key, double fallback) {
        if (!has(key)) {
            return fallback;
        }
        if (!node.get(key).isNumber()) {
            throw new IllegalArgumentException(prefix + key + " must be a number, got " + node.get(key));
        }
        return node.get(key).doubleValue();
    }

    boolean flag(String key, boolean fallback) {
        if (!has(key)) {
            return fallback;
        }
        if (!node.get(key).isBoolean()) {
            throw new IllegalArgumentException(prefix + key + " must be true or false, got " + node.get(key));
        }
        return node.get(key).booleanValue();
    }

    String text(String key, String fallback) {
        if (!has(key)) {
            return fallback;
        }
        if (!node.get(key).isTextual()) {
            throw new IllegalArgumentException(prefix + key + " must be text, got " + node.get(key));
        }
        return node.get(key).textValue();
    }

    /** Checks an entry of which only one value is implemented; absent means that value. */
    void requireText(String key, String wanted) {
        String value = text(key, wanted);
        if (!value.equals(wanted)) {
            throw new IllegalArgumentException(prefix + key + " must be \"" + wanted + "\", got \"" + value + "\"");
        }
    }

    private static int integer(String name, JsonNode value) {
        if (!value.isNumber() || !value.canConvertToInt() || value.asDouble() != value.intValue()) {
            throw new IllegalArgumentException(name + " must be an integer, got " + value);
        }
        return value.intValue();
    }

    /** @throws IllegalArgumentException if the value is not a positive finite number */
    static void positive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " must be positive, got " + value);
        }
    }

    /** @throws IllegalArgumentException if the first does not divide the second */
    static void divides(String divisorName, int divisor, String name, int value) {
        if (value % divisor != 0) {
            throw new IllegalArgumentException(divisorName + " = " + divisor + " must divide " + name + " = " + value);
        }
    }
}
