package org.reasonrft.kernels;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A typed, shaped, strided window on off-heap memory: how every operation of this package is handed its arrays. A view
 * copies nothing and owns nothing, but it keeps the buffer, pointer or owner that it was made from reachable.
 *
 * <p>Views start contiguous in row-major order; {@link #narrow} and {@link #withStrides} make the others. Whatever the
 * way, the furthest element of a view lies within the memory that it was made from, or making it fails. Strides count
 * elements, as in PyTorch.
 *
 * <p>Immutable and safe to share between threads; the memory behind it is not guarded.
 */
public final class View {

    private final Memory memory;
    private final DType dtype;
    private final long offset; // elements from the start of memory
    private final long[] shape;
    private final long[] strides;
    private final CudaStream stream; // null: memory of the processor

    private View(Memory memory, DType dtype, long offset, long[] shape, long[] strides, CudaStream stream) {
        this.memory = memory;
        this.dtype = dtype;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        this.stream = stream;
        checkBounds();
    }

    /**
     * A float32 view from the buffer's position on.
     *
     * @param data a direct buffer in native byte order with enough elements between position and limit
     * @param shape sizes, outermost first, each at least 0
     * @throws IllegalArgumentException naming what was refused
     */
    public static View of(FloatBuffer data, long... shape) {
        return create(Memory.of(given(data), data.order(), DType.F32), DType.F32, shape);
    }

    /** A bfloat16 view: each short holds the upper half of a float32. Otherwise as {@link #of(FloatBuffer, long...)}. */
    public static View of(ShortBuffer data, long... shape) {
        return create(Memory.of(given(data), data.order(), DType.BF16), DType.BF16, shape);
    }

    /**
     * A view of 16-bit floats: {@link DType#BF16} or {@link DType#F16}. Otherwise as {@link #of(FloatBuffer, long...)}.
     */
    public static View of(ShortBuffer data, DType dtype, long... shape) {
        return create(Memory.of(given(data), data.order(), checkHalf(dtype)), dtype, shape);
    }

    /** A view of 32-bit token ids. Otherwise as {@link #of(FloatBuffer, long...)}. */
    public static View of(IntBuffer data, long... shape) {
        return create(Memory.of(given(data), data.order(), DType.I32), DType.I32, shape);
    }

    /** A view of 64-bit token ids. Otherwise as {@link #of(FloatBuffer, long...)}. */
    public static View of(LongBuffer data, long... shape) {
        return create(Memory.of(given(data), data.order(), DType.I64), DType.I64, shape);
    }

    /** A mask: 0 leaves an element out, anything else counts it. Otherwise as {@link #of(FloatBuffer, long...)}. */
    public static View of(ByteBuffer data, long... shape) {
        return of(data, DType.U8, shape);
    }

    /**
     * A view of any type over bytes, from the buffer's position on.
     *
     * @param data a direct buffer in native byte order, its position a multiple of the element size in memory
     */
    public static View of(ByteBuffer data, DType dtype, long... shape) {
        ByteOrder order =
                dtype == DType.U8 ? ByteOrder.nativeOrder() : given(data).order();
        return create(Memory.of(given(data), order, dtype), dtype, shape);
    }

    /**
     * A view over memory that a JavaCPP pointer describes, from its position to its limit. This is how a tensor of
     * another library is wrapped without a copy:
     *
     * <pre>{@code
     * View logits = View.of(tensor.data_ptr_float().capacity(tensor.numel()), DType.F32, B, T, V).ownedBy(tensor);
     * }</pre>
     *
     * The pointer's address and limit are believed; everything else is checked. The memory must be the processor's own,
     * not a device's.
     *
     * @param data a pointer with its capacity set (pointers that come from C functions have none at first)
     */
    public static View of(Pointer data, DType dtype, long... shape) {
        return create(Memory.of(given(data), dtype), dtype, shape);
    }

    /**
     * A view over memory of a CUDA device, such as the presets for CUDA allocate or a CUDA tensor holds. Operations on such
     * views run on that device ({@link Backend#CUDA}) and are enqueued on {@code stream}; those that return numbers wait
     * for them, the others return at once. Views of one call have the same stream.
     *
     * @param data its address and limit are believed; see {@link #of(Pointer, DType, long...)}
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static View ofDevice(Pointer data, DType dtype, CudaStream stream, long... shape) {
        if (stream == null) {
            throw new IllegalArgumentException("stream: null; wanted the stream that calls are enqueued on");
        }
        View view = create(Memory.of(given(data), dtype), dtype, shape);
        return new View(view.memory, dtype, 0, view.shape, view.strides, stream);
    }

    /**
     * Fresh zeroed memory of up to 2 GiB, released when neither this view nor one derived from it is reachable.
     *
     * @throws IllegalArgumentException for a larger size: allocate it yourself and wrap it
     */
    public static View allocate(DType dtype, long... shape) {
        long bytes = multiply(elements(shape), dtype.bytes());
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("shape: " + Arrays.toString(shape) + " of " + dtype + " needs " + bytes
                    + " bytes; wanted at most " + Integer.MAX_VALUE);
        }
        return of(ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder()), dtype, shape);
    }

    /** Fresh float32 memory holding a copy of the array, whose length is the product of the sizes. */
    public static View copyOf(float[] data, long... shape) {
        View view = allocate(DType.F32, checkLength(data.length, shape));
        view.memory.bytes().asFloatBuffer().put(data);
        return view;
    }

    /** Fresh memory holding a copy of 16-bit floats, {@link DType#BF16} or {@link DType#F16}, given as their bits. */
    public static View copyOf(short[] bits, DType dtype, long... shape) {
        View view = allocate(checkHalf(dtype), checkLength(bits.length, shape));
        view.memory.bytes().asShortBuffer().put(bits);
        return view;
    }

    /** Fresh memory holding a copy of 32-bit token ids. */
    public static View copyOf(int[] data, long... shape) {
        View view = allocate(DType.I32, checkLength(data.length, shape));
        view.memory.bytes().asIntBuffer().put(data);
        return view;
    }

    /** Fresh memory holding a copy of 64-bit token ids. */
    public static View copyOf(long[] data, long... shape) {
        View view = allocate(DType.I64, checkLength(data.length, shape));
        view.memory.bytes().asLongBuffer().put(data);
        return view;
    }

    /** Fresh memory holding a copy of a mask. */
    public static View copyOf(byte[] data, long... shape) {
        View view = allocate(DType.U8, checkLength(data.length, shape));
        view.memory.bytes().put(data);
        return view;
    }

    /**
     * The part of a dimension from {@code start} on, without a copy. {@code logits.narrow(1, 0, tokens - 1)} is
     * {@code logits[:, :-1]}.
     */
    public View narrow(int dimension, long start, long length) {
        checkDimension(dimension);
        if (start < 0 || length < 0 || start > shape[dimension] - length) {
            throw new IllegalArgumentException("start, length: " + start + ", " + length + "; wanted a part of the "
                    + shape[dimension] + " elements of dimension " + dimension + " of " + this);
        }
        long[] narrowed = shape.clone();
        narrowed[dimension] = length;
        return new View(memory, dtype, offset + start * strides[dimension], narrowed, strides, stream);
    }

    /**
     * The same elements in row-major order under other sizes, without a copy.
     *
     * @throws IllegalArgumentException unless this view is contiguous and the product of the sizes stays the same
     */
    public View reshape(long... newShape) {
        if (!isContiguous()) {
            throw new IllegalArgumentException(
                    "newShape: " + Arrays.toString(newShape) + " of " + this + "; wanted a contiguous view to reshape");
        }
        checkLength(elements(), newShape);
        return new View(memory, dtype, offset, newShape.clone(), rowMajor(newShape), stream);
    }

    /** The same elements with two dimensions exchanged, without a copy: {@code weight.transpose(0, 1)}. */
    public View transpose(int first, int second) {
        checkDimension(first);
        checkDimension(second);
        long[] newShape = shape.clone();
        long[] newStrides = strides.clone();
        newShape[first] = shape[second];
        newShape[second] = shape[first];
        newStrides[first] = strides[second];
        newStrides[second] = strides[first];
        return new View(memory, dtype, offset, newShape, newStrides, stream);
    }

    /**
     * The same elements reached with other strides, for memory laid out by another library. One stride a dimension, in
     * elements, each at least 0.
     */
    public View withStrides(long... newStrides) {
        if (newStrides.length != shape.length) {
            throw new IllegalArgumentException("newStrides: " + Arrays.toString(newStrides) + "; wanted " + shape.length
                    + " of them, one for each dimension of " + this);
        }
        return new View(memory, dtype, offset, shape, newStrides.clone(), stream);
    }

    /**
     * The same view, which also keeps {@code owner} reachable. When the owner is a JavaCPP pointer such as a libtorch
     * {@code Tensor}, closing it makes later calls with this view fail instead of reading freed memory.
     */
    public View ownedBy(Object owner) {
        return new View(memory.ownedBy(owner), dtype, offset, shape, strides, stream);
    }

    private int checkDimension(int dimension) {
        if (dimension < 0 || dimension >= shape.length) {
            throw new IllegalArgumentException(
                    "dimension: " + dimension + "; wanted 0 to " + (shape.length - 1) + " for " + this);
        }
        return dimension;
    }

    public DType dtype() {
        return dtype;
    }

    /** The stream that calls with this view are enqueued on; empty for memory of the processor. */
    public Optional<CudaStream> stream() {
        return Optional.ofNullable(stream);
    }

    /** Number of dimensions. */
    public int rank() {
        return shape.length;
    }

    /** Elements along a dimension. */
    public long size(int dimension) {
        return shape[checkDimension(dimension)];
    }

    /** Elements in memory between neighbours along a dimension. */
    public long stride(int dimension) {
        return strides[checkDimension(dimension)];
    }

    /** Product of the sizes. */
    public long elements() {
        return elements(shape);
    }

    /** Whether the elements follow each other in row-major order without a gap. */
    public boolean isContiguous() {
        long expected = 1;
        for (int d = shape.length - 1; d >= 0; d--) {
            if (shape[d] == 0) {
                return true;
            }
            if (shape[d] > 1 && strides[d] != expected) {
                return false;
            }
            expected *= shape[d];
        }
        return true;
    }

    /** Whether the view was made from a read-only buffer, and so cannot be an output. */
    public boolean isReadOnly() {
        return memory.isReadOnly();
    }

    /**
     * A copy of the elements in row-major order, whatever the strides; 16-bit floats are widened. From a device it waits for
     * the stream.
     *
     * @throws IllegalStateException when the view holds neither F32 nor BF16 nor F16
     */
    public float[] toFloatArray() {
        if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F16) {
            throw new IllegalStateException(this + " holds no floats");
        }
        float[] copy = new float[Math.toIntExact(elements())];
        if (copy.length == 0) {
            return copy;
        }
        if (stream != null) {
            return onProcessor().toFloatArray();
        }
        Address source = new Address().at(address("this"));
        if (dtype == DType.F32 && isContiguous()) {
            new FloatPointer(source).get(copy);
            Reference.reachabilityFence(this);
            return copy;
        }
        long[] index = new long[shape.length];
        for (int i = 0; i < copy.length; i++) {
            long element = 0;
            for (int d = 0; d < index.length; d++) {
                element += index[d] * strides[d];
            }
            copy[i] = dtype.widen(
                    dtype == DType.F32
                            ? source.getInt(element * Integer.BYTES)
                            : source.getShort(element * Short.BYTES));
            for (int d = index.length - 1; d >= 0 && ++index[d] == shape[d]; d--) {
                index[d] = 0;
            }
        }
        Reference.reachabilityFence(this);
        return copy;
    }

    /** The same elements at the same strides in memory of the processor. */
    private View onProcessor() {
        Pointer from = pointer();
        ByteBuffer copy =
                ByteBuffer.allocateDirect(Math.toIntExact(from.capacity())).order(ByteOrder.nativeOrder());
        CudaLibrary.read("View.toFloatArray", new Pointer(copy).address(), from.address(), copy.capacity(), stream);
        Reference.reachabilityFence(this);
        return new View(Memory.of(copy, copy.order(), dtype), dtype, 0, shape, strides, null);
    }

    /** Type, shape and strides, for example {@code BF16 (4, 512, 151936) strides (77943168, 151936, 1)}. */
    @Override
    public String toString() {
        String text = dtype + " (" + join(shape) + ")";
        text = isContiguous() ? text : text + " strides (" + join(strides) + ")";
        return stream == null ? text : text + " on " + stream;
    }

    /**
     * The bytes from the first element to the last one that the strides reach, for handing them to another library; the
     * pointer is good as long as this view is reachable and its memory open.
     *
     * @throws IllegalArgumentException when the memory has been released
     */
    public Pointer pointer() {
        Address start = new Address().at(address("this"));
        start.capacity(elements() == 0 ? 0 : (furthest() - offset + 1) * dtype.bytes());
        return start;
    }

    /**
     * Where the first element is. The caller keeps this view reachable until the native call has returned.
     *
     * @throws IllegalArgumentException naming the argument when the memory has been released
     */
    long address(String name) {
        return memory.address(name) + offset * dtype.bytes();
    }

    /** The memory of a float32 view that was allocated here. */
    FloatBuffer floats() {
        return memory.bytes().asFloatBuffer();
    }

    /** The bytes of this contiguous view as elements of another type. */
    View as(DType newDtype, long... newShape) {
        long start = offset * dtype.bytes();
        if (!isContiguous() || (memory.address("this") + start) % newDtype.bytes() != 0) {
            throw new IllegalArgumentException(
                    this + "; wanted a contiguous view at an address divisible by " + newDtype.bytes());
        }
        return new View(memory.from(start), newDtype, 0, newShape.clone(), rowMajor(newShape), stream);
    }

    /** Null for memory of the processor. */
    CudaStream streamOrNull() {
        return stream;
    }

    private static <M> M given(M data) {
        if (data == null) {
            throw new IllegalArgumentException("data: null; wanted a direct buffer or a pointer");
        }
        return data;
    }

    private static DType checkHalf(DType dtype) {
        if (dtype != DType.BF16 && dtype != DType.F16) {
            throw new IllegalArgumentException("dtype: " + dtype + "; wanted BF16 or F16 for 16-bit elements");
        }
        return dtype;
    }

    private static View create(Memory memory, DType dtype, long... shape) {
        elements(shape);
        return new View(memory, dtype, 0, shape.clone(), rowMajor(shape), null);
    }

    private static long[] rowMajor(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int d = shape.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= Math.max(1, shape[d]);
        }
        return strides;
    }

    private void checkBounds() {
        long furthest = furthest();
        long capacity = memory.elements(dtype);
        if (elements() > 0 && furthest >= capacity) {
            throw new IllegalArgumentException("data: " + capacity + " elements; wanted at least " + add(furthest, 1)
                    + " for " + dtype + " of shape (" + join(shape) + ") with strides (" + join(strides)
                    + ") from element " + offset);
        }
    }

    /** The element of the memory that is reached last. */
    private long furthest() {
        long furthest = offset;
        for (int d = 0; d < shape.length; d++) {
            if (strides[d] < 0) {
                throw new IllegalArgumentException(
                        "stride: " + strides[d] + " in dimension " + d + "; wanted at least 0");
            }
            furthest = add(furthest, multiply(Math.max(0, shape[d] - 1), strides[d]));
        }
        return furthest;
    }

    private static long elements(long[] shape) {
        long product = 1;
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("shape: (" + join(shape) + "); wanted sizes of at least 0");
            }
            product = multiply(product, size);
        }
        return product;
    }

    private static long[] checkLength(long length, long[] shape) {
        if (length != elements(shape)) {
            throw new IllegalArgumentException(
                    "data: " + length + " elements; wanted " + elements(shape) + " for shape (" + join(shape) + ")");
        }
        return shape;
    }

    private static long multiply(long a, long b) {
        long high = Math.multiplyHigh(a, b);
        long low = a * b;
        if (high != 0 || low < 0) {
            throw new IllegalArgumentException("shape: " + a + " times " + b + " elements overflow 64 bits");
        }
        return low;
    }

    private static long add(long a, long b) {
        if (a > Long.MAX_VALUE - b) {
            throw new IllegalArgumentException("shape: " + a + " plus " + b + " elements overflow 64 bits");
        }
        return a + b;
    }

    private static String join(long[] values) {
        return Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining(", "));
    }
}
