package org.reasonrft.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.torch.Torch;

/**
 * Rotary position embedding: {@code x cos + swap(x) sin'}, where {@code swap} exchanges the halves of a head and
 * {@code sin'} carries the minus sign of the first half. Three tensor operations in place of the seven of the usual
 * rotate-half form, with the same products and one rounding each.
 *
 * @param cos cosines, broadcastable to (..., D)
 * @param signedSin sines, negated in the first half
 */
record Rotary(Tensor cos, Tensor signedSin) {
    /** Applies the rotation; differentiable. */
    Tensor apply(Tensor x) {
        long size = x.size(x.dim() - 1);
        // addcmul_ may write into the product: autograd keeps the factors, not the result.
        return x.mul(cos).addcmul_(x.roll(new long[] {size / 2}, x.dim() - 1), signedSin);
    }

    /**
     * Tables from angles.
     *
     * @param angles (..., D / 2) float32
     * @param dtype type of the activations
     */
    static Rotary of(Tensor angles, ScalarType dtype) {
        long last = angles.dim() - 1;
        Tensor cos = angles.cos().to(dtype);
        Tensor sin = angles.sin().to(dtype);
        return new Rotary(
                torch.cat(new TensorVector(cos, cos), last), torch.cat(new TensorVector(sin.neg(), sin), last));
    }

    /** Frequencies {@code theta^(-2i / size)} for i in [0, size / 2), rounded as float32 arithmetic rounds them. */
    static float[] frequencies(int size, double theta) {
        float[] result = new float[size / 2];
        for (int i = 0; i < result.length; i++) {
            float exponent = (float) (2 * i) / size;
            result[i] = 1f / (float) Math.pow(theta, exponent);
        }
        return result;
    }

    /**
     * Rows and columns of the patches of one frame, in the order of the pixel values: merge windows in reading order,
     * and inside each window its patches in reading order. The first half of the frequencies turns with the row, the
     * second with the column.
     *
     * @return tables of shape (rows * columns, D)
     */
    static Rotary ofPatches(long rows, long columns, int mergeSize, int headSize, Weights weights) {
        float[] frequencies = frequencies(headSize / 2, 10000);
        int quarter = frequencies.length;
        float[] angles = new float[Math.toIntExact(rows * columns * 2 * quarter)];
        int at = 0;
        for (long blockRow = 0; blockRow < rows; blockRow += mergeSize) {
            for (long blockColumn = 0; blockColumn < columns; blockColumn += mergeSize) {
                for (int inWindow = 0; inWindow < mergeSize * mergeSize; inWindow++) {
                    long row = blockRow + inWindow / mergeSize;
                    long column = blockColumn + inWindow % mergeSize;
                    for (int i = 0; i < quarter; i++) {
                        angles[at + i] = row * frequencies[i];
                        angles[at + quarter + i] = column * frequencies[i];
                    }
                    at += 2 * quarter;
                }
            }
        }
        Tensor table = Torch.tensor(angles, rows * columns, 2L * quarter);
        return of(table.to(weights.device(), ScalarType.Float), weights.dtype());
    }
}
