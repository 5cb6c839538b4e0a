package org.reasonrft.train;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.kernels.View;
import org.reasonrft.torch.TensorViews;
import org.reasonrft.torch.Torch;

/**
 * Completions of different lengths as padded rows of shape (B, T), T the longest. Made inside a PointerScope and valid
 * as long as it is.
 *
 * @param ids tensor, int64 (B, T), padding 0
 * @param idsView the same memory for the kernels
 * @param mask U8 (B, T), 0 on padding and on completions that are left out
 * @param countedPlaces where the mask is 1, as row T + token, in ascending order
 */
record CompletionRows(Tensor ids, View idsView, View mask, int[] countedPlaces) {
    /** @param countedRows for each row, whether its tokens count; null: all do */
    static CompletionRows of(List<long[]> completions, boolean[] countedRows) {
        int rows = completions.size();
        int longest = completions.stream().mapToInt(c -> c.length).max().orElse(0);
        long[] ids = new long[rows * longest];
        byte[] mask = new byte[rows * longest];
        for (int row = 0; row < rows; row++) {
            long[] tokens = completions.get(row);
            System.arraycopy(tokens, 0, ids, row * longest, tokens.length);
            if (countedRows == null || countedRows[row]) {
                Arrays.fill(mask, row * longest, row * longest + tokens.length, (byte) 1);
            }
        }
        Tensor tensor = Torch.tensor(ids, rows, longest);
        int[] counted =
                IntStream.range(0, mask.length).filter(i -> mask[i] != 0).toArray();
        return new CompletionRows(tensor, TensorViews.of(tensor), View.copyOf(mask, rows, longest), counted);
    }

    /** Tokens that count. */
    long count() {
        return countedPlaces.length;
    }

    /** Longest completion, T. */
    long tokens() {
        return idsView.size(1);
    }

    /** Completions, B. */
    long rows() {
        return idsView.size(0);
    }

    /** Values of differing lengths, one per token, in the layout of these rows; padding 0. */
    View padded(List<float[]> values) {
        int longest = (int) tokens();
        float[] flat = new float[values.size() * longest];
        for (int row = 0; row < values.size(); row++) {
            System.arraycopy(values.get(row), 0, flat, row * longest, values.get(row).length);
        }
        return View.copyOf(flat, values.size(), longest);
    }
}
