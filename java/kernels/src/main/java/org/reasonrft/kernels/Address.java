package org.reasonrft.kernels;

import org.bytedeco.javacpp.BytePointer;

/** A pointer that can be aimed at any address: carries addresses into generated setters without an allocation each. */
final class Address extends BytePointer {

    Address at(long newAddress) {
        address = newAddress;
        return this;
    }
}
