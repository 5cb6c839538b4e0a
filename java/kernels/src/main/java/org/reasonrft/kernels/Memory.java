package org.reasonrft.kernels;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import org.bytedeco.javacpp.Pointer;

/** A stretch of off-heap memory: where it starts, how long it is, and whether its owner still holds it. */
final class Memory {

    /** Stands for the start of empty memory; never dereferenced. The C ABI reads NULL as "not given". */
    private static final long NOWHERE = 64;

    private final Object source; // the Buffer or Pointer, kept reachable
    private final Object owner;
    private final long address;
    private final long bytes;

    private Memory(Object source, Object owner, long address, long bytes) {
        this.source = source;
        this.owner = owner;
        this.address = address;
        this.bytes = bytes;
    }

    static Memory of(Buffer data, ByteOrder order, DType dtype) {
        if (!data.isDirect()) {
            throw new IllegalArgumentException(
                    "data: a heap buffer (" + data.getClass().getSimpleName()
                            + "); wanted a direct one, as from ByteBuffer.allocateDirect or View.copyOf");
        }
        if (order != ByteOrder.nativeOrder()) {
            throw new IllegalArgumentException(
                    "data: byte order " + order + "; wanted order(ByteOrder.nativeOrder()) before use");
        }
        long elementBytes = data instanceof ByteBuffer ? 1 : dtype.bytes();
        // Of a slice without position, whose start is the address JNI reports.
        Buffer rest = data.slice();
        long address = rest.capacity() == 0 ? NOWHERE : new Pointer(rest).address();
        return aligned(new Memory(rest, null, address, rest.capacity() * elementBytes), dtype);
    }

    static Memory of(Pointer data, DType dtype) {
        if (data.isNull()) { // what libraries return for a tensor without elements
            return new Memory(null, null, NOWHERE, 0);
        }
        long elements = data.limit() - data.position();
        if (elements <= 0) {
            throw new IllegalArgumentException("data: a pointer from position " + data.position() + " to limit "
                    + data.limit() + "; wanted its length set with capacity(elements)");
        }
        long start = data.address() + data.position() * data.sizeof();
        return aligned(new Memory(data, null, start, elements * data.sizeof()), dtype);
    }

    Memory ownedBy(Object newOwner) {
        return new Memory(source, newOwner, address, bytes);
    }

    /** The same memory without its first bytes. */
    Memory from(long start) {
        return new Memory(source, owner, address + start, bytes - start);
    }

    boolean isReadOnly() {
        return source instanceof Buffer buffer && buffer.isReadOnly();
    }

    long elements(DType dtype) {
        return bytes / dtype.bytes();
    }

    /** The bytes of memory that was allocated here. */
    ByteBuffer bytes() {
        return ((ByteBuffer) source).duplicate().order(ByteOrder.nativeOrder());
    }

    /** The address, after making sure that nobody has released it since; {@code name} is the argument to blame. */
    long address(String name) {
        boolean released = isReleased(owner) || isReleased(source);
        if (released) {
            throw new IllegalArgumentException(name + ": memory that has been released; wanted it open");
        }
        return address;
    }

    private static boolean isReleased(Object holder) {
        if (holder instanceof Pointer pointer) {
            return pointer.isNull();
        }
        if (holder instanceof Buffer buffer && buffer.capacity() > 0) {
            // A buffer over an arena that has been closed throws here; natives would read freed memory.
            try {
                touch(buffer);
            } catch (IllegalStateException e) {
                return true;
            }
        }
        return false;
    }

    private static void touch(Buffer buffer) {
        if (buffer instanceof ByteBuffer b) {
            b.get(0);
        } else if (buffer instanceof FloatBuffer f) {
            f.get(0);
        } else if (buffer instanceof ShortBuffer s) {
            s.get(0);
        } else if (buffer instanceof IntBuffer i) {
            i.get(0);
        } else if (buffer instanceof LongBuffer l) {
            l.get(0);
        }
    }

    private static Memory aligned(Memory memory, DType dtype) {
        if (memory.address % dtype.bytes() != 0) {
            throw new IllegalArgumentException("data: address 0x" + Long.toHexString(memory.address)
                    + "; wanted a multiple of " + dtype.bytes() + " for " + dtype);
        }
        return memory;
    }
}
