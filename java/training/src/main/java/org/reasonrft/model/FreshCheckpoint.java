package org.reasonrft.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.reasonrft.text.ByteLevelBpeTrainer;
import org.reasonrft.text.Tokenizer;

/**
 * Makes a checkpoint directory for a small Qwen2-VL with random weights: a tokenizer trained on a corpus, configuration,
 * image processor settings and parameters. Equal arguments give equal files.
 */
public final class FreshCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_VOCABULARY = 4096;
    private static final int MAX_POSITIONS = 4096;
    /** Prompts and completions of small models are a hundred tokens, not a hundred thousand. */
    private static final double ROPE_THETA = 10_000;

    /**
     * Sizes of the network.
     *
     * @param patchSize pixels along the side of a patch; a visual token covers twice as many
     * @param maxPixels pictures are scaled down to this many pixels
     */
    public record Size(
            int visionWidth,
            int visionLayers,
            int visionHeads,
            int patchSize,
            int width,
            int layers,
            int heads,
            int keyValueHeads,
            int feedForward,
            int maxPixels) {
        /** About a million parameters: what the quickstart trains. */
        public static Size million() {
            return new Size(96, 2, 4, 8, 128, 3, 4, 2, 384, 256 * 256);
        }
    }

    private FreshCheckpoint() {}

    /**
     * Writes the checkpoint.
     *
     * @param folder an existing, empty folder
     * @param corpus texts whose words become single tokens
     */
    public static void write(Path folder, Size size, Collection<String> corpus, long seed) throws IOException {
        ByteLevelBpeTrainer.train(corpus, MAX_VOCABULARY).writeTo(folder);
        QwenConfig config;
        try (Tokenizer tokenizer = Tokenizer.load(folder.resolve("tokenizer.json"))) {
            config = config(size, tokenizer);
        }
        try (QwenModel model = QwenModel.initialise(config, seed)) {
            model.save(folder);
        }
        ObjectNode processor = JSON.createObjectNode();
        int unit = size.patchSize() * config.vision().mergeSize();
        processor.put("image_processor_type", "Qwen2VLImageProcessor");
        processor.put("min_pixels", unit * unit);
        processor.put("max_pixels", size.maxPixels());
        processor.put("patch_size", size.patchSize());
        processor.put("temporal_patch_size", config.vision().temporalPatchSize());
        processor.put("merge_size", config.vision().mergeSize());
        // Means and deviations of the pictures that CLIP was trained on, which Qwen2-VL uses.
        processor.putPOJO("image_mean", List.of(0.48145466, 0.4578275, 0.40821073));
        processor.putPOJO("image_std", List.of(0.26862954, 0.26130258, 0.27577711));
        Files.writeString(folder.resolve("preprocessor_config.json"), processor.toPrettyString() + "\n");
        ObjectNode generation = JSON.createObjectNode();
        generation.put("bos_token_id", config.tokens().bos());
        generation.put("pad_token_id", config.tokens().bos());
        generation.putPOJO(
                "eos_token_id", List.of(config.tokens().eos(), config.tokens().bos()));
        Files.writeString(folder.resolve(GenerationConfig.FILE), generation.toPrettyString() + "\n");
    }

    private static QwenConfig config(Size size, Tokenizer tokenizer) {
        int half = size.width() / size.heads() / 2;
        int rows = half * 3 / 8;
        QwenConfig.Text text = new QwenConfig.Text(
                tokenizer.vocabularySize(),
                size.width(),
                size.feedForward(),
                size.layers(),
                size.heads(),
                size.keyValueHeads(),
                MAX_POSITIONS,
                1e-6,
                ROPE_THETA,
                List.of(half - 2 * rows, rows, rows));
        Qwen2VLVision.Config vision = new Qwen2VLVision.Config(
                size.visionLayers(), size.visionWidth(), size.visionHeads(), 4, 3, size.patchSize(), 2, 2);
        QwenConfig.Tokens tokens = new QwenConfig.Tokens(
                tokenizer.specialTokenId("<|endoftext|>"),
                tokenizer.specialTokenId("<|im_end|>"),
                tokenizer.specialTokenId("<|image_pad|>"),
                tokenizer.specialTokenId("<|video_pad|>"),
                tokenizer.specialTokenId("<|vision_start|>"),
                tokenizer.specialTokenId("<|vision_end|>"));
        return new QwenConfig(text, vision, true, tokens);
    }
}
