/** Tests of the trainers: their parts, their gradients against libtorch's own, and runs that are stopped and resumed. */
package org.reasonrft.train;
