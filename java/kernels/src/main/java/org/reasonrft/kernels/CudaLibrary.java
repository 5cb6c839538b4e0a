package org.reasonrft.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.reasonrft.kernels.internal.Abi;

/**
 * libreasonrft_cuda, found and loaded on first use. Its functions are called by address: a build without CUDA has nothing
 * to link the binding against.
 */
final class CudaLibrary {

    static final String LIBRARY_PROPERTY = "reasonrft.cuda.library";

    static final Kernels.Cuda STATUS = find();

    private static final Map<String, Pointer> FUNCTIONS = new ConcurrentHashMap<>();

    private CudaLibrary() {}

    private static Kernels.Cuda find() {
        String name = System.mapLibraryName("reasonrft_cuda");
        String given = System.getProperty(LIBRARY_PROPERTY);
        String resource = Loader.getPlatform() + "/" + name;
        String library = given == null ? resource : given;
        if (given == null && Abi.class.getResource(resource) == null) {
            return new Kernels.Cuda(
                    0,
                    "there is no " + resource
                            + " on the class path: add the artifact reason-rft-kernels with classifier "
                            + Loader.getPlatform() + "-gpu, or build with -Dcuda=on where nvcc is installed");
        }
        if (given != null && !Files.isRegularFile(Path.of(given))) {
            return new Kernels.Cuda(0, "system property " + LIBRARY_PROPERTY + " is " + given + ", which is no file");
        }
        try {
            Native.version(); // loads the binding
            // Global, because addressof looks names up in the process as a whole.
            Loader.loadGlobal(
                    given == null ? Loader.cacheResource(Abi.class, resource).getPath() : given);
            int version = Abi.rrft_call_count(address("rrft_cuda_version"));
            if (version != Native.version()) {
                return new Kernels.Cuda(
                        0, library + " has version " + version + " of the interface, wanted " + Native.version());
            }
            int devices = Abi.rrft_call_count(address("rrft_cuda_device_count"));
            return new Kernels.Cuda(
                    Math.max(0, devices), devices > 0 ? library + " found " + devices + " device(s)" : lastError());
        } catch (LinkageError | IOException e) {
            return new Kernels.Cuda(0, library + " does not load: " + e.getMessage());
        }
    }

    /** @throws UnsupportedOperationException saying why there is no device to run on */
    static void require() {
        if (!STATUS.available()) {
            throw new UnsupportedOperationException("CUDA is unavailable: " + STATUS.reason());
        }
    }

    /** Enqueues an operation of the ABI. */
    static void call(String function, Pointer args, CudaStream stream) {
        require();
        check(Abi.rrft_call_operation(function(function), args, stream.handle(), stream.device()), function, stream);
    }

    /** Bytes of device memory that an operation needs to work in. */
    static long workspaceBytes(String function, Pointer args, CudaStream stream) {
        require();
        long bytes = Abi.rrft_call_workspace(function(function + "_workspace"), args);
        check((int) Math.min(bytes, Abi.RRFT_OK), function, stream);
        return bytes;
    }

    /** As {@link #call}, for operations that need memory to work in. */
    static void call(String function, Pointer args, long workspace, long bytes, CudaStream stream) {
        check(
                Abi.rrft_call_in_workspace(
                        function(function), args, workspace, bytes, stream.handle(), stream.device()),
                function,
                stream);
    }

    /** Copies to memory of the processor, after all that the stream has to do. {@code for} names what waits for it. */
    static void read(String operation, long to, long from, long bytes, CudaStream stream) {
        require();
        check(
                Abi.rrft_call_copy(function("rrft_cuda_read"), to, from, bytes, stream.handle(), stream.device()),
                operation,
                stream);
    }

    static void write(long to, long from, long bytes, CudaStream stream) {
        require();
        check(
                Abi.rrft_call_copy(function("rrft_cuda_write"), to, from, bytes, stream.handle(), stream.device()),
                "View.write",
                stream);
    }

    static long allocate(long bytes, int device) {
        require();
        long address = Abi.rrft_call_allocate(function("rrft_cuda_allocate"), bytes, device);
        if (address == 0) {
            throw new IllegalStateException(lastError());
        }
        return address;
    }

    static void release(long address, int device) {
        Native.check(Abi.rrft_call_release(function("rrft_cuda_release"), address, device), () -> lastError());
    }

    private static void check(int status, String operation, CudaStream stream) {
        Native.check(status, () -> {
            String text = lastError();
            return text.startsWith(operation) ? text : operation + " on " + stream + ": " + text;
        });
    }

    private static String lastError() {
        return Abi.rrft_call_text(address("rrft_cuda_last_error")).getString();
    }

    private static Pointer function(String name) {
        return FUNCTIONS.computeIfAbsent(name, CudaLibrary::address);
    }

    private static Pointer address(String function) {
        Pointer address = Loader.addressof(function);
        if (address == null) {
            throw new UnsatisfiedLinkError("it has no function " + function);
        }
        return address;
    }
}
