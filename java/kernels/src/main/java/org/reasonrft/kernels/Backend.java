package org.reasonrft.kernels;

/**
 * Which implementation of an operation runs. All give the same results up to rounding and check the same things. Without a
 * choice, an operation runs where its views are: {@link #CPU} for memory of the processor, {@link #CUDA} for memory of a
 * device.
 */
public enum Backend {
    /** Plain loops in double precision, one thread: the specification, for tests and for settling doubts. Slow. */
    REFERENCE,
    /** SIMD and threads; float32 accumulation at least. */
    CPU,
    /**
     * NVIDIA GPUs, on views made by {@link View#ofDevice}. {@link Kernels#cuda} says whether it is there, and why not;
     * asking for it where it is not is an {@link UnsupportedOperationException}.
     */
    CUDA
}
