package org.reasonrft.model;

import java.util.Map;

/**
 * Sizes of a vision tower, as in {@code vision_config} of {@code config.json}: what all towers of the family have. Each
 * architecture's own record adds the rest.
 */
public sealed interface VisionConfig permits Qwen2VLVision.Config, Qwen25VLVision.Config {
    /** {@code model_type} of the whole model. */
    String modelType();

    /** Name of the model's class in transformers, as in {@code architectures}. */
    String architecture();

    /** Number of blocks. */
    int depth();

    /** Width of a patch in the blocks. */
    int width();

    int heads();

    /** Colours per pixel. */
    int channels();

    /** Pixels along the side of a patch. */
    int patchSize();

    /** Patches along the side of the square that becomes one token. */
    int mergeSize();

    /** Frames per patch. */
    int temporalPatchSize();

    /** Shapes of the parameters by their names in the flat hub form, in a fixed order. */
    Map<String, long[]> parameterShapes(int hiddenSize);

    /** The entries of {@code vision_config}. */
    Map<String, Object> toJson(int hiddenSize);

    /**
     * How far apart on the first axis of {@link RopeIndex} two frames of a clip stand.
     *
     * @param secondsPerFrame time between the first pictures of two patches that follow each other
     */
    double frameInterval(double secondsPerFrame);

    default int headSize() {
        return width() / heads();
    }

    /** Patches that become one token. */
    default int patchesPerToken() {
        return mergeSize() * mergeSize();
    }

    /** Numbers per row of the pixel values: channels x frames x rows x columns of a patch. */
    default int patchElements() {
        return channels() * temporalPatchSize() * patchSize() * patchSize();
    }
}
