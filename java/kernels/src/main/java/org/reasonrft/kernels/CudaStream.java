package org.reasonrft.kernels;

import org.bytedeco.javacpp.Pointer;

/**
 * A queue of work of one CUDA device, in which calls on views of that device's memory take their place. Nothing here owns
 * the stream: it comes from the CUDA runtime, by way of JavaCPP's presets for CUDA or of a library such as libtorch.
 *
 * @param device ordinal of the device, as the CUDA runtime counts
 * @param handle the {@code cudaStream_t}; 0 is the device's default stream
 */
public record CudaStream(int device, long handle) {

    /** @throws IllegalArgumentException for a negative ordinal */
    public CudaStream {
        Checks.atLeast("device", device, 0);
    }

    /** The device's default stream. */
    public static CudaStream ofDefault(int device) {
        return new CudaStream(device, 0);
    }

    /** A stream of the presets for CUDA, {@code CUstream_st}; null is the device's default stream. */
    public static CudaStream of(int device, Pointer stream) {
        return new CudaStream(device, stream == null ? 0 : stream.address());
    }

    @Override
    public String toString() {
        return "cuda:" + device + (handle == 0 ? "" : " stream 0x" + Long.toHexString(handle));
    }
}
