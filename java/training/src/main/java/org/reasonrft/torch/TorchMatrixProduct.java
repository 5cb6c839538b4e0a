package org.reasonrft.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.MatrixProduct;
import org.reasonrft.kernels.View;

/**
 * Matrix products by libtorch: on x86-64 oneDNN in bfloat16 and float16, with float32 sums inside, and BLAS in float32, on
 * libtorch's threads; on CUDA devices cuBLAS, on libtorch's current stream.
 */
public final class TorchMatrixProduct implements MatrixProduct {

    /** Loads libtorch. */
    public TorchMatrixProduct() {
        Torch.load();
    }

    /** {@inheritDoc} A 16-bit product that goes to an F32 {@code c} is rounded to 16 bits before it is added there. */
    @Override
    public void multiply(View a, View b, View c, boolean accumulate) {
        try (PointerScope scope = new PointerScope()) {
            Tensor left = TensorViews.toTensor(a);
            Tensor right = TensorViews.toTensor(b);
            Tensor result = TensorViews.toTensor(c);
            boolean sameType = a.dtype() == c.dtype();
            if (sameType && !accumulate) {
                torch.mm_out(result, left, right);
            } else if (sameType && a.dtype() == DType.F32) {
                torch.addmm_out(result, result, left, right, new Scalar(1.0), new Scalar(1.0));
            } else if (accumulate) {
                result.add_(torch.mm(left, right).toType(result.scalar_type()));
            } else {
                result.copy_(torch.mm(left, right));
            }
        }
    }
}
