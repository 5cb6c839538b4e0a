package org.reasonrft.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tokenizer of a checkpoint ({@code tokenizer.json}). Adds nothing to the text: no special tokens, no truncation, no
 * padding. Special tokens written out in the text become their ids. Safe for use by several threads.
 */
public final class Tokenizer implements AutoCloseable {
    static {
        // The native library comes with the jar; without this, DJL may look for another one on the network.
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        if (System.getProperty("OPT_OUT_TRACKING") == null) {
            System.setProperty("OPT_OUT_TRACKING", "true");
        }
    }

    private final HuggingFaceTokenizer tokenizer;
    private final Path file;
    private final Map<String, Integer> specialTokens;
    private final int vocabularySize;

    private Tokenizer(
            HuggingFaceTokenizer tokenizer, Path file, Map<String, Integer> specialTokens, int vocabularySize) {
        this.tokenizer = tokenizer;
        this.file = file;
        this.specialTokens = Collections.unmodifiableMap(specialTokens);
        this.vocabularySize = vocabularySize;
    }

    /**
     * Reads a {@code tokenizer.json}.
     *
     * @throws IOException if the file cannot be read or is no tokenizer; the message names it
     */
    public static Tokenizer load(Path file) throws IOException {
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": no valid JSON: " + e.getMessage(), e);
        }
        if (!root.path("model").path("vocab").isObject()) {
            throw new IOException(file + ": no tokenizer with a vocabulary (model.vocab)");
        }
        Map<String, Integer> special = new LinkedHashMap<>();
        int largest = -1;
        for (JsonNode token : root.path("added_tokens")) {
            if (token.path("special").asBoolean()) {
                special.put(token.path("content").asText(), token.path("id").asInt());
            }
            largest = Math.max(largest, token.path("id").asInt());
        }
        for (JsonNode id : root.path("model").path("vocab")) {
            largest = Math.max(largest, id.asInt());
        }
        try {
            Map<String, String> options =
                    Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
            return new Tokenizer(HuggingFaceTokenizer.newInstance(file, options), file, special, largest + 1);
        } catch (RuntimeException e) {
            throw new IOException(file + ": not accepted by the tokenizer library: " + e.getMessage(), e);
        }
    }

    /** Token ids of the text. */
    public long[] encode(String text) {
        return tokenizer.encode(text, false, false).getIds();
    }

    /** Text of the ids. Bytes that form no valid UTF-8 become U+FFFD. */
    public String decode(long[] ids, SpecialTokens special) {
        return tokenizer.decode(ids, special == SpecialTokens.SKIP);
    }

    /** What decoding does with special tokens. */
    public enum SpecialTokens {
        /** Leaves them out. */
        SKIP,
        /** Writes their names. */
        KEEP
    }

    /** Special tokens and their ids, in the order of the file. */
    public Map<String, Integer> specialTokens() {
        return specialTokens;
    }

    /**
     * Id of a special token.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public int specialTokenId(String token) {
        Integer id = specialTokens.get(token);
        if (id == null) {
            throw new IllegalArgumentException(
                    file + ": no special token \"" + token + "\"; there are " + specialTokens.keySet());
        }
        return id;
    }

    /** Largest id plus one. A model's vocabulary may be larger, padded to a round size. */
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
