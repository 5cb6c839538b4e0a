package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.pytorch.Tensor;
import org.reasonrft.torch.Torch;

/** Comparisons of whole tensors that say how far off they are. */
final class TensorAssertions {
    private TensorAssertions() {}

    static void assertClose(Tensor actual, Tensor wanted, double tolerance) {
        assertThat(actual.shape()).containsExactly(wanted.shape());
        float[] a = Torch.floats(actual);
        float[] w = Torch.floats(wanted);
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            double error = Math.abs((double) a[i] - w[i]);
            // Written so that NaN counts as an error.
            worst = error <= worst ? worst : error;
        }
        assertThat(worst).as("largest difference").isLessThanOrEqualTo(tolerance);
    }

    static double rootMeanSquare(Tensor tensor) {
        double sum = 0;
        float[] values = Torch.floats(tensor);
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / values.length);
    }
}
