package org.reasonrft.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Sizes and special tokens of a model, as in {@code config.json}. The architecture follows from the vision tower:
 * Qwen2-VL, Qwen2.5-VL, or the text-only Qwen2 and Qwen2.5, which are one architecture.
 *
 * @param text decoder
 * @param vision vision tower; null when the model reads text only
 * @param tiedEmbeddings whether the language-model head is the token embedding
 * @param tokens ids with a meaning to the model
 */
public record QwenConfig(Text text, VisionConfig vision, boolean tiedEmbeddings, Tokens tokens) {
    private static final String TEXT_MODEL_TYPE = "qwen2";
    private static final List<String> SUPPORTED =
            List.of(TEXT_MODEL_TYPE, Qwen2VLVision.MODEL_TYPE, Qwen25VLVision.MODEL_TYPE);
    private static final String TEXT_ARCHITECTURE = "Qwen2ForCausalLM";
    /** Stands for a token that the configuration does not name. */
    private static final int NO_TOKEN = -1;

    /**
     * The decoder.
     *
     * @param ropeSections how many of the {@code headSize() / 2} rotary frequencies follow the frame, row and column;
     *     empty for plain rotary positions
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
            ConfigJson.positive("vocab_size", vocabularySize);
            ConfigJson.positive("hidden_size", hiddenSize);
            ConfigJson.positive("intermediate_size", intermediateSize);
            ConfigJson.positive("num_hidden_layers", layers);
            ConfigJson.positive("num_attention_heads", heads);
            ConfigJson.positive("num_key_value_heads", keyValueHeads);
            ConfigJson.positive("max_position_embeddings", maxPositions);
            ConfigJson.positive("rms_norm_eps", rmsNormEpsilon);
            ConfigJson.positive("rope_theta", ropeTheta);
            ConfigJson.divides("num_attention_heads", heads, "hidden_size", hiddenSize);
            ConfigJson.divides("num_key_value_heads", keyValueHeads, "num_attention_heads", heads);
            if (hiddenSize / heads % 2 != 0) {
                throw new IllegalArgumentException(
                        "the head size must be even for rotary positions, got " + hiddenSize / heads);
            }
            ropeSections = List.copyOf(ropeSections);
            long sum = ropeSections.stream().mapToLong(Integer::longValue).sum();
            if (!ropeSections.isEmpty()
                    && (ropeSections.size() != 3
                            || sum * 2 != hiddenSize / heads
                            || ropeSections.stream().anyMatch(section -> section < 0))) {
                throw new IllegalArgumentException("mrope_section must be three counts that sum to half the head size "
                        + hiddenSize / heads + ", got " + ropeSections);
            }
        }

        public int headSize() {
            return hiddenSize / heads;
        }

        /** Shapes of the parameters by their names in the flat hub form, in a fixed order, without the head. */
        Map<String, long[]> parameterShapes() {
            long keyValueSize = (long) keyValueHeads * headSize();
            Map<String, long[]> shapes = new LinkedHashMap<>();
            shapes.put("model.embed_tokens.weight", new long[] {vocabularySize, hiddenSize});
            for (int i = 0; i < layers; i++) {
                String layer = "model.layers." + i + ".";
                VisionTower.addLinear(shapes, layer + "self_attn.q_proj", hiddenSize, hiddenSize);
                VisionTower.addLinear(shapes, layer + "self_attn.k_proj", keyValueSize, hiddenSize);
                VisionTower.addLinear(shapes, layer + "self_attn.v_proj", keyValueSize, hiddenSize);
                shapes.put(layer + "self_attn.o_proj.weight", new long[] {hiddenSize, hiddenSize});
                shapes.put(layer + "mlp.gate_proj.weight", new long[] {intermediateSize, hiddenSize});
                shapes.put(layer + "mlp.up_proj.weight", new long[] {intermediateSize, hiddenSize});
                shapes.put(layer + "mlp.down_proj.weight", new long[] {hiddenSize, intermediateSize});
                shapes.put(layer + "input_layernorm.weight", new long[] {hiddenSize});
                shapes.put(layer + "post_attention_layernorm.weight", new long[] {hiddenSize});
            }
            shapes.put("model.norm.weight", new long[] {hiddenSize});
            return shapes;
        }
    }

    /** Token ids that the model knows; -1 for none. A text-only model has neither picture nor video tokens. */
    public record Tokens(int bos, int eos, int image, int video, int visionStart, int visionEnd) {}

    public QwenConfig {
        if (vision != null) {
            if (text.ropeSections.isEmpty()) {
                throw new IllegalArgumentException("mrope_section must be three counts that sum to half the head size "
                        + text.headSize() + ", got []");
            }
            for (int token : List.of(tokens.image, tokens.visionStart, tokens.visionEnd)) {
                if (token < 0 || token >= text.vocabularySize) {
                    throw new IllegalArgumentException(
                            "token id " + token + " lies outside the vocabulary of " + text.vocabularySize);
                }
            }
        }
    }

    /**
     * Shapes of all parameters by their names in the flat hub form, in a fixed order; a tied head is not among them.
     */
    Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        if (vision != null) {
            shapes.putAll(vision.parameterShapes(text.hiddenSize));
        }
        shapes.putAll(text.parameterShapes());
        if (!tiedEmbeddings) {
            shapes.put("lm_head.weight", new long[] {text.vocabularySize, text.hiddenSize});
        }
        return shapes;
    }

    /** {@code model_type} of the architecture. */
    public String modelType() {
        return vision == null ? TEXT_MODEL_TYPE : vision.modelType();
    }

    /**
     * Reads {@code config.json} in the flat form of the hub or the nested form of transformers 5.
     *
     * @throws ModelFormatException if the file is no such configuration, or one of another architecture
     */
    public static QwenConfig read(Path file) throws IOException {
        try {
            return parse(JsonFile.text(file));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Parses the text of a {@code config.json}; see {@link #read}.
     *
     * @throws IllegalArgumentException if it is no configuration of a supported architecture; the message names the
     *     entry
     */
    public static QwenConfig parse(String json) {
        ConfigJson root = ConfigJson.parse(json);
        String type = root.text("model_type", "");
        if (!SUPPORTED.contains(type)) {
            throw new IllegalArgumentException("model_type must be one of " + SUPPORTED + ", got \"" + type + "\"");
        }
        ConfigJson text = root.has("text_config") ? root.object("text_config") : root;
        Text decoder = text(text);
        ConfigJson tower = root.object("vision_config");
        VisionConfig vision = switch (type) {
            case Qwen2VLVision.MODEL_TYPE -> Qwen2VLVision.Config.read(tower, decoder.hiddenSize);
            case Qwen25VLVision.MODEL_TYPE -> Qwen25VLVision.Config.read(tower, decoder.hiddenSize);
            default -> null;
        };
        ConfigJson ends = text.has("eos_token_id") ? text : root;
        Tokens tokens = new Tokens(
                ends.firstInteger("bos_token_id", NO_TOKEN),
                ends.firstInteger("eos_token_id", NO_TOKEN),
                vision == null ? NO_TOKEN : root.integer("image_token_id"),
                vision == null ? NO_TOKEN : root.integer("video_token_id", NO_TOKEN),
                vision == null ? NO_TOKEN : root.integer("vision_start_token_id"),
                vision == null ? NO_TOKEN : root.integer("vision_end_token_id"));
        // Writers of the nested form put the flag into either object.
        boolean tied = root.flag("tie_word_embeddings", false) || text.flag("tie_word_embeddings", false);
        return new QwenConfig(decoder, vision, tied, tokens);
    }

    private static Text text(ConfigJson text) {
        text.requireText("hidden_act", "silu");
        int layers = text.integer("num_hidden_layers");
        if (text.flag("use_sliding_window", false) && text.integer("max_window_layers", 0) < layers) {
            throw new IllegalArgumentException("use_sliding_window = true is not supported");
        }
        ConfigJson rope = text.has("rope_parameters") ? text.object("rope_parameters") : text.object("rope_scaling");
        String ropeType = rope.text("rope_type", rope.text("type", "default"));
        // "mrope" is what "default" was called before transformers 5 when there are sections.
        if (!ropeType.equals("default") && !ropeType.equals("mrope")) {
            throw new IllegalArgumentException(
                    "rotary positions of type \"" + ropeType + "\" are not supported, only \"default\" and \"mrope\"");
        }
        int hidden = text.integer("hidden_size");
        int heads = text.integer("num_attention_heads");
        if (text.has("head_dim") && (long) text.integer("head_dim") * heads != hidden) {
            throw new IllegalArgumentException("head_dim = " + text.integer("head_dim")
                    + " times num_attention_heads = " + heads + " must be hidden_size = " + hidden);
        }
        return new Text(
                text.integer("vocab_size"),
                hidden,
                text.integer("intermediate_size"),
                layers,
                heads,
                text.integer("num_key_value_heads", heads),
                text.integer("max_position_embeddings", 32768),
                text.number("rms_norm_eps", 1e-6),
                rope.number("rope_theta", text.number("rope_theta", 1e6)),
                rope.integers("mrope_section"));
    }

    /**
     * The flat form of the hub, which transformers of any version reads. Equal configurations give equal text.
     *
     * @param dtype type of the stored parameters
     */
    public String toJson(ScalarType dtype) {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        root.putArray("architectures").add(vision == null ? TEXT_ARCHITECTURE : vision.architecture());
        root.put("model_type", modelType());
        root.put("vocab_size", text.vocabularySize);
        root.put("hidden_size", text.hiddenSize);
        root.put("intermediate_size", text.intermediateSize);
        root.put("num_hidden_layers", text.layers);
        root.put("num_attention_heads", text.heads);
        root.put("num_key_value_heads", text.keyValueHeads);
        root.put("max_position_embeddings", text.maxPositions);
        root.put("rms_norm_eps", text.rmsNormEpsilon);
        root.put("rope_theta", text.ropeTheta);
        if (!text.ropeSections.isEmpty()) {
            ObjectNode rope = root.putObject("rope_scaling");
            rope.put("type", "mrope");
            rope.set("mrope_section", json.valueToTree(text.ropeSections));
        }
        root.put("tie_word_embeddings", tiedEmbeddings);
        root.put("hidden_act", "silu");
        root.put("attention_dropout", 0.0);
        root.put("use_sliding_window", false);
        putToken(root, "bos_token_id", tokens.bos);
        putToken(root, "eos_token_id", tokens.eos);
        putToken(root, "image_token_id", tokens.image);
        putToken(root, "video_token_id", tokens.video);
        putToken(root, "vision_start_token_id", tokens.visionStart);
        putToken(root, "vision_end_token_id", tokens.visionEnd);
        root.put(
                "torch_dtype",
                switch (dtype) {
                    case Float -> "float32";
                    case BFloat16 -> "bfloat16";
                    case Half -> "float16";
                    default -> throw new IllegalArgumentException("dtype must be a floating-point type, got " + dtype);
                });
        if (vision != null) {
            root.set("vision_config", json.valueToTree(vision.toJson(text.hiddenSize)));
        }
        return root.toPrettyString() + "\n";
    }

    private static void putToken(ObjectNode root, String key, int token) {
        if (token != NO_TOKEN) {
            root.put(key, token);
        }
    }
}
