package org.reasonrft.model;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The element types of safetensors files that this library reads and writes, under their names in the header. */
enum StoredType {
    F64(ScalarType.Double, 8),
    F32(ScalarType.Float, 4),
    F16(ScalarType.Half, 2),
    BF16(ScalarType.BFloat16, 2),
    I64(ScalarType.Long, 8),
    I32(ScalarType.Int, 4),
    U8(ScalarType.Byte, 1),
    BOOL(ScalarType.Bool, 1);

    private static final Map<String, StoredType> BY_NAME = new HashMap<>();
    private static final Map<ScalarType, StoredType> BY_SCALAR_TYPE = new HashMap<>();

    static {
        for (StoredType type : values()) {
            BY_NAME.put(type.name(), type);
            BY_SCALAR_TYPE.put(type.scalarType, type);
        }
    }

    private final ScalarType scalarType;
    private final int bytes;

    StoredType(ScalarType scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /** The type of that name in a header, or null. */
    static StoredType named(String name) {
        return BY_NAME.get(name);
    }

    /** The stored form of a libtorch type (an enum constant, not a fresh object), or null. */
    static StoredType of(ScalarType type) {
        return BY_SCALAR_TYPE.get(type);
    }

    ScalarType scalarType() {
        return scalarType;
    }

    /** Bytes per element. */
    int bytes() {
        return bytes;
    }

    /** Whether parameters of a model may have this type. */
    boolean isParameterType() {
        return this == F32 || this == F16 || this == BF16;
    }
}
