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
     * Rows and columns of the patches of one frame. The first half of the frequencies turns with the row, the second with
     * the column.
     *
     * @param units merge windows, numbered in reading order, in the order their patches stand in; inside each one its
     *     patches stand in reading order
     * @param columns of patches
     * @return tables of shape (units x mergeSize^2, 1, 1, D)
     */
    static Rotary ofPatches(long[] units, long columns, int mergeSize, int headSize, Weights weights) {
        float[] frequencies = frequencies(headSize / 2, 10000);
        int quarter = frequencies.length;
        int patches = mergeSize * mergeSize;
        long unitColumns = columns / mergeSize;
        float[] angles = new float[Math.toIntExact((long) units.length * patches * 2 * quarter)];
        int at = 0;
        for (long unit : units) {
            for (int patch = 0; patch < patches; patch++) {
                long row = unit / unitColumns * mergeSize + patch / mergeSize;
                long column = unit % unitColumns * mergeSize + patch % mergeSize;
                for (int i = 0; i < quarter; i++) {
                    angles[at + i] = row * frequencies[i];
                    angles[at + quarter + i] = column * frequencies[i];
                }
                at += 2 * quarter;
            }
        }
        Tensor table = Torch.tensor(angles, (long) units.length * patches, 1, 1, 2L * quarter);
        return of(table.to(weights.device(), ScalarType.Float), weights.dtype());
    }
}
