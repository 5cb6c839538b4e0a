package org.reasonrft.torch;

import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.LoggerFactory;

/**
 * libtorch from Java without leaks.
 *
 * <p><b>Lifetimes.</b> A presets object (tensor, {@code Scalar}, {@code TensorVector}, {@code TensorOptions}, guard)
 * that is created or returned by value inside a {@link PointerScope} is freed when that scope closes, on the thread
 * that opened it; temporaries of chained calls included. What must live longer is carried out with {@link #keep} (to
 * the enclosing scope) or {@link #retain} (until {@link #release}).
 *
 * <p><b>Hazards</b> that this package and its users avoid:
 * <ul>
 * <li>{@code TensorVector.get(i)} is a reference into the vector: it dies with the vector, even if retained. Take
 * {@link #element} instead, which makes an owner.
 * <li>{@code new LongArrayRef(long[])} points into memory that JavaCPP frees with the call; pass {@code long...}
 * instead.
 * <li>Enum values that a native method returns are fresh objects, equal to no constant: {@link #dtype}, or
 * {@code intern()}.
 * <li>{@code tensor.grad()} of a parameter without gradient is an undefined tensor, not null; and it refers into the
 * parameter: to outlive it, make an owner with {@code new Tensor(tensor.grad())}.
 * <li>Objects created outside any scope wait for the garbage collector, which knows nothing of native memory.
 * <li>JavaCPP polls the resident size of the process at each allocation and throws when it exceeds a multiple of
 * {@code -Xmx}; both make no sense for tensors. {@link #load} turns that off unless
 * {@code org.bytedeco.javacpp.maxPhysicalBytes} is set. It costs 1.3 microseconds a call (x86-64 VM, 2026-11), as much
 * as a small tensor operation.
 * </ul>
 */
public final class Torch {
    /**
     * Most threads that {@link #setThreads} takes: beyond any machine of today, and few enough that all of them can
     * be started.
     */
    public static final int MAX_THREADS = 1024;

    private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxPhysicalBytes";

    static {
        boolean chosenByUser = System.getProperty(MAX_PHYSICAL_BYTES) != null;
        if (!chosenByUser) {
            System.setProperty(MAX_PHYSICAL_BYTES, "0");
        }
        // libtorch of the presets is linked against openblas, which has to be in the process first.
        Loader.load(org.bytedeco.openblas.global.openblas.class);
        Loader.load(openblas_full.class);
        Loader.load(torch.class);
        if (!chosenByUser && Pointer.maxPhysicalBytes() > 0) {
            LoggerFactory.getLogger(Torch.class)
                    .warn(
                            "JavaCPP was in use before Torch.load() and will limit the process to {} bytes; start with -D{}=0",
                            Pointer.maxPhysicalBytes(),
                            MAX_PHYSICAL_BYTES);
        }
    }

    /** Hidden size from which matrix products are worth sharing out. */
    private static final int WIDE_MODEL = 512;

    private Torch() {}

    /**
     * Loads libtorch. Every class of this project that touches tensors calls it in its initialiser; calling it again
     * costs nothing.
     */
    public static void load() {
        // The work is done by the class initialiser.
    }

    /** Number of threads inside one libtorch operation. */
    public static int threads() {
        return torch.get_num_threads();
    }

    /**
     * Sets the number of threads inside one libtorch operation.
     *
     * <p>Matrix products are OpenBLAS's, which has threads of its own that wait for each other by spinning. For the
     * small matrices of a small model they gain little, and where other processes want the processor too they lost a
     * factor of twenty (2 cores, load 8, model of width 128, 2026-11): below {@link #WIDE_MODEL} products run on the
     * calling thread.
     *
     * @param threads threads of element-wise operations, and of matrix products of wide models
     * @param modelWidth hidden size of the model that is going to run
     * @throws IllegalArgumentException if {@code threads < 1}
     */
    public static void setThreads(int threads, int modelWidth) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be from 1 to " + MAX_THREADS + ", got " + threads);
        }
        torch.set_num_threads(threads);
        openblas_full.openblas_set_num_threads(modelWidth < WIDE_MODEL ? 1 : threads);
    }

    /**
     * Seeds libtorch's own generator. Sampling and initialisation here use {@link CounterRandom} and do not depend on
     * it.
     */
    public static void seed(long seed) {
        torch.manual_seed(seed);
    }

    /** Resident bytes of this process, Java heap included; 0 where the operating system does not say. */
    public static long residentBytes() {
        return Pointer.physicalBytes();
    }

    /** Number of native objects that JavaCPP still tracks: constant from step to step when nothing leaks. */
    public static long liveObjects() {
        return Pointer.totalCount();
    }

    /** Options for a new CPU tensor of the given type. */
    public static TensorOptions options(ScalarType dtype) {
        return new TensorOptions().dtype(new ScalarTypeOptional(dtype));
    }

    /** Options for a new tensor of the given type on the given device. */
    public static TensorOptions options(ScalarType dtype, Device device) {
        return options(dtype).device(new DeviceOptional(device));
    }

    /** A float32 CPU tensor with a copy of {@code values}. */
    public static Tensor tensor(float[] values, long... shape) {
        requireCount(values.length, shape);
        Tensor result = torch.empty(shape, options(ScalarType.Float), null);
        if (values.length > 0) {
            try (FloatPointer data = result.data_ptr_float()) {
                data.put(values, 0, values.length);
            }
        }
        return result;
    }

    /** An int64 CPU tensor with a copy of {@code values}. */
    public static Tensor tensor(long[] values, long... shape) {
        requireCount(values.length, shape);
        Tensor result = torch.empty(shape, options(ScalarType.Long), null);
        if (values.length > 0) {
            try (LongPointer data = result.data_ptr_long()) {
                data.put(values, 0, values.length);
            }
        }
        return result;
    }

    /** A bool CPU tensor with a copy of {@code values}. */
    public static Tensor tensor(boolean[] values, long... shape) {
        requireCount(values.length, shape);
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        Tensor result = torch.empty(shape, options(ScalarType.Bool), null);
        if (values.length > 0) {
            try (Pointer data = result.data_ptr();
                    BytePointer view = new BytePointer(data)) {
                view.put(bytes, 0, bytes.length);
            }
        }
        return result;
    }

    /** A float32 CPU tensor of zeros. */
    public static Tensor zeros(long... shape) {
        return torch.zeros(shape, options(ScalarType.Float));
    }

    /** The elements in row-major order, converted to float32 and copied from whatever device they are on. */
    public static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.numel())];
        try (PointerScope scope = new PointerScope()) {
            Tensor host = tensor.detach().to(ScalarType.Float).cpu().contiguous();
            if (values.length > 0) {
                host.data_ptr_float().get(values);
            }
        }
        return values;
    }

    /** The elements in row-major order, converted to int64 and copied from whatever device they are on. */
    public static long[] longs(Tensor tensor) {
        long[] values = new long[Math.toIntExact(tensor.numel())];
        try (PointerScope scope = new PointerScope()) {
            Tensor host = tensor.detach().to(ScalarType.Long).cpu().contiguous();
            if (values.length > 0) {
                host.data_ptr_long().get(values);
            }
        }
        return values;
    }

    /** The raw bytes of a contiguous CPU tensor; valid as long as the tensor is. */
    public static BytePointer bytes(Tensor tensor) {
        if (!tensor.is_contiguous() || !tensor.device().is_cpu()) {
            throw new IllegalArgumentException("raw bytes need a contiguous CPU tensor, got " + describe(tensor));
        }
        return new BytePointer(tensor.data_ptr()).capacity(tensor.numel() * tensor.element_size());
    }

    /** The element type of a tensor as the enum constant, for {@code ==}, {@code switch} and maps. */
    public static ScalarType dtype(Tensor tensor) {
        return tensor.scalar_type().intern();
    }

    /** An owning tensor for element {@code index} of a vector, valid after the vector is gone. */
    public static Tensor element(org.bytedeco.pytorch.TensorVector vector, long index) {
        return new Tensor(vector.get(index));
    }

    /**
     * Runs {@code body} in a scope of its own. Of everything it creates only the returned object survives, attached to
     * the scope that is open around this call, or retained if there is none.
     */
    public static <P extends Pointer> P keep(Supplier<P> body) {
        PointerScope outer = PointerScope.getInnerScope();
        try (PointerScope inner = new PointerScope()) {
            P result = body.get();
            if (outer != null) {
                outer.attach(result);
            } else {
                result.retainReference();
            }
            return result;
        }
    }

    /** Keeps an owning object alive beyond its scope, until {@link #release}. */
    public static <P extends Pointer> P retain(P object) {
        return object.retainReference();
    }

    /** Ends what {@link #retain} began. */
    public static void release(Pointer object) {
        object.releaseReference();
    }

    /** Type, shape and device of a tensor, for messages. */
    public static String describe(Tensor tensor) {
        if (tensor == null || tensor.isNull() || !tensor.defined()) {
            return "no tensor";
        }
        try (PointerScope scope = new PointerScope()) {
            return tensor.scalar_type() + Arrays.toString(tensor.shape()) + " on "
                    + tensor.device().str().getString();
        }
    }

    /**
     * Checks a shape; -1 in {@code wanted} stands for any size.
     *
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static void requireShape(String name, Tensor tensor, long... wanted) {
        boolean fits = tensor != null && tensor.dim() == wanted.length;
        for (int i = 0; fits && i < wanted.length; i++) {
            fits = wanted[i] < 0 || tensor.size(i) == wanted[i];
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    name + " must have shape " + Arrays.toString(wanted) + " (-1: any), got " + describe(tensor));
        }
    }

    private static void requireCount(int count, long[] shape) {
        long product = 1;
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("negative size in shape " + Arrays.toString(shape));
            }
            product = Math.multiplyExact(product, size);
        }
        if (product != count) {
            throw new IllegalArgumentException(
                    "shape " + Arrays.toString(shape) + " holds " + product + " values, got " + count);
        }
    }
}
