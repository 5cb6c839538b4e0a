package org.reasonrft.data;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One question about zero or more pictures, with its gold answer.
 *
 * <p>The fields are those of the published Reason-RFT records ({@code id}, {@code image}, {@code problem},
 * {@code answer}, {@code cot}); whatever else a record carries is kept in {@code extras}.
 *
 * @param id unique within its data set, not blank
 * @param images picture files in the order in which the prompt shows them; empty for a question in text alone
 * @param problem the question as text, without any prompt around it, not blank
 * @param answer the gold answer without tags and outer white space, not blank
 * @param chainOfThought the reasoning that leads to the answer, without tags; null when the record has none
 * @param extras further fields of the record (for example {@code type}, {@code level}) by name, in file order, as JSON
 *     values: String, Number, Boolean, List or Map; never null values
 */
public record Sample(
        String id,
        List<Path> images,
        String problem,
        String answer,
        String chainOfThought,
        Map<String, Object> extras) {

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException if {@code id}, {@code problem} or {@code answer} is blank
     */
    public Sample {
        requireText("id", id);
        requireText("problem", problem);
        requireText("answer", answer);
        images = List.copyOf(images);
        Map<String, Object> copy = new LinkedHashMap<>();
        extras.forEach((name, value) -> copy.put(
                Objects.requireNonNull(name, "extras: name"),
                Objects.requireNonNull(value, () -> "extras: value of '" + name + "'")));
        extras = Collections.unmodifiableMap(copy);
    }

    /** A sample without further fields. */
    public Sample(String id, List<Path> images, String problem, String answer, String chainOfThought) {
        this(id, images, problem, answer, chainOfThought, Map.of());
    }

    /** The further field of that name as text, for example {@code extra("type")}; empty if the record lacks it. */
    public Optional<String> extra(String name) {
        return Optional.ofNullable(extras.get(name)).map(Object::toString);
    }

    /** Whether a chain of thought came with the record. */
    public boolean hasChainOfThought() {
        return chainOfThought != null;
    }

    private static void requireText(String field, String value) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(
                    field + ": wanted text, got " + (value == null ? "null" : "'" + value + "'"));
        }
    }
}
