package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;

/** Element type of a {@link View}. */
public enum DType {
    /** IEEE 754 binary32. */
    F32(4, Abi.RRFT_F32),
    /** bfloat16: the upper half of a binary32. */
    BF16(2, Abi.RRFT_BF16),
    /** IEEE 754 binary16: finite up to 65504. */
    F16(2, Abi.RRFT_F16),
    /** Signed 32-bit integer, for token ids. */
    I32(4, Abi.RRFT_I32),
    /** Signed 64-bit integer, for token ids. */
    I64(8, Abi.RRFT_I64),
    /** Byte, for masks: 0 leaves an element out, anything else counts it. */
    U8(1, -1);

    private final int bytes;
    private final int code;

    DType(int bytes, int code) {
        this.bytes = bytes;
        this.code = code;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** An element of a floating-point type as float32, from its bits in the low end of {@code bits}. */
    float widen(int bits) {
        return switch (this) {
            case F32 -> Float.intBitsToFloat(bits);
            case BF16 -> Float.intBitsToFloat(bits << Short.SIZE);
            case F16 -> widenBinary16(bits);
            default -> throw new IllegalStateException(this + " holds no floats");
        };
    }

    private static float widenBinary16(int bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        float magnitude;
        if (exponent == 0x1f) {
            magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        } else if (exponent == 0) {
            magnitude = fraction * 0x1p-24f;
        } else {
            magnitude = Float.intBitsToFloat(exponent + 112 << 23 | fraction << 13); // biases 15 and 127
        }
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    /** The RRFT_* constant of the C ABI; masks have none, their type is fixed. */
    int code() {
        return code;
    }
}
