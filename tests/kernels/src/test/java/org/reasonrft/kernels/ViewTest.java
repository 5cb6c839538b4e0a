package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ViewTest {

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static FloatBuffer floats(float... values) {
        return direct(values.length * Float.BYTES).asFloatBuffer().put(values).flip();
    }

    @Test
    void seesTheBufferFromItsPositionOn() {
        FloatBuffer data = floats(9, 9, 1, 2, 3, 4);
        data.position(2);
        View view = View.of(data, 2, 2);
        assertThat(view.toFloatArray()).containsExactly(1, 2, 3, 4);
        data.put(2, 7); // absolute: the view shares the memory
        data.position(0); // and has its own position
        assertThat(view.toFloatArray()).containsExactly(7, 2, 3, 4);
    }

    @Test
    void seesAPointerFromItsPositionOn() {
        try (FloatPointer data = new FloatPointer(9, 1, 2, 3)) {
            assertThat(View.of(data.position(1), DType.F32, 3).toFloatArray()).containsExactly(1, 2, 3);
            assertThat(View.of(new BytePointer(data).position(4).limit(16), DType.F32, 3)
                            .toFloatArray())
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void widensBfloat16() {
        View view = Problem.bf16(new float[] {1.5f, -0.25f, 3e38f}, 3);
        assertThat(view.dtype()).isEqualTo(DType.BF16);
        assertThat(view.toFloatArray()[0]).isEqualTo(1.5f);
        assertThat(view.toFloatArray()[1]).isEqualTo(-0.25f);
    }

    @Test
    void widensBinary16() {
        short[] bits = {
            0x0000,
            (short) 0x8000,
            0x0001,
            0x03ff,
            0x0400,
            0x3c00,
            (short) 0xc100,
            0x7bff,
            0x7c00,
            (short) 0xfc00,
            0x7e00
        };
        float[] numbers = {
            0,
            -0f,
            0x1p-24f,
            0x1.ff8p-15f,
            0x1p-14f,
            1,
            -2.5f,
            65504,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN
        };
        View copy = View.copyOf(bits, DType.F16, bits.length);
        assertThat(copy).hasToString("F16 (11)");
        assertThat(copy.toFloatArray()).containsExactly(numbers);
        ShortBuffer data = ByteBuffer.allocateDirect(2 * bits.length)
                .order(ByteOrder.nativeOrder())
                .asShortBuffer()
                .put(bits)
                .flip();
        assertThat(View.of(data, DType.F16, bits.length).toFloatArray()).containsExactly(numbers);
        assertThat(View.of(data, DType.BF16, bits.length).toFloatArray()[5]).isEqualTo(0x1p-7f);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(data, DType.F32, bits.length))
                .withMessage("dtype: F32; wanted BF16 or F16 for 16-bit elements");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.copyOf(bits, DType.I32, bits.length))
                .withMessageContaining("dtype: I32");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.copyOf(bits, DType.F16, 3))
                .withMessageContaining("data: 11 elements; wanted 3");
    }

    @Test
    void narrowIsASliceWithoutACopy() {
        View view = View.copyOf(new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
        View lastTwo = view.narrow(1, 1, 2);
        assertThat(lastTwo.toFloatArray()).containsExactly(1, 2, 4, 5);
        assertThat(lastTwo.isContiguous()).isFalse();
        assertThat(lastTwo).hasToString("F32 (2, 2) strides (3, 1)");
        assertThat(view.narrow(0, 1, 1).toFloatArray()).containsExactly(3, 4, 5);
        assertThat(view.narrow(0, 1, 1).isContiguous()).isTrue();
        assertThat(view.narrow(0, 2, 0).elements()).isZero();
        assertThat(lastTwo.narrow(0, 1, 1).narrow(1, 1, 1).toFloatArray()).containsExactly(5);
    }

    @Test
    void withStridesReadsForeignLayouts() {
        View view = View.copyOf(new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
        assertThat(view.withStrides(1, 2).toFloatArray()).containsExactly(0, 2, 4, 1, 3, 5);
        assertThat(view.withStrides(0, 1).toFloatArray()).containsExactly(0, 1, 2, 0, 1, 2);
    }

    @Test
    void emptyViewsAreFine() {
        assertThat(View.of(direct(0), DType.F32, 0, 5).toFloatArray()).isEmpty();
        assertThat(View.of(new FloatPointer((Pointer) null), DType.F32, 3, 0).elements())
                .isZero();
        assertThat(View.allocate(DType.I64, 0).elements()).isZero();
    }

    @Test
    void refusesHeapBuffers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(FloatBuffer.allocate(4), 4))
                .withMessageContaining("data: a heap buffer (HeapFloatBuffer); wanted a direct one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(IntBuffer.allocate(4), 4))
                .withMessageContaining("heap buffer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(LongBuffer.allocate(4), 4))
                .withMessageContaining("heap buffer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(ByteBuffer.allocate(4), 4))
                .withMessageContaining("heap buffer");
    }

    @Test
    void refusesForeignByteOrder() {
        ByteOrder foreign =
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        FloatBuffer data = ByteBuffer.allocateDirect(16).order(foreign).asFloatBuffer();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(data, 4))
                .withMessageContaining("byte order " + foreign);
    }

    @Test
    void refusesWhatLiesOutsideTheBuffer() {
        FloatBuffer data = floats(1, 2, 3, 4, 5, 6);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(data, 7))
                .withMessageContaining("data: 6 elements; wanted at least 7");
        data.limit(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(data, 5))
                .withMessageContaining("data: 4 elements");
        View view = View.of(floats(1, 2, 3, 4, 5, 6), 2, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.withStrides(4, 1))
                .withMessageContaining("6 elements; wanted at least 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.withStrides(-3, 1))
                .withMessageContaining("stride: -3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.withStrides(3))
                .withMessageContaining("newStrides: [3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.narrow(1, 2, 2))
                .withMessageContaining("start, length: 2, 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.narrow(0, Long.MAX_VALUE, 1))
                .withMessageContaining("start, length");
    }

    @Test
    void refusesImpossibleShapes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(floats(1), -1))
                .withMessageContaining("shape: (-1)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(floats(1), 1L << 40, 1L << 40))
                .withMessageContaining("overflow");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(floats(1, 2), 2).withStrides(Long.MAX_VALUE))
                .withMessageContaining("overflow");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(floats(1, 2), 2).withStrides(Long.MAX_VALUE - 1))
                .withMessageContaining("data: 2 elements; wanted at least 9223372036854775807");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.allocate(DType.F32, 1L << 32))
                .withMessageContaining("wanted at most 2147483647");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.copyOf(new float[5], 2, 3))
                .withMessageContaining("data: 5 elements; wanted 6");
    }

    @Test
    void refusesMisalignedBytes() {
        ByteBuffer data = direct(16).position(2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(data, DType.F32, 2))
                .withMessageContaining("wanted a multiple of 4");
    }

    @Test
    void refusesPointersOfUnknownLength() {
        try (FloatPointer data = new FloatPointer(1, 2)) {
            Pointer bare = new Pointer(data).limit(0);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> View.of(bare, DType.F32, 2))
                    .withMessageContaining("wanted its length set with capacity(elements)");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of((Pointer) null, DType.F32, 2))
                .withMessageContaining("data: null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of(new FloatPointer((Pointer) null), DType.F32, 2))
                .withMessageContaining("data: 0 elements");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> View.of((FloatBuffer) null, 2))
                .withMessageContaining("data: null");
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void refusesReleasedPointers(Backend backend) {
        FloatPointer data = new FloatPointer(1, 2, 3);
        View logits = View.of(data, DType.F32, 1, 1, 3);
        LogProbs call = LogProbs.of(logits, View.copyOf(new int[] {0}, 1, 1)).backend(backend);
        View out = View.allocate(DType.F32, 1, 1);
        call.forward(out);
        data.close();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> call.forward(out))
                .withMessage("logits: memory that has been released; wanted it open");
        assertThatIllegalArgumentException().isThrownBy(logits::toFloatArray);
    }

    @Test
    void refusesMemoryWhoseOwnerWasClosed() {
        try (FloatPointer memory = new FloatPointer(1, 2, 3)) {
            FloatPointer owner = new FloatPointer(1);
            View view = View.of(memory, DType.F32, 3).ownedBy(owner).narrow(0, 1, 2);
            assertThat(view.toFloatArray()).containsExactly(2, 3);
            owner.close();
            assertThatIllegalArgumentException().isThrownBy(view::toFloatArray).withMessageContaining("released");
        }
    }

    @Test
    void refusesBuffersOfAClosedArena() throws ReflectiveOperationException {
        if (Runtime.version().feature() < 22) {
            System.out.println("refusesBuffersOfAClosedArena needs java.lang.foreign.Arena, which Java 22 brought");
            assumeTrue(false);
        }
        Class<?> arenaType = Class.forName("java.lang.foreign.Arena");
        Class<?> segmentType = Class.forName("java.lang.foreign.MemorySegment");
        View view;
        try (AutoCloseable arena =
                (AutoCloseable) arenaType.getMethod("ofConfined").invoke(null)) {
            Object segment =
                    arenaType.getMethod("allocate", long.class, long.class).invoke(arena, 16L, 4L);
            ByteBuffer data = (ByteBuffer) segmentType.getMethod("asByteBuffer").invoke(segment);
            view = View.of(data.order(ByteOrder.nativeOrder()).asFloatBuffer(), 4);
            assertThat(view.toFloatArray()).containsOnly(0);
        } catch (ReflectiveOperationException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        assertThatIllegalArgumentException().isThrownBy(view::toFloatArray).withMessageContaining("released");
    }

    @Test
    void readsOnlyFloatsAsFloats() {
        assertThatIllegalStateException()
                .isThrownBy(() -> View.copyOf(new int[] {1}, 1).toFloatArray())
                .withMessage("I32 (1) holds no floats");
    }
}
