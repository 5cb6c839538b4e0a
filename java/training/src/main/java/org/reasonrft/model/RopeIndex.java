package org.reasonrft.model;

import java.util.Arrays;
import java.util.List;

/**
 * Multimodal rotary positions (M-RoPE, Qwen2-VL, arXiv:2409.12191, section 2.1). A text token has the same position on
 * all three axes; the tokens of a picture count frames, rows and columns of merged patches from where the text stopped;
 * the text after it goes on from the largest position used.
 *
 * @param positions (3, T): frame, row and column position of each token
 * @param delta position of the first generated token minus T; 0 without pictures
 */
public record RopeIndex(long[][] positions, long delta) {
    public RopeIndex {
        if (positions.length != 3) {
            throw new IllegalArgumentException("positions must have 3 axes, got " + positions.length);
        }
    }

    /** Positions of one sequence of text and still pictures; see {@link #of(long[], List, long, int, double)}. */
    public static RopeIndex of(long[] ids, List<long[]> grids, long imageTokenId, int mergeSize) {
        return of(ids, grids, imageTokenId, mergeSize, 1);
    }

    /**
     * Positions of one sequence without padding.
     *
     * @param ids T token ids, picture placeholders expanded to one per merged patch
     * @param grids frames, rows and columns of patches (before merging) for each picture, in order
     * @param imageTokenId the placeholder
     * @param mergeSize patches per side that become one token
     * @param frameInterval positions from one frame of a clip to the next, rounded down after multiplying by the
     *     frame's number; see {@link VisionConfig#frameInterval}. Of no effect on still pictures
     * @throws IllegalArgumentException if the placeholders and the grids do not match
     */
    public static RopeIndex of(long[] ids, List<long[]> grids, long imageTokenId, int mergeSize, double frameInterval) {
        if (!(frameInterval > 0) || Double.isInfinite(frameInterval)) {
            throw new IllegalArgumentException("frameInterval must be positive, got " + frameInterval);
        }
        long[][] positions = new long[3][ids.length];
        long next = 0;
        int picture = 0;
        int t = 0;
        while (t < ids.length) {
            if (ids[t] != imageTokenId) {
                positions[0][t] = positions[1][t] = positions[2][t] = next++;
                t++;
                continue;
            }
            if (picture == grids.size()) {
                throw new IllegalArgumentException(
                        "picture placeholder at token " + t + ", but only " + grids.size() + " picture(s) were given");
            }
            long[] grid = grids.get(picture++);
            long rows = grid[1] / mergeSize;
            long columns = grid[2] / mergeSize;
            long count = grid[0] * rows * columns;
            for (long i = 0; i < count; i++, t++) {
                if (t == ids.length || ids[t] != imageTokenId) {
                    throw new IllegalArgumentException("picture " + (picture - 1) + " with grid "
                            + Arrays.toString(grid) + " needs " + count + " placeholders, found " + i);
                }
                positions[0][t] = next + (long) (i / (rows * columns) * frameInterval);
                positions[1][t] = next + i / columns % rows;
                positions[2][t] = next + i % columns;
            }
            long lastFrame = (long) ((grid[0] - 1) * frameInterval);
            next += Math.max(lastFrame + 1, Math.max(rows, columns));
        }
        if (picture != grids.size()) {
            throw new IllegalArgumentException(grids.size() + " picture(s) were given, placeholders for " + picture);
        }
        return new RopeIndex(positions, next - ids.length);
    }
}
