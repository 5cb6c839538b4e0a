package org.reasonrft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.io.IoFailure;

/**
 * Sizes and special tokens of a Qwen2-VL model, as in {@code config.json}.
 *
 * @param text decoder
 * @param vision vision tower
 * @param tiedEmbeddings whether the language-model head is the token embedding
 * @param tokens ids with a meaning to the model
 */
public record Qwen2VLConfig(Text text, Vision vision, boolean tiedEmbeddings, Tokens tokens) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The decoder.
     *
     * @param ropeSections how many of the {@code headSize() / 2} rotary frequencies follow the frame, row and column
     */
    public record Text(
            int vocabularySize,
            int hiddenSize,
            int intermediateSize,
            int layers,
            int heads,
            int keyValueHeads,
            int maxPositions,
            double rmsNormEpsilon,
            double ropeTheta,
            List<Integer> ropeSections) {
        public Text {
            positive("vocab_size", vocabularySize);
            positive("hidden_size", hiddenSize);
            positive("intermediate_size", intermediateSize);
            positive("num_hidden_layers", layers);
            positive("num_attention_heads", heads);
            positive("num_key_value_heads", keyValueHeads);
            positive("max_position_embeddings", maxPositions);
            positive("rms_norm_eps", rmsNormEpsilon);
            positive("rope_theta", ropeTheta);
            divides("num_attention_heads", heads, "hidden_size", hiddenSize);
            divides("num_key_value_heads", keyValueHeads, "num_attention_heads", heads);
            ropeSections = List.copyOf(ropeSections);
            int sum = ropeSections.stream().mapToInt(Integer::intValue).sum();
            if (ropeSections.size() != 3
                    || sum * 2 != hiddenSize / heads
                    || ropeSections.stream().anyMatch(section -> section < 0)) {
                throw new IllegalArgumentException("mrope_section must be three counts that sum to half the head size "
                        + hiddenSize / heads + ", got " + ropeSections);
            }
        }

        public int headSize() {
            return hiddenSize / heads;
        }
    }

    /**
     * The vision tower.
     *
     * @param embedSize width of a patch
     * @param mlpRatio width of the blocks' inner layer divided by {@code embedSize}
     */
    public record Vision(
            int depth,
            int embedSize,
            int heads,
            int mlpRatio,
            int channels,
            int patchSize,
            int mergeSize,
            int temporalPatchSize) {
        public Vision {
            positive("vision_config.depth", depth);
            positive("vision_config.embed_dim", embedSize);
            positive("vision_config.num_heads", heads);
            positive("vision_config.mlp_ratio", mlpRatio);
            positive("vision_config.in_channels", channels);
            positive("vision_config.patch_size", patchSize);
            positive("vision_config.spatial_merge_size", mergeSize);
            positive("vision_config.temporal_patch_size", temporalPatchSize);
            divides("vision_config.num_heads", heads, "vision_config.embed_dim", embedSize);
            if (embedSize / heads % 4 != 0) {
                throw new IllegalArgumentException(
                        "vision_config: the head size must be a multiple of 4 for rotary rows" + " and columns, got "
                                + embedSize / heads);
            }
        }

        public int headSize() {
            return embedSize / heads;
        }

        /** Numbers per row of the pixel values: channels x frames x rows x columns of a patch. */
        public int patchElements() {
            return channels * temporalPatchSize * patchSize * patchSize;
        }
    }

    /** Token ids that the model knows. */
    public record Tokens(int bos, int eos, int image, int video, int visionStart, int visionEnd) {}

    public Qwen2VLConfig {
        for (int token : List.of(tokens.image, tokens.visionStart, tokens.visionEnd)) {
            if (token < 0 || token >= text.vocabularySize) {
                throw new IllegalArgumentException(
                        "token id " + token + " lies outside the vocabulary of " + text.vocabularySize);
            }
        }
    }

    /**
     * Reads {@code config.json} in the flat form of the hub or the nested form of transformers 5.
     *
     * @throws ModelFormatException if the file is no such configuration
     */
    public static Qwen2VLConfig read(Path file) throws IOException {
        try {
            return parse(Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + ": " + IoFailure.reason(e), e);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** Parses the text of a {@code config.json}; see {@link #read}. */
    public static Qwen2VLConfig parse(String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException("no valid JSON: " + e.getMessage(), e);
        }
        if (root == null || !root.isObject()) {
            throw new IllegalArgumentException("expected a JSON object");
        }
        String type = root.path("model_type").asText("");
        if (!type.equals("qwen2_vl")) {
            throw new IllegalArgumentException("model_type must be \"qwen2_vl\", got \"" + type + "\"");
        }
        boolean nested = root.path("text_config").isObject();
        JsonNode text = nested ? root.get("text_config") : root;
        JsonNode vision = root.path("vision_config");
        require("hidden_act", text, "silu");
        require("hidden_act", vision, "quick_gelu");
        if (text.path("use_sliding_window").asBoolean(false)) {
            throw new IllegalArgumentException("use_sliding_window = true is not supported");
        }
        JsonNode rope =
                text.path("rope_parameters").isObject() ? text.get("rope_parameters") : text.path("rope_scaling");
        List<Integer> sections = new ArrayList<>();
        rope.path("mrope_section").forEach(section -> sections.add(section.asInt(-1)));
        Text decoder = new Text(
                integer(text, "vocab_size", null),
                integer(text, "hidden_size", null),
                integer(text, "intermediate_size", null),
                integer(text, "num_hidden_layers", null),
                integer(text, "num_attention_heads", null),
                integer(text, "num_key_value_heads", null),
                integer(text, "max_position_embeddings", 32768),
                number(text, "rms_norm_eps", 1e-6),
                rope.has("rope_theta") ? number(rope, "rope_theta", 1e6) : number(text, "rope_theta", 1e6),
                sections);
        int channels = vision.has("in_channels") ? integer(vision, "in_channels", 3) : integer(vision, "in_chans", 3);
        Vision tower = new Vision(
                integer(vision, "depth", null),
                integer(vision, "embed_dim", null),
                integer(vision, "num_heads", null),
                integer(vision, "mlp_ratio", 4),
                channels,
                integer(vision, "patch_size", 14),
                integer(vision, "spatial_merge_size", 2),
                integer(vision, "temporal_patch_size", 2));
        if (vision.has("hidden_size") && integer(vision, "hidden_size", null) != decoder.hiddenSize) {
            throw new IllegalArgumentException("vision_config.hidden_size is " + vision.get("hidden_size")
                    + ", the decoder's hidden_size " + decoder.hiddenSize);
        }
        JsonNode tied =
                root.has("tie_word_embeddings") ? root.get("tie_word_embeddings") : text.path("tie_word_embeddings");
        JsonNode ends = text.has("eos_token_id") ? text : root;
        Tokens tokens = new Tokens(
                integer(ends, "bos_token_id", -1),
                integer(ends, "eos_token_id", -1),
                integer(root, "image_token_id", null),
                integer(root, "video_token_id", -1),
                integer(root, "vision_start_token_id", null),
                integer(root, "vision_end_token_id", null));
        return new Qwen2VLConfig(decoder, tower, tied.asBoolean(false), tokens);
    }

    /**
     * The flat form of the hub, which transformers of any version reads. Equal configurations give equal text.
     *
     * @param dtype type of the stored parameters
     */
    public String toJson(ScalarType dtype) {
        ObjectNode root = JSON.createObjectNode();
        root.putArray("architectures").add("Qwen2VLForConditionalGeneration");
        root.put("model_type", "qwen2_vl");
        root.put("vocab_size", text.vocabularySize);
        root.put("hidden_size", text.hiddenSize);
        root.put("intermediate_size", text.intermediateSize);
        root.put("num_hidden_layers", text.layers);
        root.put("num_attention_heads", text.heads);
        root.put("num_key_value_heads", text.keyValueHeads);
        root.put("max_position_embeddings", text.maxPositions);
        root.put("rms_norm_eps", text.rmsNormEpsilon);
        root.put("rope_theta", text.ropeTheta);
        ObjectNode rope = root.putObject("rope_scaling");
        rope.put("type", "mrope");
        ArrayNode sections = rope.putArray("mrope_section");
        text.ropeSections.forEach(sections::add);
        root.put("tie_word_embeddings", tiedEmbeddings);
        root.put("hidden_act", "silu");
        root.put("attention_dropout", 0.0);
        root.put("use_sliding_window", false);
        if (tokens.bos >= 0) {
            root.put("bos_token_id", tokens.bos);
        }
        if (tokens.eos >= 0) {
            root.put("eos_token_id", tokens.eos);
        }
        root.put("image_token_id", tokens.image);
        if (tokens.video >= 0) {
            root.put("video_token_id", tokens.video);
        }
        root.put("vision_start_token_id", tokens.visionStart);
        root.put("vision_end_token_id", tokens.visionEnd);
        root.put(
                "torch_dtype",
                switch (dtype) {
                    case Float -> "float32";
                    case BFloat16 -> "bfloat16";
                    case Half -> "float16";
                    default -> throw new IllegalArgumentException("dtype must be a floating-point type, got " + dtype);
                });
        ObjectNode tower = root.putObject("vision_config");
        tower.put("depth", vision.depth);
        tower.put("embed_dim", vision.embedSize);
        tower.put("hidden_size", text.hiddenSize);
        tower.put("hidden_act", "quick_gelu");
        tower.put("mlp_ratio", vision.mlpRatio);
        tower.put("num_heads", vision.heads);
        tower.put("in_chans", vision.channels);
        tower.put("in_channels", vision.channels);
        tower.put("patch_size", vision.patchSize);
        tower.put("spatial_merge_size", vision.mergeSize);
        tower.put("spatial_patch_size", vision.patchSize);
        tower.put("temporal_patch_size", vision.temporalPatchSize);
        return root.toPrettyString() + "\n";
    }

    private static int integer(JsonNode node, String key, Integer fallback) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            if (fallback == null) {
                throw new IllegalArgumentException(key + " is missing");
            }
            return fallback;
        }
        if (!value.isNumber() || !value.canConvertToInt() || value.asDouble() != value.intValue()) {
            throw new IllegalArgumentException(key + " must be an integer, got " + value);
        }
        return value.intValue();
    }

    private static double number(JsonNode node, String key, double fallback) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return fallback;
        }
        if (!value.isNumber()) {
            throw new IllegalArgumentException(key + " must be a number, got " + value);
        }
        return value.doubleValue();
    }

    private static void require(String key, JsonNode node, String wanted) {
        String value = node.path(key).asText(wanted);
        if (!value.equals(wanted)) {
            throw new IllegalArgumentException(key + " must be \"" + wanted + "\", got \"" + value + "\"");
        }
    }

    private static void positive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " must be positive, got " + value);
        }
    }

    private static void divides(String divisorName, int divisor, String name, int value) {
        if (value % divisor != 0) {
            throw new IllegalArgumentException(divisorName + " = " + divisor + " must divide " + name + " = " + value);
        }
    }
}
