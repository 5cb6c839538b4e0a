/**
 * Tests of the kernels through their public API alone: against values recorded from TRL, against the double-precision
 * reference, and against laws that hold whatever the numbers are. PyTorch is not on this class path.
 */
package org.reasonrft.kernels;
