package org.reasonrft.kernels.internal;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FunctionPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * Types of functions of {@code kernels_cuda.h}. They are looked up by name once the library has been loaded, because a
 * build without CUDA has nothing to link against. Internal.
 */
public final class CudaFunctions {

    private CudaFunctions() {}

    /** {@code int32_t f(void)}. */
    @Properties(inherit = AbiPresets.class)
    public static class Count extends FunctionPointer {
        static {
            Loader.load();
        }

        public Count(Pointer address) {
            super(address);
        }

        public native int call();
    }

    /** {@code const char* f(void)}. */
    @Properties(inherit = AbiPresets.class)
    public static class Text extends FunctionPointer {
        static {
            Loader.load();
        }

        public Text(Pointer address) {
            super(address);
        }

        public native @Cast("const char*") BytePointer call();
    }
}
