package org.reasonrft.rollout;

import java.util.List;
import org.reasonrft.model.RopeIndex;
import org.reasonrft.vision.ImageProcessor;

/**
 * A prompt as the model takes it.
 *
 * @param ids token ids, each picture's placeholder repeated once per token of the picture
 * @param rope position of every token
 * @param pictures processed pictures in order
 */
public record Prompt(long[] ids, RopeIndex rope, List<ImageProcessor.Pixels> pictures) {
    public Prompt {
        if (ids.length == 0) {
            throw new IllegalArgumentException("a prompt must have at least one token");
        }
        if (rope.positions()[0].length != ids.length) {
            throw new IllegalArgumentException(
                    "ids has " + ids.length + " tokens, rope positions for " + rope.positions()[0].length);
        }
        pictures = List.copyOf(pictures);
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }

    /**
     * Tokens of all pictures.
     *
     * @param mergeSize patches per side of a token
     */
    public int pictureTokens(int mergeSize) {
        return pictures.stream().mapToInt(picture -> picture.tokens(mergeSize)).sum();
    }

    /** Position, on all three axes, of the first token after the prompt. */
    public long nextPosition() {
        return ids.length + rope.delta();
    }
}
