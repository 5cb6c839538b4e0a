package org.reasonrft.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.model.Safetensors.Entry;

/**
 * The JSON header of a safetensors file, both ways. Read token by token, so that the memory it takes is that of the
 * entries it describes, and refused unless the entries cover the data exactly: no gap, no overlap, no byte too many.
 *
 * @param entries in the order of the header
 * @param metadata free-form strings
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    /** Limit of the reference implementation. */
    static final long MAX_BYTES = 100_000_000;

    private static final String METADATA = "__metadata__";
    /** Far more than any model has, and few enough to multiply. */
    private static final int MAX_DIMENSIONS = 16;
    /** The header is an object of objects with arrays. */
    private static final int MAX_NESTING = 8;
    // Duplicate keys are how a crafted header shows one reader something else than another.
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
            .build();

    /**
     * Reads a header.
     *
     * @param file for messages
     * @param json the header's bytes, from position to limit
     * @param dataStart where in the file the data begin
     * @param fileSize where they must end
     * @throws ModelFormatException if the header is no valid header or does not describe those data exactly
     */
    static SafetensorsHeader parse(Path file, ByteBuffer json, long dataStart, long fileSize)
            throws ModelFormatException {
        if (json.get(json.position()) != '{') {
            throw new ModelFormatException(file + ": the header is no JSON object: it must begin with {");
        }
        try {
            // By characters: from bytes the parser would guess an encoding and let some malformed UTF-8 pass.
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(json);
            try (JsonParser parser = JSON.createParser(text.array(), text.arrayOffset(), text.length())) {
                SafetensorsHeader header = new Reader(file, parser, dataStart, fileSize - dataStart).header();
                header.requireExactCover(file, dataStart, fileSize);
                return header;
            }
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(
                    file + ": the header is no valid JSON: " + e.getOriginalMessage() + " at character "
                            + (e.getLocation() == null
                                    ? "?"
                                    : Long.toString(e.getLocation().getCharOffset())),
                    e);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + ": the header is no valid JSON: not UTF-8 text", e);
        } catch (ModelFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new ModelFormatException(file + ": the header cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * The bytes of a header for tensors written one behind the other in the given order, padded so that the data behind
     * them are aligned, as the format asks.
     *
     * @param types what each tensor is stored as
     */
    static byte[] encode(
            List<String> names,
            Map<String, Tensor> tensors,
            Map<String, StoredType> types,
            Map<String, String> metadata)
            throws IOException {
        Map<String, Object> root = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            root.put(METADATA, new TreeMap<>(metadata));
        }
        long offset = 0;
        for (String name : names) {
            Tensor tensor = tensors.get(name);
            StoredType type = types.get(name);
            long end = offset + tensor.numel() * type.bytes();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", type.name());
            entry.put("shape", tensor.shape());
            entry.put("data_offsets", new long[] {offset, end});
            root.put(name, entry);
            offset = end;
        }
        byte[] json = new ObjectMapper().writeValueAsBytes(root);
        byte[] header = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(header, json.length, header.length, (byte) ' ');
        if (header.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "the header would have " + header.length + " bytes, readers take at most " + MAX_BYTES);
        }
        return header;
    }

    private void requireExactCover(Path file, long dataStart, long fileSize) throws ModelFormatException {
        List<Map.Entry<String, Entry>> ordered = new ArrayList<>(entries.entrySet());
        ordered.sort(Comparator.comparingLong(
                        (Map.Entry<String, Entry> item) -> item.getValue().begin())
                .thenComparingLong(item -> item.getValue().end()));
        long expected = dataStart;
        for (Map.Entry<String, Entry> item : ordered) {
            Entry entry = item.getValue();
            if (entry.begin() != expected) {
                throw new ModelFormatException(file + ": tensor \"" + item.getKey() + "\" begins at byte "
                        + entry.begin()
                        + (entry.begin() < expected
                                ? ", inside the tensor before it, which ends at "
                                : ", leaving a gap after ")
                        + expected);
            }
            expected = entry.end();
        }
        if (expected != fileSize) {
            throw new ModelFormatException(
                    file + ": the tensors end at byte " + expected + ", the file at " + fileSize);
        }
    }

    /** One pass over the tokens of a header. */
    private static final class Reader {
        private final Path file;
        private final JsonParser parser;
        private final long dataStart;
        private final long dataBytes;

        Reader(Path file, JsonParser parser, long dataStart, long dataBytes) {
            this.file = file;
            this.parser = parser;
            this.dataStart = dataStart;
            this.dataBytes = dataBytes;
        }

        SafetensorsHeader header() throws IOException {
            Map<String, Entry> entries = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            parser.nextToken();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(METADATA)) {
                    metadata(metadata);
                } else {
                    entries.put(name, entry(name));
                }
            }
            if (parser.nextToken() != null) {
                throw new ModelFormatException(file + ": the header goes on behind its JSON object");
            }
            return new SafetensorsHeader(entries, metadata);
        }

        private void metadata(Map<String, String> metadata) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new ModelFormatException(file + ": " + METADATA + " must be an object, got " + parser.getText());
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    throw new ModelFormatException(
                            file + ": " + METADATA + ": \"" + key + "\" must be a string, got " + parser.getText());
                }
                metadata.put(key, parser.getText());
            }
        }

        private Entry entry(String name) throws IOException {
            String where = file + ": tensor \"" + name + "\": ";
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new ModelFormatException(
                        where + "must be an object with dtype, shape and data_offsets, got " + parser.getText());
            }
            StoredType type = null;
            long[] shape = null;
            long[] offsets = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                parser.nextToken();
                switch (key) {
                    case "dtype" -> type = type(where);
                    case "shape" -> shape = numbers(where, key);
                    case "data_offsets" -> offsets = numbers(where, key);
                    default -> parser.skipChildren();
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw new ModelFormatException(where + "needs a dtype, a shape and data_offsets; "
                        + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets") + " is missing");
            }
            return entry(where, type, shape, offsets);
        }

        private StoredType type(String where) throws IOException {
            StoredType type =
                    parser.currentToken() == JsonToken.VALUE_STRING ? StoredType.named(parser.getText()) : null;
            if (type == null) {
                throw new ModelFormatException(where + "unsupported dtype \"" + parser.getText() + "\", wanted one of "
                        + Arrays.toString(StoredType.values()));
            }
            return type;
        }

        private long[] numbers(String where, String key) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw new ModelFormatException(where + key + " must be an array, got " + parser.getText());
            }
            long[] numbers = new long[MAX_DIMENSIONS];
            int count = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (count == MAX_DIMENSIONS) {
                    throw new ModelFormatException(where + key + " has more than " + MAX_DIMENSIONS + " numbers");
                }
                boolean fits = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && (parser.getNumberType() == JsonParser.NumberType.INT
                                || parser.getNumberType() == JsonParser.NumberType.LONG);
                if (!fits || parser.getLongValue() < 0) {
                    throw new ModelFormatException(
                            where + key + " must hold non-negative integers, got " + parser.getText());
                }
                numbers[count++] = parser.getLongValue();
            }
            return Arrays.copyOf(numbers, count);
        }

        private Entry entry(String where, StoredType type, long[] shape, long[] offsets) throws ModelFormatException {
            if (offsets.length != 2) {
                throw new ModelFormatException(where + "needs two data_offsets, got " + Arrays.toString(offsets));
            }
            long bytes = type.bytes();
            try {
                for (long size : shape) {
                    bytes = Math.multiplyExact(bytes, size);
                }
            } catch (ArithmeticException e) {
                throw new ModelFormatException(where + "shape " + Arrays.toString(shape) + " overflows", e);
            }
            long begin = offsets[0];
            long end = offsets[1];
            if (end < begin || end - begin != bytes) {
                throw new ModelFormatException(where + "data_offsets " + Arrays.toString(offsets) + " do not span the "
                        + bytes + " bytes of " + type + Arrays.toString(shape));
            }
            if (end > dataBytes) {
                throw new ModelFormatException(where + "ends at byte " + end + " of the data, but the file holds only "
                        + dataBytes + " (truncated?)");
            }
            return new Entry(type.scalarType(), shape, dataStart + begin, dataStart + end);
        }
    }
}
