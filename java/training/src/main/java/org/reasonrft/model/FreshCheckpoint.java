package org.reasonrft.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.text.ByteLevelBpeTrainer;
import org.reasonrft.text.Tokenizer;

/**
 * Makes a checkpoint directory for a Qwen2-VL with random weights: a tokenizer trained on a corpus, configuration, image
 * processor settings and parameters. Equal arguments give equal files.
 */
public final class FreshCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_VOCABULARY = 4096;

    /**
     * Sizes of the network.
     *
     * @param text the decoder; its embedding gets rows for {@code vocabularySize} tokens, or for those of the tokenizer if
     *     they are more
     * @param tiedEmbeddings whether the head is the embedding
     * @param maxPixels pictures are scaled down to this many pixels
     */
    public record Size(Qwen2VLVision.Config vision, QwenConfig.Text text, boolean tiedEmbeddings, int maxPixels) {
        /** Prompts and completions of small models are a hundred tokens, not a hundred thousand. */
        private static final double SHORT_ROPE_THETA = 10_000;

        private static final int SHORT_POSITIONS = 4096;
        /** What Reason-RFT scales pictures to. */
        private static final int RECIPE_PIXELS = 480_000;

        /** About a million parameters: what the quickstart trains. */
        public static Size million() {
            return new Size(
                    vision(2, 96, 4, 8),
                    text(1, 128, 384, 3, 4, 2, SHORT_POSITIONS, SHORT_ROPE_THETA),
                    true,
                    256 * 256);
        }

        /** About a hundred million parameters. */
        public static Size hundredMillion() {
            return new Size(
                    vision(4, 256, 8, 14),
                    text(16384, 768, 2816, 11, 12, 4, SHORT_POSITIONS, 1_000_000),
                    true,
                    RECIPE_PIXELS);
        }

        /** The shapes of Qwen2-VL-2B. */
        public static Size qwen2Vl2b() {
            return new Size(
                    vision(32, 1280, 16, 14),
                    text(151936, 1536, 8960, 28, 12, 2, 32768, 1_000_000),
                    true,
                    RECIPE_PIXELS);
        }

        /** The shapes of Qwen2-VL-7B. */
        public static Size qwen2Vl7b() {
            return new Size(
                    vision(32, 1280, 16, 14),
                    text(152064, 3584, 18944, 28, 28, 4, 32768, 1_000_000),
                    false,
                    RECIPE_PIXELS);
        }

        /** Of any size. */
        public static Qwen2VLVision.Config vision(int layers, int width, int heads, int patchSize) {
            return new Qwen2VLVision.Config(layers, width, heads, 4, 3, patchSize, 2, 2);
        }

        /** Of any size, with rotary frequencies shared out as in Qwen2-VL: a quarter, three and three eighths. */
        public static QwenConfig.Text text(
                int vocabularySize,
                int width,
                int feedForward,
                int layers,
                int heads,
                int keyValueHeads,
                int maxPositions,
                double ropeTheta) {
            int half = width / heads / 2;
            int rows = half * 3 / 8;
            return new QwenConfig.Text(
                    vocabularySize,
                    width,
                    feedForward,
                    layers,
                    heads,
                    keyValueHeads,
                    maxPositions,
                    1e-6,
                    ropeTheta,
                    List.of(half - 2 * rows, rows, rows));
        }
    }

    /** Mean colour that pixels are measured from, of the pictures that CLIP was trained on: what Qwen2-VL uses. */
    public static final List<Double> CLIP_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

    private FreshCheckpoint() {}

    /**
     * Writes the checkpoint.
     *
     * @param folder an existing, empty folder
     * @param corpus texts whose words become single tokens
     * @param imageMean red, green and blue, 0 to 1, that are taken from every pixel: {@link #CLIP_MEAN}, or the ground of
     *     the pictures where that is most of them, as in line drawings
     * @param dtype floating-point type of the parameters, in memory and in the file
     */
    public static void write(
            Path folder, Size size, Collection<String> corpus, List<Double> imageMean, ScalarType dtype, long seed)
            throws IOException {
        ByteLevelBpeTrainer.train(corpus, MAX_VOCABULARY).writeTo(folder);
        QwenConfig config;
        try (Tokenizer tokenizer = Tokenizer.load(folder.resolve("tokenizer.json"))) {
            config = config(size, tokenizer);
        }
        try (QwenModel model = QwenModel.initialise(config, dtype, seed)) {
            model.save(folder);
        }
        ObjectNode processor = JSON.createObjectNode();
        int unit = config.vision().patchSize() * config.vision().mergeSize();
        processor.put("image_processor_type", "Qwen2VLImageProcessor");
        processor.put("min_pixels", unit * unit);
        processor.put("max_pixels", size.maxPixels());
        processor.put("patch_size", config.vision().patchSize());
        processor.put("temporal_patch_size", config.vision().temporalPatchSize());
        processor.put("merge_size", config.vision().mergeSize());
        processor.putPOJO("image_mean", imageMean);
        // Deviations of the pictures that CLIP was trained on, which Qwen2-VL uses.
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
        QwenConfig.Text text = size.text();
        QwenConfig.Text rows = new QwenConfig.Text(
                Math.max(text.vocabularySize(), tokenizer.vocabularySize()),
                text.hiddenSize(),
                text.intermediateSize(),
                text.layers(),
                text.heads(),
                text.keyValueHeads(),
                text.maxPositions(),
                text.rmsNormEpsilon(),
                text.ropeTheta(),
                text.ropeSections());
        QwenConfig.Tokens tokens = new QwenConfig.Tokens(
                tokenizer.specialTokenId("<|endoftext|>"),
                tokenizer.specialTokenId("<|im_end|>"),
                tokenizer.specialTokenId("<|image_pad|>"),
                tokenizer.specialTokenId("<|video_pad|>"),
                tokenizer.specialTokenId("<|vision_start|>"),
                tokenizer.specialTokenId("<|vision_end|>"));
        return new QwenConfig(rows, size.vision(), size.tiedEmbeddings(), tokens);
    }
}
