package org.reasonrft.train;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** The type that a model's parameters and activations have while it is trained. */
public enum ParameterType {
    FLOAT32(ScalarType.Float),
    /** Half the memory. What is trained of it has float32 master weights and optimizer state. */
    BFLOAT16(ScalarType.BFloat16);

    private final ScalarType scalarType;

    ParameterType(ScalarType scalarType) {
        this.scalarType = scalarType;
    }

    /** The same in libtorch. */
    public ScalarType scalarType() {
        return scalarType;
    }
}
