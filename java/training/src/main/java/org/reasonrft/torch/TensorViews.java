package org.reasonrft.torch;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.kernels.DType;
import org.reasonrft.kernels.View;

/**
 * The kernels' view of a libtorch tensor, and the way back: memory, type, shape and strides, without a copy. The one place of this
 * project where a tensor becomes an address.
 */
public final class TensorViews {
    private TensorViews() {}

    /**
     * A view of the tensor's own memory, which keeps the tensor reachable and is refused once the tensor is closed.
     *
     * A CUDA tensor's view has libtorch's current stream of its device, so that kernels take their place among libtorch's.
     *
     * @param tensor on the CPU or a CUDA device, of float32, bfloat16, float16, int32, int64, uint8 or bool, whose elements do
     *     not overlap
     * @throws IllegalArgumentException for another device or type
     */
    public static View of(Tensor tensor) {
        boolean onCuda = tensor.is_cuda();
        if (!onCuda && !tensor.device().is_cpu()) {
            throw new IllegalArgumentException(
                    "tensor: got " + Torch.describe(tensor) + ", wanted one on the CPU or a CUDA device");
        }
        DType dtype = switch (tensor.scalar_type().intern()) {
            case Float -> DType.F32;
            case BFloat16 -> DType.BF16;
            case Half -> DType.F16;
            case Int -> DType.I32;
            case Long -> DType.I64;
            case Byte, Bool -> DType.U8;
            default ->
                throw new IllegalArgumentException("tensor: got " + Torch.describe(tensor)
                        + ", wanted float32, bfloat16, float16, int32, int64, uint8 or bool");
        };
        long[] shape = tensor.shape();
        long[] strides = new long[shape.length];
        long span = 1;
        for (int d = 0; d < shape.length; d++) {
            strides[d] = tensor.stride(d);
            span += Math.max(0, shape[d] - 1) * strides[d];
        }
        BytePointer memory = new BytePointer(tensor.data_ptr());
        if (tensor.numel() > 0) {
            memory.capacity(span * tensor.element_size());
        }
        View view = onCuda
                ? View.ofDevice(
                        memory, dtype, CudaStreams.current(tensor.device().index()), shape)
                : View.of(memory, dtype, shape);
        return view.withStrides(strides).ownedBy(tensor);
    }

    /**
     * A tensor on a view's memory, with its type, shape and strides; good as long as the view is reachable and its memory
     * open.
     *
     * @throws IllegalArgumentException when the memory has been released
     */
    public static Tensor toTensor(View view) {
        ScalarType type = switch (view.dtype()) {
            case F32 -> ScalarType.Float;
            case BF16 -> ScalarType.BFloat16;
            case F16 -> ScalarType.Half;
            case I32 -> ScalarType.Int;
            case I64 -> ScalarType.Long;
            case U8 -> ScalarType.Byte;
        };
        long[] shape = new long[view.rank()];
        long[] strides = new long[shape.length];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = view.size(d);
            strides[d] = view.stride(d);
        }
        Device device = view.stream()
                .map(stream -> new Device(torch.DeviceType.CUDA, (byte) stream.device()))
                .orElseGet(() -> new Device(torch.DeviceType.CPU));
        return torch.from_blob(view.pointer(), shape, strides, Torch.options(type, device));
    }
}
