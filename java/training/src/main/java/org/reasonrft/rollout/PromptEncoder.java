package org.reasonrft.rollout;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.reasonrft.model.QwenConfig;
import org.reasonrft.model.RopeIndex;
import org.reasonrft.model.VisionConfig;
import org.reasonrft.text.ChatMessage;
import org.reasonrft.text.ChatTemplate;
import org.reasonrft.text.Tokenizer;
import org.reasonrft.vision.ImageProcessor;

/**
 * Conversations and picture files to {@link Prompt}s: chat template, tokens, one placeholder per picture token,
 * positions, pixel values. Safe for use by several threads.
 */
public final class PromptEncoder {
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    /** Null when the model reads text only. */
    private final ImageProcessor processor;

    private final QwenConfig config;
    private final long pictureCacheBytes;
    /** Null when the model reads text only. */
    private final PictureCache pictures;

    private final long imageTokenId;
    private final int mergeSize;

    /**
     * @param processor null for a model that reads text only
     * @param pictureCacheBytes pixel values kept for pictures that come again; 0 for none
     * @throws IllegalArgumentException if processor and model cut pictures differently
     */
    public PromptEncoder(
            Tokenizer tokenizer,
            ChatTemplate template,
            ImageProcessor processor,
            QwenConfig config,
            long pictureCacheBytes) {
        VisionConfig vision = config.vision();
        if ((processor == null) != (vision == null)) {
            throw new IllegalArgumentException(
                    vision == null
                            ? "processor must be null for a model that reads text only"
                            : "processor must not be null for a model that reads pictures");
        }
        if (vision != null && !fits(processor, vision)) {
            throw new IllegalArgumentException("the image processor's patch, merge and temporal sizes "
                    + processor.patchSize() + ", " + processor.mergeSize() + ", " + processor.temporalPatchSize()
                    + " differ from the model's " + vision.patchSize() + ", " + vision.mergeSize() + ", "
                    + vision.temporalPatchSize());
        }
        this.tokenizer = tokenizer;
        this.template = template;
        this.processor = processor;
        this.config = config;
        this.pictureCacheBytes = pictureCacheBytes;
        this.pictures = vision == null ? null : new PictureCache(processor, pictureCacheBytes);
        this.imageTokenId = config.tokens().image();
        this.mergeSize = vision == null ? 1 : vision.mergeSize();
    }

    /**
     * The same with other bounds on the area of a picture, and so on its tokens.
     *
     * @param minPixels smallest area after resizing; null: as it is
     * @param maxPixels largest area after resizing; null: as it is
     * @throws IllegalArgumentException if the model reads text only, or the bounds leave nothing between them
     */
    public PromptEncoder withPixelBounds(Long minPixels, Long maxPixels) {
        if (processor == null) {
            throw new IllegalArgumentException("min_pixels, max_pixels: got " + minPixels + " and " + maxPixels
                    + ", but the model reads text only");
        }
        ImageProcessor bounded = processor.withPixelBounds(
                minPixels == null ? processor.minPixels() : minPixels,
                maxPixels == null ? processor.maxPixels() : maxPixels);
        return new PromptEncoder(tokenizer, template, bounded, config, pictureCacheBytes);
    }

    private static boolean fits(ImageProcessor processor, VisionConfig vision) {
        return processor.patchSize() == vision.patchSize()
                && processor.mergeSize() == vision.mergeSize()
                && processor.temporalPatchSize() == vision.temporalPatchSize();
    }

    /** A user's question about pictures, up to where the answer begins. */
    public Prompt encode(String question, List<Path> images) throws IOException {
        return encode(List.of(ChatMessage.question(images.size(), question)), images);
    }

    /**
     * A conversation, up to where the next answer begins.
     *
     * @param images files for the pictures of all turns, in order
     * @throws IOException if a picture cannot be read; the message names it
     * @throws IllegalArgumentException if there are more or fewer files than pictures in the turns, if the text
     *     itself spells the placeholder, or if there are pictures and the model reads text only
     */
    public Prompt encode(List<ChatMessage> conversation, List<Path> images) throws IOException {
        int wanted = conversation.stream().mapToInt(ChatMessage::images).sum();
        if (wanted != images.size()) {
            throw new IllegalArgumentException(
                    "the conversation has " + wanted + " picture(s), but " + images.size() + " file(s) were given");
        }
        if (wanted > 0 && pictures == null) {
            throw new IllegalArgumentException(
                    "the model reads text only, the conversation has " + wanted + " picture(s)");
        }
        List<ImageProcessor.Pixels> pixels = new ArrayList<>();
        List<long[]> grids = new ArrayList<>();
        for (Path image : images) {
            ImageProcessor.Pixels processed = pictures.get(image);
            pixels.add(processed);
            grids.add(processed.grid());
        }
        long[] ids = expand(tokenizer.encode(template.render(conversation, ChatTemplate.GenerationPrompt.ADD)), pixels);
        return new Prompt(ids, RopeIndex.of(ids, grids, imageTokenId, mergeSize), pixels);
    }

    /** Expanding ids gives what expanding the text would: the tokenizer never joins a special token to its neighbours. */
    private long[] expand(long[] ids, List<ImageProcessor.Pixels> pixels) {
        int total = ids.length - pixels.size();
        int placeholders = 0;
        for (long id : ids) {
            placeholders += id == imageTokenId ? 1 : 0;
        }
        if (placeholders != pixels.size()) {
            throw new IllegalArgumentException("the rendered prompt has " + placeholders
                    + " picture placeholder(s) for " + pixels.size() + " picture(s)");
        }
        for (ImageProcessor.Pixels picture : pixels) {
            total += picture.tokens(mergeSize);
        }
        long[] expanded = new long[total];
        int at = 0;
        int picture = 0;
        for (long id : ids) {
            int copies = id == imageTokenId ? pixels.get(picture++).tokens(mergeSize) : 1;
            for (int i = 0; i < copies; i++) {
                expanded[at++] = id;
            }
        }
        return expanded;
    }
}
