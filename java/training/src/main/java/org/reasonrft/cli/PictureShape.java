package org.reasonrft.cli;

/**
 * Width and height of a family's pictures.
 *
 * @param width in pixels
 * @param height in pixels
 */
record PictureShape(int width, int height) {
    /** What was asked for: a height of its own, or a square of the common size, or the family's own shape. */
    static PictureShape of(GeneratedTask.Common common, Integer height, int defaultWidth, int defaultHeight) {
        int width = common.pictureSize().orElse(defaultWidth);
        if (height != null) {
            return new PictureShape(width, height);
        }
        return new PictureShape(width, common.pictureSize().isPresent() ? width : defaultHeight);
    }
}
