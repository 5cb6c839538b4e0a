package org.reasonrft.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
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
        View bytes = allocate(DType.U8, host.pointer().capacity());
        write(bytes, host);
        return View.ofDevice(bytes.pointer(), host.dtype(), STREAM, shape(host)).withStrides(strides(host));
    }

    /** A copy in memory of the processor, with the same strides. */
    static View fetch(View device) {
        Pointer from = device.pointer();
        View bytes = View.allocate(DType.U8, from.capacity());
        CudaLibrary.read("fetch", bytes.pointer().address(), from.address(), from.capacity(), STREAM);
        return View.of(bytes.pointer(), device.dtype(), shape(device))
                .withStrides(strides(device))
                .ownedBy(bytes);
    }

    /** Replaces what lies between the first and the last element. */
    static void write(View device, View host) {
        Pointer from = host.pointer();
        CudaLibrary.write(device.pointer().address(), from.address(), from.capacity(), STREAM);
    }

    private static long[] shape(View view) {
        return LongStream.range(0, view.rank()).map(d -> view.size((int) d)).toArray();
    }

    private static long[] strides(View view) {
        return LongStream.range(0, view.rank()).map(d -> view.stride((int) d)).toArray();
    }
}
