package org.reasonrft.kernels;

import org.reasonrft.kernels.internal.Abi;

/** Element type of a {@link View}. */
public enum DType {
    /** IEEE 754 binary32. */
    F32(4, Abi.RRFT_F32),
    /** bfloat16: the upper half of a binary32. */
    BF16(2, Abi.RRFT_BF16),
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

    /** The RRFT_* constant of the C ABI; masks have none, their type is fixed. */
    int code() {
        return code;
    }
}
