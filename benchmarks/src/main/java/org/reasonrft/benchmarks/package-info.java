/**
 * JMH benchmarks of the path that a Java trainer takes: kernels through the public API, beside the same result put
 * together from libtorch operations, a plain copy of the same memory, and calls too small to do anything but be made.
 */
package org.reasonrft.benchmarks;
