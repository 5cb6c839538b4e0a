package org.reasonrft.torch;

import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.global.torch_cuda;
import org.reasonrft.kernels.CudaStream;

/** libtorch's streams; touched for tensors on a GPU alone, whose libraries are otherwise not there. */
final class CudaStreams {
    private CudaStreams() {}

    /** The stream that libtorch uses for the device on this thread. */
    static CudaStream current(int device) {
        try (CUDAStream stream = torch_cuda.getCurrentCUDAStream((byte) device)) {
            return CudaStream.of(device, stream.stream());
        }
    }
}
