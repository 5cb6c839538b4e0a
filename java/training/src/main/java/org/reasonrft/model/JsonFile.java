package org.reasonrft.model;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.reasonrft.io.BoundedFile;

/** The JSON files of a checkpoint: one object in UTF-8, no key twice, nothing behind it. */
final class JsonFile {
    /** Configurations are kilobytes, the index of the largest models a megabyte. */
    private static final int MAX_BYTES = 64 << 20;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonFile() {}

    /**
     * Reads a file.
     *
     * @throws ModelFormatException if it is no such JSON; the message names it
     */
    static ObjectNode read(Path file) throws IOException {
        try {
            return parse(text(file));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * The text of a file.
     *
     * @throws ModelFormatException if it is not UTF-8; the message names it
     */
    static String text(Path file) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(BoundedFile.read(file, MAX_BYTES)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + ": not UTF-8 text", e);
        }
    }

    /**
     * Parses the text of such a file.
     *
     * @throws IllegalArgumentException if it is no such JSON
     */
    static ObjectNode parse(String text) {
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            JsonLocation place = e.getLocation();
            throw new IllegalArgumentException(
                    "no valid JSON: " + e.getOriginalMessage()
                            + (place == null
                                    ? ""
                                    : " at line " + place.getLineNr() + ", column " + place.getColumnNr()),
                    e);
        }
        throw new IllegalArgumentException("expected a JSON object");
    }
}
