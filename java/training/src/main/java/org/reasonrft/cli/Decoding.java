package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.reasonrft.model.GenerationConfig;
import org.reasonrft.rollout.GenerationOptions;

/**
 * Settings of generation that belong together.
 *
 * @param generation its seed does not count
 * @param minPixels smallest area of a picture; null: as in the checkpoint
 * @param maxPixels largest area of a picture; null: as in the checkpoint
 */
record Decoding(GenerationOptions generation, Long minPixels, Long maxPixels) {
    private static final int TOKENS = 512;

    /** What {@code --decoding} names. */
    enum Preset {
        /** The most probable completion. */
        GREEDY,
        /** How the published evaluation of Reason-RFT samples its one completion per question. */
        PUBLISHED,
        /** As the checkpoint's {@code generation_config.json} says. */
        CHECKPOINT;

        Decoding of(Path model) throws IOException {
            return switch (this) {
                case GREEDY -> new Decoding(GenerationOptions.greedy(TOKENS), null, null);
                case PUBLISHED -> new Decoding(new GenerationOptions(768, 0.1f, 50, 0.9f, 0, 0), 3_136L, 480_000L);
                case CHECKPOINT ->
                    new Decoding(GenerationOptions.of(GenerationConfig.read(model), TOKENS, 0), null, null);
            };
        }
    }
}
