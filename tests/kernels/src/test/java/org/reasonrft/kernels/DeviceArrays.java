package org.reasonrft.kernels;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Memory of the first device, as a CUDA runtime gives it to JavaCPP: an address and a length. */
final class DeviceArrays {

    static final CudaStream STREAM = CudaStream.ofDefault(0);

    private final List<Long> allocated = new ArrayList<>();

    private static final class DevicePointer extends BytePointer {
        DevicePointer(long address, long bytes) {
            this.address = address;
            capacity(bytes);
        }
    }

    void release() {
        allocated.forEach(address -> CudaLibrary.release(address, STREAM.device()));
        allocated.clear();
    }

    View allocate(DType dtype, long... shape) {
        long bytes = dtype.bytes();
        for (long size : shape) {
            bytes *= size;
        }
        long address = CudaLibrary.allocate(Math.max(1, bytes), STREAM.device());
        allocated.add(address);
        return View.ofDevice(new DevicePointer(address, Math.max(1, bytes)), dtype, STREAM, shape);
    }

    /** A copy with the same strides. */
    View copyOf(View host) {
        Pointer from = host.pointer();
        View bytes = allocate(DType.U8, from.capacity());
        CudaLibrary.write(bytes.pointer().address(), from.address(), from.capacity(), STREAM);
        long[] shape = new long[host.rank()];
        long[] strides = new long[host.rank()];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = host.size(d);
            strides[d] = host.stride(d);
        }
        return View.ofDevice(bytes.pointer(), host.dtype(), STREAM, shape).withStrides(strides);
    }
}
