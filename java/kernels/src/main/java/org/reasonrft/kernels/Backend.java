package org.reasonrft.kernels;

/** Which implementation of an operation runs. Both give the same results up to rounding and check the same things. */
public enum Backend {
    /** Plain loops in double precision, one thread: the specification, for tests and for settling doubts. Slow. */
    REFERENCE,
    /** SIMD and threads; float32 accumulation at least. The default. */
    CPU
}
